"""C++ lines of any length, broken as clang-format breaks them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from micronets.codegen.literals import WIDTH


@dataclass(frozen=True)
class Call:
    """One kernel call of the forward pass.

    Args:
        title: Of its step; empty for the second call of one.
        text: The call, in C++.
    """

    title: str
    text: str


def wrapped_call(function: str, arguments: list[str], margin: int = 2) -> str:
    """A call, indented by `margin`: filled lines, aligned with the opening bracket."""
    indent = " " * (len(function) + 1)
    lines = [f"{function}("]
    for number, argument in enumerate(arguments):
        piece = argument + (");" if number == len(arguments) - 1 else ",")
        joint = "" if lines[-1].endswith("(") else " "
        if len(lines[-1] + joint + piece) > WIDTH - margin:
            lines.append(indent + piece)
        else:
            lines[-1] += joint + piece
    return "\n".join(lines)


def opening(signature: str, margin: str = "") -> str:
    """The beginning of a function's definition, up to its brace."""
    line = f"{margin}{signature} {{"
    if len(line) <= WIDTH:
        return line
    head, _, rest = line.partition("(")
    return f"{head}(\n{margin}    {rest}"


def error_directive(message: str) -> str:
    """An `#error`; where it is too long for a line, in several pieces."""
    line = f'#error "{message}"'
    if len(line) <= WIDTH:
        return line
    words = textwrap.wrap(message, WIDTH - 10, break_long_words=False, break_on_hyphens=False)
    pieces = [f'"{piece} "' for piece in words[:-1]] + [f'"{words[-1]}"']
    return "#error \\\n    " + " \\\n    ".join(pieces)
