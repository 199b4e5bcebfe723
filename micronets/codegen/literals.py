"""Numbers and names as C++ text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from micronets.codegen.graph import Array, FloatArray

WIDTH = 100
"""Columns of a generated line."""

_LONGEST = 40
"""Characters of a generated name, so that lines with two of them stay below `WIDTH`."""

LONGEST_LAYER = 26
"""Characters of a layer's name, which leaves room for `_weights`."""

_KEYWORDS = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
    char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
    constinit continue decltype default delete do double dynamic_cast else enum explicit export
    extern false final float for friend goto if import inline int int8_t int16_t int32_t int64_t
    long module mutable namespace new noexcept not not_eq nullptr operator or or_eq override
    private protected public register reinterpret_cast requires return short signed sizeof static
    static_assert static_cast struct switch template this thread_local throw true try typedef
    typeid typename uint8_t uint16_t uint32_t uint64_t union unsigned using virtual void volatile
    wchar_t while xor xor_eq
"""
# Macros and functions of Arduino cores, and names that the generated code uses itself.
_TAKEN = """
    abs analogread analogwrite attachinterrupt binary bit bitclear bitread bitset bitwrite boolean
    byte constrain cos cli degrees delay delaymicroseconds detachinterrupt digitalread digitalwrite
    exp floor highbyte interrupts isnan isinf log lowbyte map max micros millis min nointerrupts
    notone pinmode pow pulsein radians random randomseed round sei sin sq sqrt tan tone word yield
    arena constants from heads i386 input k linux main micronets output setup loop std to turns unix
"""
_RESERVED = frozenset(_KEYWORDS.split() + _TAKEN.split())
_CLASSES = frozenset(("Client", "Print", "Printable", "Serial", "Server", "Stream", "String"))
"""Classes and objects of Arduino cores, whose names a net cannot have."""


def float_literal(value: float) -> str:
    """The shortest C++ literal that reads back as the same float32."""
    number = np.float32(value)
    if np.isinf(number):
        return "__builtin_inff()" if number > 0 else "-__builtin_inff()"
    if np.isnan(number):
        raise ValueError("a NaN cannot become a constant")
    text = np.format_float_scientific(number, unique=True, trim="-", exp_digits=1)
    plain = np.format_float_positional(number, unique=True, trim="0")
    return min((plain, text), key=len) + "f"


def float_rows(values: FloatArray, indent: str = "    ") -> str:
    """All values as literals, wrapped below `WIDTH` columns."""
    return wrapped((float_literal(float(value)) for value in values.ravel()), indent)


def integer_rows(values: Array, indent: str = "    ") -> str:
    """All values as integer literals, wrapped below `WIDTH` columns."""
    return wrapped((integer_literal(int(value)) for value in values.ravel()), indent)


def integer_literal(value: int) -> str:
    """The most negative int32 has no literal of its own."""
    return "-2147483647 - 1" if value == -(2**31) else str(value)


def wrapped(items: Iterable[str], indent: str) -> str:
    """Comma-separated items in lines below `WIDTH` columns."""
    lines = [indent]
    for item in items:
        piece = f"{item}, "
        if len(lines[-1]) + len(piece) > WIDTH:
            lines.append(indent)
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines).rstrip(",")


def identifiers(names: Sequence[str], longest: int = _LONGEST) -> list[str]:
    """Valid, unique, unreserved C++ identifiers in lower case, as close to `names` as possible.

    Args:
        names: Any texts.
        longest: Characters that are kept; a number that makes a name unique may follow.
    """
    used: set[str] = set()
    result = []
    for name in names:
        base = re.sub(r"\W+|__+", "_", name, flags=re.ASCII)
        base = re.sub(r"_+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", base)).strip("_").lower()
        if not base or not base[0].isalpha():
            base = f"layer_{base}" if base else "layer"
        base = base[:longest].rstrip("_")
        if base in _RESERVED:
            base += "_layer"
        candidate, number = base, 2
        while candidate in used:
            candidate, number = f"{base}_{number}", number + 1
        used.add(candidate)
        result.append(candidate)
    return result


def class_identifier(name: str) -> str:
    """A C++ class name in CamelCase: `my model-2` becomes `MyModel2`, `MNIST` `MNISTNet`."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    name = joined if joined[:1].isalpha() else f"Net{joined}"
    return name if is_class_identifier(name) else f"{name}Net"


def is_class_identifier(name: str) -> bool:
    """True for a name that may stand as a class in any sketch."""
    valid = re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", name, flags=re.ASCII)
    is_macro = name.isupper() and len(name) > 1
    return bool(valid) and name not in _RESERVED | _CLASSES and not is_macro


def string_literal(text: str) -> str:
    """A C++ string literal in ASCII; other characters become UTF-8 escapes."""
    pieces = []
    for byte in text.encode("utf-8"):
        character = chr(byte)
        if character in '"\\?':
            pieces.append("\\" + character)
        elif 32 <= byte < 127:
            pieces.append(character)
        else:
            pieces.append(f"\\{byte:03o}")
    return '"' + "".join(pieces) + '"'
