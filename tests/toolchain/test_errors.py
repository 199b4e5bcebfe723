"""Every failure says what failed, how it was called, what the tool said and what to install."""

import dataclasses
import re

import pytest

from micronets.errors import ToolchainError
from micronets.toolchain import build, find_target, targets
from micronets.toolchain.__main__ import main
from micronets.toolchain.requirements import Requirement

MISSING = Requirement("no-such-compiler++", "gcc-no-such")


@pytest.fixture
def incomplete():
    library = Requirement("g++", "libnowhere-dev", library="libnowhere.a")
    return dataclasses.replace(
        targets["host"],
        name="incomplete",
        compiler=MISSING.tool,
        requirements=(MISSING, library, MISSING),
    )


def test_missing_tools_are_listed_with_their_packages(incomplete, host):
    assert incomplete.missing() == [MISSING.tool, "libnowhere.a", MISSING.tool]
    with pytest.raises(ToolchainError) as raised:
        build(incomplete, "int main() {}")
    assert str(raised.value).splitlines() == [
        "Target 'incomplete' needs tools that are not installed: "
        "no-such-compiler++, libnowhere.a, no-such-compiler++.",
        "On Debian or Ubuntu: apt install gcc-no-such libnowhere-dev",
    ]


def test_unknown_target_names_the_known_ones():
    with pytest.raises(ToolchainError, match=r"'cortex-m5'.*cortex-m4.*rv32"):
        find_target("cortex-m5")


@pytest.mark.parametrize("name", ["host", "cortex-m4", "rv32", "avr"])
def test_compile_error_shows_command_and_message(name, need_target):
    target = need_target(name)
    with pytest.raises(ToolchainError) as raised:
        build(target, "int main() { return undeclared; }")
    message = str(raised.value)
    assert message.startswith(f"Cannot compile main.cpp for {name} (exit status 1):\n  $ ")
    assert target.compiler in message.splitlines()[1]
    assert re.search(r"main\.cpp:1:21: error: .undeclared. was not declared", message)


def test_warnings_are_errors_only_where_asked(host):
    source = "int main() { long wide = 1; char narrow = wide; return narrow - 1; }"
    build(host, source)
    with pytest.raises(ToolchainError, match="Wconversion"):
        build(host, source, warnings=True)


def test_long_compiler_output_is_shortened(host):
    source = "\n".join(f"int f{i}() {{ return undeclared_{i}; }}" for i in range(300))
    with pytest.raises(ToolchainError) as raised:
        build(host, source)
    assert "characters left out" in str(raised.value)
    assert "undeclared_0" in str(raised.value)


@pytest.mark.parametrize("name", ["host", "cortex-m4", "cortex-m0-microbit", "rv32", "avr"])
def test_result_of_main_is_a_failure(name, need_target):
    program = build(need_target(name), "int main() { return 9; }")
    with pytest.raises(ToolchainError, match=r"Cannot run program\.elf for .* \(exit status 9\)"):
        program.run()


@pytest.mark.parametrize("name", ["cortex-m4", "cortex-m0-microbit", "cortex-m33", "rv32"])
def test_fault_is_reported(name, need_target):
    # An instruction that no core has.
    program = build(need_target(name), 'int main() { __asm__ volatile(".short 0xde00, 0"); }')
    with pytest.raises(ToolchainError, match="the processor faulted"):
        program.run()


def test_endless_program_is_stopped(cortex_m4):
    program = build(cortex_m4, 'int main() { for (;;) __asm__ volatile("nop"); }')
    with pytest.raises(ToolchainError, match=r"did not end within 0\.5 seconds"):
        program.run(timeout=0.5)


def test_sanitizer_finding_is_reported(host):
    source = "int main(int count, char**) { int a[2] = {1, 2}; return a[count + 1]; }"
    program = build(host, source, sanitize=True, extra_flags=["-w"])
    with pytest.raises(ToolchainError, match="runtime error: index 2 out of bounds"):
        program.run()


def test_sanitizers_are_for_the_host(need_target):
    with pytest.raises(ValueError, match="sanitize=True, target='cortex-m4'"):
        build(need_target("cortex-m4"), "int main() {}", sanitize=True)


def test_too_much_static_ram_is_named_by_the_linker(need_target):
    source = "static volatile char big[17000]; int main() { return big[5]; }"
    with pytest.raises(ToolchainError, match="RAM' overflowed"):
        build(need_target("cortex-m0-microbit"), source)


def test_stack_that_meets_the_data_is_an_error(need_target):
    source = """
    static volatile char most[15000];
    int main() {
      volatile char array[1400];
      for (int i = 0; i < 1400; ++i) array[i] = 1;
      return most[1] + array[2] - 1;
    }"""
    program = build(need_target("cortex-m0-microbit"), source)
    with pytest.raises(ToolchainError, match=r"ran into its data.*15,000 bytes are static"):
        program.run()


def test_table_of_targets(capsys, host):
    assert main(["host"]) == 0
    assert "ready" in capsys.readouterr().out
    assert main(["--packages", "host"]) == 0
    assert capsys.readouterr().out == "\n"


def test_files_name_is_no_source(host):
    with pytest.raises(ValueError, match=r"give a file as Path\('main\.cpp'\)"):
        build(host, "main.cpp")
