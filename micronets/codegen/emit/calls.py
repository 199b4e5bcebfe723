"""A C++ function call as text."""

from __future__ import annotations


def wrapped_call(function: str, arguments: list[str]) -> str:
    """As clang-format breaks it: filled lines, aligned with the opening bracket."""
    indent = " " * (len(function) + 1)
    lines = [f"{function}("]
    for number, argument in enumerate(arguments):
        piece = argument + (");" if number == len(arguments) - 1 else ",")
        joint = "" if lines[-1].endswith("(") else " "
        if len(lines[-1] + joint + piece) > 98:
            lines.append(indent + piece)
        else:
            lines[-1] += joint + piece
    return "\n".join(lines)
