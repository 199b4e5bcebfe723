"""The registry of targets: machines that a program can be compiled for and run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from micronets.errors import ToolchainError
from micronets.toolchain.requirements import Requirement, how_to_install, unmet

Runner = Literal["native", "qemu", "simavr"]


@dataclass(frozen=True)
class Target:
    """A compiler with its flags, and the machine that runs what it makes.

    Attributes:
        name: The key in `targets`.
        description: One line for people.
        compiler: The C++ compiler.
        size_tool: The `size` that reads the compiler's object files.
        flags: Flags for compiling and linking, without the optimization level.
        link_flags: Libraries and memory layout; they stand after the sources.
        support: Files of `support/` that start the machine and move data.
        runner: What executes the program.
        emulator: The emulator's program, empty on the host.
        machine: The emulator's name of the board or chip.
        default_standard: `-std=` where the caller names none; empty is the compiler's own.
        requirements: Tools and libraries that must be installed.
        stores_input: True where RAM is so small that a program which runs a net holds its images
            in flash instead of reading them.
    """

    name: str
    description: str
    compiler: str
    size_tool: str
    flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    support: tuple[str, ...]
    runner: Runner
    requirements: tuple[Requirement, ...]
    emulator: str = ""
    machine: str = ""
    default_standard: str = ""
    stores_input: bool = False

    @property
    def is_emulated(self) -> bool:
        """True where instructions and stack are measured."""
        return self.runner != "native"

    def missing(self) -> list[str]:
        """Return what this machine lacks to build and run for the target; empty is good."""
        return [requirement.description for requirement in unmet(self.requirements)]

    def require(self) -> None:
        """Raise where a tool is missing.

        Raises:
            ToolchainError: Names each missing tool and the packages to install.
        """
        lacking = unmet(self.requirements)
        if lacking:
            names = ", ".join(requirement.description for requirement in lacking)
            raise ToolchainError(
                f"Target {self.name!r} needs tools that are not installed: {names}.\n"
                + how_to_install(lacking)
            )


_GCC = Requirement("gcc", "g++")
_ARM_COMPILER = (
    Requirement("arm-none-eabi-g++", "gcc-arm-none-eabi"),
    Requirement("arm-none-eabi-g++", "libnewlib-arm-none-eabi", library="rdimon.specs"),
    Requirement("arm-none-eabi-g++", "libstdc++-arm-none-eabi-newlib", library="libstdc++.a"),
)
_ARM = (*_ARM_COMPILER, Requirement("qemu-system-arm", "qemu-system-arm"), _GCC)
_RV32 = (
    Requirement("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"),
    Requirement(
        "riscv64-unknown-elf-gcc", "picolibc-riscv64-unknown-elf", library="picolibc.specs"
    ),
    Requirement("qemu-system-riscv32", "qemu-system-misc"),
    _GCC,
)
_AVR = (
    Requirement("avr-g++", "gcc-avr"),
    Requirement("avr-g++", "avr-libc", library="libm.a"),
    _GCC,
    Requirement("gcc", "libsimavr-dev", library="libsimavr.so"),
)

# What every firmware is built with; the same as Arduino's cores where those agree.
_FIRMWARE = ("-ffunction-sections", "-fdata-sections", "-fno-exceptions", "-fno-rtti")


def _host(
    name: str, compiler: str, description: str, flags: tuple[str, ...] = (), *more: Requirement
) -> Target:
    package = "clang" if compiler == "clang++" else "g++"
    return Target(
        name=name,
        description=description,
        compiler=compiler,
        size_tool="size",
        flags=flags,
        link_flags=("-lm",),
        support=("harness_native.cpp",),
        runner="native",
        requirements=(Requirement(compiler, package), *more),
    )


@dataclass(frozen=True)
class _Memory:
    """Where a board has room for code and for data."""

    flash: int = 0
    ram: int = 0x20000000
    ram_size: int = 0x400000
    is_small: bool = False

    def link_flags(self) -> tuple[str, ...]:
        return (
            f"-Wl,--defsym=FLASH0={self.flash:#x},--defsym=RAM0={self.ram:#x}"
            f",--defsym=RAMN={self.ram_size:#x}",
        )


def _cortex_m(
    name: str, machine: str, cpu: tuple[str, ...], description: str, memory: _Memory | None = None
) -> Target:
    return Target(
        name=name,
        description=description,
        compiler="arm-none-eabi-g++",
        size_tool="arm-none-eabi-size",
        flags=(*cpu, "-mthumb", *_FIRMWARE, "-Wl,--gc-sections"),
        link_flags=(
            "--specs=rdimon.specs",
            "-nostartfiles",
            *(memory or _Memory()).link_flags(),
            "-lm",
        ),
        support=("startup_cortex_m.cpp", "harness_semihosting.cpp"),
        runner="qemu",
        emulator="qemu-system-arm",
        machine=machine,
        requirements=_ARM,
        stores_input=memory is not None and memory.is_small,
    )


def _avr(name: str, chip: str, description: str) -> Target:
    return Target(
        name=name,
        description=description,
        compiler="avr-g++",
        size_tool="avr-size",
        flags=(f"-mmcu={chip}", *_FIRMWARE, "-fno-threadsafe-statics", "-Wl,--gc-sections"),
        link_flags=("-lm",),
        support=("harness_avr.cpp",),
        runner="simavr",
        machine=chip,
        # avr-g++ 5 defaults to C++98; Arduino's AVR core asks for the same as this.
        default_standard="gnu++11",
        requirements=_AVR,
    )


_HARD_FPV4 = ("-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")
_HARD_FPV5 = ("-mfpu=fpv5-sp-d16", "-mfloat-abi=hard")

_ALL = (
    _host("host", "g++", "this computer, g++"),
    _host("host-clang", "clang++", "this computer, clang++"),
    _host(
        "host-m32",
        "g++",
        "this computer, g++, 32-bit",
        # SSE as on 64 bits: x87 registers keep more digits than a float has.
        ("-m32", "-msse2", "-mfpmath=sse"),
        # The 64-bit libstdc++ is found, too, but only the 32-bit C library has this file.
        Requirement("g++", "g++-multilib", library="crt1.o", flags=("-m32",)),
    ),
    _cortex_m(
        "cortex-m0",
        "mps2-an385",
        ("-mcpu=cortex-m0",),
        "Cortex-M0 code, soft float, counted on a larger board",
    ),
    _cortex_m(
        "cortex-m0-microbit",
        "microbit",
        ("-mcpu=cortex-m0",),
        "Cortex-M0 with 16 KB of RAM, soft float",
        _Memory(ram_size=0x4000, is_small=True),
    ),
    _cortex_m("cortex-m3", "mps2-an385", ("-mcpu=cortex-m3",), "Cortex-M3, soft float"),
    _cortex_m("cortex-m4", "mps2-an386", ("-mcpu=cortex-m4", *_HARD_FPV4), "Cortex-M4 with FPU"),
    _cortex_m("cortex-m7", "mps2-an500", ("-mcpu=cortex-m7", *_HARD_FPV5), "Cortex-M7 with FPU"),
    _cortex_m(
        "cortex-m33",
        "mps2-an505",
        ("-mcpu=cortex-m33", *_HARD_FPV5),
        "Cortex-M33 with FPU",
        _Memory(0x10000000, 0x38000000, 0x200000),
    ),
    _cortex_m(
        "cortex-m55",
        "mps3-an547",
        ("-mcpu=cortex-m55", "-mfloat-abi=hard"),
        "Cortex-M55 with FPU and Helium",
        _Memory(0, 0x31000000, 0x200000),
    ),
    Target(
        name="rv32",
        description="RISC-V RV32IMAC, soft float",
        # Not g++: it links libstdc++, which Debian does not build for this target.
        compiler="riscv64-unknown-elf-gcc",
        size_tool="riscv64-unknown-elf-size",
        flags=(
            "-march=rv32imac",
            "-mabi=ilp32",
            "--specs=picolibc.specs",
            *_FIRMWARE,
            "-fno-threadsafe-statics",
            "-Wl,--gc-sections",
        ),
        link_flags=(
            "-nostartfiles",
            *_Memory(0x80000000, 0x80400000, 0x400000).link_flags(),
            "-lm",
        ),
        support=("startup_rv32.cpp", "harness_semihosting.cpp"),
        runner="qemu",
        emulator="qemu-system-riscv32",
        machine="virt",
        requirements=_RV32,
    ),
    _avr("avr", "atmega2560", "AVR ATmega2560: 256 KB of flash, 8 KB of RAM"),
    _avr("avr-atmega328p", "atmega328p", "AVR ATmega328P (Uno): 32 KB of flash, 2 KB of RAM"),
)

targets: Mapping[str, Target] = MappingProxyType({target.name: target for target in _ALL})


def find_target(target: Target | str) -> Target:
    """Return the target of that name.

    Raises:
        ToolchainError: There is none of that name.
    """
    if isinstance(target, Target):
        return target
    if target not in targets:
        raise ToolchainError(
            f"There is no target named {target!r}. Choose one of: {', '.join(targets)}."
        )
    return targets[target]
