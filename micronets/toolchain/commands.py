"""Running outside programs, and turning their failures into readable errors."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from micronets.errors import ToolchainError

# A message shows this much of what a program said: a page of template errors helps nobody.
_LONGEST_MESSAGE = 4000


@dataclass(frozen=True)
class Finished:
    """A program that ended: its exit status and everything it printed."""

    status: int
    text: str


def execute(
    command: Sequence[str | os.PathLike[str]],
    *,
    purpose: str,
    timeout: float,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program without a terminal and without input, and wait for its end.

    Args:
        command: The program and its arguments.
        purpose: What is being done, for messages: "compile main.cpp for cortex-m4".
        timeout: Seconds after which it is stopped.
        directory: Where it runs; here by default.
        environment: Variables added to this process's own.

    Returns:
        The exit status and the text of both output streams, in the order written.

    Raises:
        ToolchainError: The program does not exist or does not end in time.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            cwd=directory,
            env={**os.environ, **environment} if environment else None,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolchainError(
            f"Cannot {purpose}: the program {command[0]!s} is not installed."
        ) from error
    except subprocess.TimeoutExpired as expired:
        raise ToolchainError(
            f"Cannot {purpose}: it did not end within {timeout:g} seconds and was stopped.\n"
            f"  $ {command_line(command)}\n{shorten(_decode(expired.output or b''))}"
        ) from expired
    return Finished(done.returncode, _decode(done.stdout))


def execute_or_raise(
    command: Sequence[str | os.PathLike[str]],
    *,
    purpose: str,
    timeout: float,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    advice: str = "",
) -> str:
    """Run a program that must succeed, and return what it printed.

    Raises:
        ToolchainError: It fails; the message holds the command, its output and the advice.
    """
    done = execute(
        command, purpose=purpose, timeout=timeout, directory=directory, environment=environment
    )
    if done.status != 0:
        raise ToolchainError(failure(command, done, purpose=purpose, advice=advice))
    return done.text


def failure(
    command: Sequence[str | os.PathLike[str]], done: Finished, *, purpose: str, advice: str = ""
) -> str:
    """Return the message about a program that failed."""
    ending = f"signal {-done.status}" if done.status < 0 else f"exit status {done.status}"
    lines = [f"Cannot {purpose} ({ending}):", f"  $ {command_line(command)}", shorten(done.text)]
    return "\n".join([*lines, advice] if advice else lines)


def command_line(command: Sequence[str | os.PathLike[str]]) -> str:
    """Return the command as one would type it."""
    return shlex.join(str(word) for word in command)


def shorten(text: str) -> str:
    """Cut the middle out of a long message: the first error and the last line matter."""
    text = text.strip()
    if len(text) <= _LONGEST_MESSAGE:
        return text
    half = _LONGEST_MESSAGE // 2
    return f"{text[:half]}\n  ... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"


def _decode(output: bytes) -> str:
    return output.decode("utf-8", errors="replace")
