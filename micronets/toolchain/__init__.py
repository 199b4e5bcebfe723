"""Host compilers, cross-compilers and emulators behind one small interface."""

from micronets.toolchain.arduino import arduino_build, simavr_run
from micronets.toolchain.building import build
from micronets.toolchain.footprint import Footprint, flash_and_ram
from micronets.toolchain.program import Program, Run, Sizes
from micronets.toolchain.targets import Target, find_target, targets

__all__ = [
    "Footprint",
    "Program",
    "Run",
    "Sizes",
    "Target",
    "arduino_build",
    "build",
    "find_target",
    "flash_and_ram",
    "simavr_run",
    "targets",
]
