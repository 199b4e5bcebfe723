"""The Python examples of README and docs run as they stand.

Every fenced block that is marked `python` is executed, those of one document one after the other
in one namespace and one empty folder. A block that cannot run here is preceded by the comment

    <!-- not run: why -->

and must at least be valid Python. `cpp` blocks are C++; `sh` blocks are for people.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_DOCUMENTS = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").glob("**/*.md")])
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+?) -->\n+)?^```python[^\n]*\n(?P<code>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its code, the line it begins in, and why it is not run."""

    code: str
    line: int
    reason: str | None


def blocks_of(text: str) -> list[Block]:
    """All Python blocks of a document, in order."""
    return [
        Block(match["code"], text.count("\n", 0, match.start("code")) + 1, match["reason"])
        for match in _BLOCK.finditer(text)
    ]


def test_blocks_are_found_with_their_reasons() -> None:
    text = (
        "a\n```python\nx = 1\n```\n```sh\nls\n```\n"
        "<!-- not run: takes an hour -->\n```python\ny = 2\n```\n"
    )
    assert blocks_of(text) == [
        Block("x = 1\n", 3, None),
        Block("y = 2\n", 10, "takes an hour"),
    ]


@pytest.mark.parametrize("path", _DOCUMENTS, ids=lambda path: path.name)
def test_python_blocks_are_valid(path: Path) -> None:
    for block in blocks_of(path.read_text(encoding="utf-8")):
        ast.parse(block.code, filename=f"{path.name}:{block.line}")


_RUNNABLE = [
    path
    for path in _DOCUMENTS
    if any(block.reason is None for block in blocks_of(path.read_text(encoding="utf-8")))
]


@pytest.mark.slow
@pytest.mark.parametrize("path", _RUNNABLE, ids=lambda path: path.name)
def test_python_blocks_run(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, need_target
) -> None:
    need_target("host")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(path.read_text(encoding="utf-8")):
        if block.reason is None:
            # Blank lines in front make a traceback name the line of the document.
            code = compile("\n" * (block.line - 1) + block.code, str(path), "exec")
            exec(code, namespace)


@pytest.mark.parametrize("path", _DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    broken = [
        link
        for link in links
        if not re.match(r"[a-z]+:", link) and not (path.parent / link).exists()
    ]
    assert not broken
