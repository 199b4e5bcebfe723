"""One program, unmodified, on every target."""

import struct

import pytest
from programs import DOUBLE_BYTES, USE_STACK

from micronets.toolchain import build, targets
from micronets.toolchain.requirements import CLANG_SANITIZERS

# Zeros, line ends and end-of-file characters must arrive as they are.
TRICKY = bytes([0x00, 0x0A, 0x0D, 0x0D, 0x0A, 0x1A, 0x04, 0x7F, 0x80, 0xFF, 0x00, 0x00])
EMULATED = [name for name, target in targets.items() if target.is_emulated]


def _doubled(data: bytes) -> bytes:
    return bytes(2 * byte % 256 for byte in data) + struct.pack("<I", 5 + 3 * sum(data))


def _framed(data: bytes) -> bytes:
    return struct.pack("<i", len(data)) + data


@pytest.mark.parametrize("name", targets)
def test_binary_data_passes_through_unchanged(name, need_target):
    program = build(need_target(name), DOUBLE_BYTES, warnings=True)
    assert program.run(_framed(TRICKY)).output == _doubled(TRICKY)
    every_byte = bytes(range(256))
    assert program.run(_framed(every_byte)).output == _doubled(every_byte)


@pytest.mark.parametrize("name", EMULATED)
def test_counts_repeat_exactly_and_grow_with_the_work(name, need_target):
    program = build(need_target(name), DOUBLE_BYTES)
    first = program.run(_framed(TRICKY))
    again = program.run(_framed(TRICKY))
    assert first.instructions == again.instructions
    assert first.cycles == again.cycles
    one, two, nothing = first.instructions
    assert len(TRICKY) < one < two <= 2 * one + 2 * len(TRICKY)
    assert nothing == 0
    longer = program.run(_framed(TRICKY + TRICKY)).instructions
    assert one < longer[0] <= 2 * one + 2 * len(TRICKY)


@pytest.mark.parametrize("name", EMULATED)
def test_stack_mark_follows_the_stack(name, need_target):
    program = build(need_target(name), USE_STACK)
    shallow = program.run(struct.pack("<i", 256)).stack_bytes
    deep = program.run(struct.pack("<i", 1024)).stack_bytes
    assert 256 <= shallow <= 512
    assert 1024 <= deep <= 1400
    # Three more frames, of the array and what the calling convention saves.
    assert 3 * 256 <= deep - shallow <= 3 * (256 + 40)


@pytest.mark.parametrize("name", ["host", "host-clang", "host-m32"])
def test_host_counts_nothing(name, need_target):
    run = build(need_target(name), DOUBLE_BYTES).run(_framed(TRICKY))
    assert (run.instructions, run.cycles, run.stack_bytes) == ([], [], None)


@pytest.mark.parametrize("name", ["avr", "avr-atmega328p"])
def test_avr_reports_cycles(name, need_target):
    run = build(need_target(name), DOUBLE_BYTES).run(_framed(TRICKY))
    assert all(
        cycles > instructions
        for cycles, instructions in zip(run.cycles[:2], run.instructions[:2], strict=True)
    )
    assert run.cycles[2] == 0


@pytest.mark.parametrize("name", ["host", "host-clang"])
@pytest.mark.parametrize("optimize", ["-O0", "-O1", "-O2", "-O3", "-Os"])
def test_host_optimization_levels_agree(name, optimize, need_target):
    run = build(need_target(name), DOUBLE_BYTES, optimize=optimize).run(_framed(TRICKY))
    assert run.output == _doubled(TRICKY)


@pytest.mark.parametrize("name", ["host", "host-clang"])
@pytest.mark.parametrize("standard", ["c++11", "gnu++11", "c++14", "c++17", "c++20"])
def test_harness_compiles_without_warnings_in_every_standard(name, standard, need_target):
    build(need_target(name), DOUBLE_BYTES, standard=standard, warnings=True, optimize="-O0")


@pytest.mark.parametrize("name", ["host", "host-clang", "host-m32"])
def test_sanitizers_run_clean(name, need_target, need_tools):
    if name == "host-clang":
        need_tools([CLANG_SANITIZERS], "sanitizing with clang++")
    run = build(need_target(name), DOUBLE_BYTES, sanitize=True).run(_framed(TRICKY))
    assert run.output == _doubled(TRICKY)


@pytest.mark.parametrize("name", ["host", "cortex-m3", "cortex-m4"])
def test_printed_text_is_kept_apart_from_the_output(name, need_target):
    source = (
        "#include <stdio.h>\n#include <harness.h>\n"
        'int main() { printf("%d\\n", 42); harness_write("x", 1); return 0; }'
    )
    run = build(need_target(name), source).run()
    assert run.output == b"x"
    assert run.text == "42\n"
