"""A compiled program: its sizes, and running it on the host or in an emulator."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from micronets.errors import ToolchainError
from micronets.toolchain.cache import cached, support_file
from micronets.toolchain.commands import execute, execute_or_raise, failure
from micronets.toolchain.targets import Target

# Emulated seconds are not host seconds: an AVR is stopped by this many cycles or by the timeout.
_MOST_CYCLES = 2**62

# The leak detector needs to trace its own process, which containers forbid; nothing here allocates.
_SANITIZER_OPTIONS = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}


@dataclass(frozen=True)
class Sizes:
    """Section sizes in bytes: `text` is code and constants, `data` initialised, `bss` zeroed."""

    text: int
    data: int
    bss: int

    @property
    def flash(self) -> int:
        """Bytes of flash: the initial values of `data` are kept there too."""
        return self.text + self.data

    @property
    def ram(self) -> int:
        """Bytes of static RAM."""
        return self.data + self.bss


@dataclass(frozen=True)
class Run:
    """What a program did.

    Attributes:
        output: All that it gave to `harness_write`.
        text: What it printed, for people.
        instructions: Executed instructions of each region between `harness_count_begin` and
            `harness_count_end`; empty on the host.
        cycles: The same in clock cycles; only simavr knows them, empty elsewhere.
        stack_bytes: The deepest stack that `main` and what it called used; None on the host. On AVR
            it includes the few bytes that call `main`.
    """

    output: bytes
    text: str
    instructions: list[int] = field(default_factory=list)
    cycles: list[int] = field(default_factory=list)
    stack_bytes: int | None = None


@dataclass(frozen=True)
class Program:
    """An executable for one target. A temporary folder that holds it goes when this object goes."""

    target: Target
    path: Path
    sizes: Sizes

    def run(self, input_data: bytes = b"", timeout: float = 120.0) -> Run:
        """Run the program once.

        Args:
            input_data: What `harness_read` hands out.
            timeout: Seconds of this computer's time.

        Returns:
            Output, and on emulated targets counts and stack.

        Raises:
            ToolchainError: It crashes, gives a non-zero result, runs out of stack or of time.
        """
        with tempfile.TemporaryDirectory(prefix="micronets-run-") as folder:
            directory = Path(folder)
            (directory / "input.bin").write_bytes(input_data)
            command = self._command()
            purpose = f"run {self.path.name} for {self.target.name}"
            done = execute(
                command,
                purpose=purpose,
                timeout=timeout,
                directory=directory,
                environment=_SANITIZER_OPTIONS,
            )
            if done.status != 0:
                raise ToolchainError(failure(command, done, purpose=purpose))
            return Run(
                output=_bytes_of(directory / "output.bin"),
                text=done.text,
                instructions=_numbers_of(directory / "instructions.txt"),
                cycles=_numbers_of(directory / "cycles.txt"),
                stack_bytes=self._stack(directory / "stack.bin"),
            )

    def _command(self) -> list[str]:
        if self.target.runner == "qemu":
            return qemu_command(self.target, self.path)
        if self.target.runner == "simavr":
            runner = str(avr_runner())
            return [runner, self.target.machine, str(self.path), str(_MOST_CYCLES)]
        return [str(self.path)]

    def _stack(self, report: Path) -> int | None:
        content = _bytes_of(report)
        if not content:
            return None
        used = int.from_bytes(content, "little", signed=True)
        if used < 0:
            raise ToolchainError(
                f"The stack of {self.path.name} ran into its data on {self.target.name}: "
                f"{self.sizes.ram:,} bytes are static. Choose a target with more RAM."
            )
        return used


def qemu_command(target: Target, path: Path) -> list[str]:
    """Return the command that runs a firmware with semihosting and counted instructions."""
    return [
        target.emulator,
        "-M",
        target.machine,
        # RISC-V boards would load their own boot loader first; the Arm boards have none.
        *(("-bios", "none") if target.machine == "virt" else ()),
        "-nographic",
        "-monitor",
        "none",
        "-serial",
        "none",
        "-semihosting-config",
        "enable=on,target=native",
        "-plugin",
        _escaped(instruction_counter()),
        "-kernel",
        str(path),
    ]


def instruction_counter() -> Path:
    """Return the QEMU plugin, compiled on first use."""
    source = support_file("count_instructions.c")
    # The plugin's functions are in QEMU itself and are found when it is loaded.
    command = ["gcc", "-O2", "-shared", "-fPIC", "-Wl,--unresolved-symbols=ignore-all", str(source)]
    return _compiled("count-instructions", ".so", source, command)


def avr_runner() -> Path:
    """Return the program that runs AVR firmware in simavr, compiled on first use."""
    source = support_file("run_avr.c")
    return _compiled("run-avr", "", source, ["gcc", "-O2", str(source), "-lsimavr"])


def _compiled(stem: str, suffix: str, source: Path, command: list[str]) -> Path:
    def make(path: Path) -> None:
        execute_or_raise(
            [*command, "-o", str(path)],
            purpose=f"compile {source.name}, which the emulator needs",
            timeout=120.0,
        )

    return cached(stem, suffix, [source, *command[1:-1]], make)


def _escaped(path: Path) -> str:
    """Double the commas: QEMU separates a plugin's options by them."""
    return os.fspath(path).replace(",", ",,")


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _numbers_of(path: Path) -> list[int]:
    return [int(line) for line in _bytes_of(path).split()]
