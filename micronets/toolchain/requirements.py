"""The outside programs that a target needs, and the Debian packages that bring them."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Requirement:
    """A program on the PATH, or a file that a compiler finds by itself.

    Attributes:
        tool: Name of the program.
        package: Debian package that installs it.
        library: If given, a file that the compiler `tool` must find in its own search path.
        flags: Compiler flags that select that search path, such as `-m32`.
        path: If given, a file or folder that must exist instead of a program on the PATH.
    """

    tool: str
    package: str
    library: str = ""
    flags: tuple[str, ...] = ()
    path: str = ""

    @property
    def description(self) -> str:
        """What to call it in a message."""
        return self.path or self.library or self.tool

    def is_met(self) -> bool:
        """True where the program or the file is there."""
        if self.path:
            return Path(self.path).exists()
        if shutil.which(self.tool) is None:
            return False
        return not self.library or _finds(self.tool, self.library, self.flags)


@cache
def _finds(compiler: str, library: str, flags: tuple[str, ...]) -> bool:
    """Ask the compiler where a file is; it echoes the bare name of one that it cannot find."""
    command = [compiler, *flags, f"-print-file-name={library}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and Path(answer.stdout.strip()).is_absolute()


def unmet(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Return those that this machine lacks, in the order given."""
    return [requirement for requirement in requirements if not requirement.is_met()]


def packages_of(requirements: Iterable[Requirement]) -> list[str]:
    """Return the Debian packages that bring them, each once."""
    return list(dict.fromkeys(requirement.package for requirement in requirements))


def how_to_install(requirements: Iterable[Requirement]) -> str:
    """Return the sentence that ends a message about missing tools."""
    return f"On Debian or Ubuntu: apt install {' '.join(packages_of(requirements))}"


# Compiles only: Debian has neither a C library nor an emulator for it.
ESP8266 = Requirement("xtensa-lx106-elf-g++", "gcc-xtensa-lx106")
CLANG_SANITIZERS = Requirement(
    "clang++", "libclang-rt-dev", library=f"libclang_rt.asan-{platform.machine()}.a"
)
CLANG_FORMAT = Requirement("clang-format", "clang-format")

# What only the project's own tests and checks use.
DEVELOPMENT = (ESP8266, CLANG_SANITIZERS, CLANG_FORMAT)
