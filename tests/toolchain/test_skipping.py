"""A missing tool skips a test and says why; where every tool is promised, it fails."""

import pytest

from micronets.toolchain.requirements import Requirement

MISSING = [Requirement("no-such-emulator", "no-such-package")]
REASON = "the moon needs no-such-emulator.*apt install no-such-package"


def test_missing_tool_skips_with_a_reason(need_tools, monkeypatch):
    monkeypatch.delenv("MICRONETS_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=REASON):
        need_tools(MISSING, "the moon")


def test_missing_tool_fails_where_all_are_promised(need_tools, monkeypatch):
    monkeypatch.setenv("MICRONETS_REQUIRE_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match=REASON):
        need_tools(MISSING, "the moon")


def test_nothing_missing_goes_on(need_tools):
    need_tools([], "the moon")
