"""Boards that run UnoDigits without being there: on this computer, and an Uno in simavr.

Both answer at a pseudo-terminal, so what talks to them is the sender that users have.
"""

from __future__ import annotations

import os
import subprocess
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from arduino_nets import EXAMPLES, compile_sketch, make_examples

from micronets.codegen.export import Export
from micronets.toolchain.commands import execute_or_raise

SKETCH = EXAMPLES / "UnoDigits"
SIMULATOR = Path(__file__).with_name("simulated_uno.c")


def write_uno_digits(folder: Path) -> Export:
    """The sketch's header anew, as `make_examples.py` writes it."""
    return make_examples().write_uno_digits(folder)


@contextmanager
def host_board(program: Path) -> Iterator[str]:
    """The port of the sketch, compiled for this computer by `compile_host_board`."""
    board, port = os.openpty()
    tty.setraw(port)
    process = subprocess.Popen([program], stdin=board, stdout=board)
    try:
        yield os.ttyname(port)
    finally:
        process.kill()
        process.wait()
        os.close(board)
        os.close(port)


def compile_host_board(work: Path) -> Path:
    """The sketch as a program that talks over its standard input and output, for ever."""
    return compile_sketch(SKETCH / "UnoDigits.ino", [], work, "for (;;) loop();")


@dataclass
class SimulatedUno:
    """An Uno that runs.

    Attributes:
        port: Its serial port.
        process: The simulator.
    """

    port: str
    process: subprocess.Popen[str]

    def reset(self) -> None:
        """Press the button."""
        assert self.process.stdin is not None
        self.process.stdin.write("r")
        self.process.stdin.flush()

    def stop(self) -> int:
        """Switch it off and return the bytes of its stack that were never used."""
        text, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, text
        return int(text.split("unused ")[1])


@contextmanager
def simulated_uno(firmware: Path, work: Path) -> Iterator[SimulatedUno]:
    """An Uno with this firmware."""
    program = work / "simulated_uno"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-I/usr/include/simavr"]
    command += [str(SIMULATOR), "-o", str(program), "-lsimavrparts", "-lsimavr"]
    execute_or_raise(command, purpose="compile the simulator of an Uno", timeout=120)
    command = [str(program), str(firmware)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            # The libraries print, too.
            port = next(line.split()[1] for line in process.stdout if line.startswith("port "))
            yield SimulatedUno(port, process)
        finally:
            process.kill()
