"""Building Arduino sketches the way the Arduino IDE does, and running them under simavr."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from micronets.errors import ToolchainError
from micronets.toolchain.commands import execute, execute_or_raise, failure
from micronets.toolchain.program import avr_runner
from micronets.toolchain.requirements import Requirement, how_to_install, unmet
from micronets.toolchain.targets import targets

_HARDWARE = "/usr/share/arduino/hardware"
# Holds the platform.txt that tells the builder where its own ctags is.
_BUILDER = "/usr/share/arduino-builder"
ARDUINO_REQUIREMENTS = (
    Requirement("arduino-builder", "arduino-builder"),
    Requirement("arduino-core-avr", "arduino-core-avr", path=f"{_HARDWARE}/arduino/avr"),
    Requirement("avr-g++", "gcc-avr"),
)

_CLOCK_HZ = 16_000_000
_BUILD_TIMEOUT = 600.0
# What the runner ends with: the sketch ended by itself, or (as sketches do) it ran until the limit.
_ENDED, _REACHED_LIMIT = 0, 4


def arduino_missing() -> list[str]:
    """Return what this machine lacks to build sketches; empty is good."""
    return [requirement.description for requirement in unmet(ARDUINO_REQUIREMENTS)]


def arduino_build(
    sketch_dir: str | Path,
    library_dirs: Sequence[str | Path] = (),
    build_dir: str | Path | None = None,
    board: str = "arduino:avr:uno",
) -> Path:
    """Build a sketch with arduino-builder.

    Args:
        sketch_dir: The folder of the sketch; the sketch has its name, as Arduino demands.
        library_dirs: Folders that hold libraries, each library a folder in them.
        build_dir: Where the build goes; a new temporary folder, which the caller removes, if None.
        board: The fully qualified board name.

    Returns:
        The firmware, an ELF file.

    Raises:
        ToolchainError: A tool or the sketch is missing, or the build fails.
    """
    lacking = unmet(ARDUINO_REQUIREMENTS)
    if lacking:
        names = ", ".join(requirement.description for requirement in lacking)
        raise ToolchainError(
            f"Building Arduino sketches needs tools that are not installed: {names}.\n"
            + how_to_install(lacking)
        )
    folder = Path(sketch_dir).resolve()
    sketch = folder / f"{folder.name}.ino"
    if not sketch.is_file():
        raise ToolchainError(
            f"The sketch folder {folder} holds no {sketch.name}. "
            "Arduino wants a sketch to have its folder's name."
        )
    output = Path(build_dir or tempfile.mkdtemp(prefix="micronets-arduino-")).resolve()
    output.mkdir(parents=True, exist_ok=True)
    command = [
        "arduino-builder",
        *("-hardware", _BUILDER),
        *("-hardware", _HARDWARE),
        *("-tools", "/usr/bin"),
        *(word for path in library_dirs for word in ("-libraries", str(Path(path).resolve()))),
        *("-fqbn", board),
        # Debian's avr-libc lacks this macro, which the core's printing of floats uses.
        "-prefs=compiler.cpp.extra_flags=-DDECIMAL_DIG=9",
        *("-build-path", str(output)),
        str(sketch),
    ]
    execute_or_raise(command, purpose=f"build {sketch.name} for {board}", timeout=_BUILD_TIMEOUT)
    return output / f"{sketch.name}.elf"


def simavr_run(
    elf: str | Path, mcu: str = "atmega328p", seconds: float = 5.0, timeout: float = 120.0
) -> str:
    """Run a firmware in simavr and return what it sends over its first serial port.

    Args:
        elf: The firmware.
        mcu: The chip.
        seconds: How long the firmware runs, in its own time at 16 MHz.
        timeout: Seconds of this computer's time.

    Returns:
        The text that the sketch printed on Serial.

    Raises:
        ToolchainError: simavr is missing, or the firmware crashes.
    """
    targets["avr"].require()
    path = Path(elf).resolve()
    command = [str(avr_runner()), mcu, str(path), str(round(seconds * _CLOCK_HZ))]
    purpose = f"run {path.name} on {mcu}"
    with tempfile.TemporaryDirectory(prefix="micronets-run-") as folder:
        directory = Path(folder)
        (directory / "input.bin").write_bytes(b"")
        done = execute(command, purpose=purpose, timeout=timeout, directory=directory)
    if done.status not in {_ENDED, _REACHED_LIMIT}:
        raise ToolchainError(failure(command, done, purpose=purpose))
    return done.text.replace("\r\n", "\n")
