"""What a program adds to an empty one, in flash and RAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from micronets.toolchain.building import Source, build
from micronets.toolchain.targets import Target, find_target

EMPTY_SOURCE = "int main() { return 0; }\n"


@dataclass(frozen=True)
class Footprint:
    """Bytes that a program needs beyond an empty one.

    Attributes:
        flash: Code, constants and the initial values of variables.
        ram: Static variables; stack is measured by running (`Run.stack_bytes`).
    """

    flash: int
    ram: int


def flash_and_ram(
    target: Target | str,
    source: Source,
    empty_source: Source = EMPTY_SOURCE,
    *,
    include_dirs: Sequence[str | Path] = (),
    optimize: str = "-O2",
    standard: str | None = None,
    extra_flags: Sequence[str] = (),
) -> Footprint:
    """Measure a program against an empty one, both compiled alike.

    Start-up code and whatever else `empty_source` holds (reading the input, say) cancel out.

    Args:
        target: A target or its name.
        source: The program; see `build`.
        empty_source: What is not to be counted.
        include_dirs: Folders for `#include`.
        optimize: The optimization flag.
        standard: The C++ standard.
        extra_flags: More flags.

    Returns:
        The differences in bytes.

    Raises:
        ToolchainError: A tool is missing, or the compiler rejects a source.
    """
    target = find_target(target)
    full, empty = (
        build(
            target,
            one,
            include_dirs=include_dirs,
            optimize=optimize,
            standard=standard,
            extra_flags=extra_flags,
        ).sizes
        for one in (source, empty_source)
    )
    return Footprint(flash=full.flash - empty.flash, ram=full.ram - empty.ram)
