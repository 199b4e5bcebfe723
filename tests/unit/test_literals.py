"""Numbers and names as C++ text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from micronets.codegen import literals
from micronets.codegen.literals import (
    WIDTH,
    class_identifier,
    float_literal,
    float_rows,
    identifiers,
    is_class_identifier,
    string_literal,
)

_MANY = settings(max_examples=150, deadline=None, derandomize=True, database=None)

# [lex.fcon] with the suffix that makes it a float: a point or an exponent must be there.
_FLOAT = re.compile(r"-?(\d+\.\d*|\.\d+)(e[+-]?\d+)?f|-?\d+e[+-]?\d+f")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")

_CPP_KEYWORDS = "int float class template operator new and or xor not bool this alignas constexpr"
_ARDUINO_MACROS = "min max abs round bit word input output default word boolean byte"

names = st.text(max_size=60)


@_MANY
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
@example(0.0)
@example(-0.0)
@example(1e-45)
@example(3.4028234663852886e38)
@example(16777216.0)
@example(0.1)
def test_float_reads_back_as_the_same_bits(value: float) -> None:
    text = float_literal(value)
    assert _FLOAT.fullmatch(text), text
    read = np.float32(text[:-1])
    assert read.tobytes() == np.float32(value).tobytes()


@_MANY
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_float_is_as_short_as_can_be(value: float) -> None:
    digits = re.sub(r"e.*|[-.f]", "", float_literal(value)).strip("0")
    shortest = np.format_float_scientific(np.float32(value), unique=True, trim="-")
    assert len(digits) <= len(re.sub(r"e.*|[-.]", "", shortest).strip("0"))


def test_infinity_needs_no_header() -> None:
    assert float_literal(np.inf) == "__builtin_inff()"
    assert float_literal(-np.inf) == "-__builtin_inff()"


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        float_literal(float("nan"))


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_rows_hold_every_value_below_the_width(values: list[float]) -> None:
    array = np.array(values, np.float32)
    text = float_rows(array)
    assert max(map(len, text.splitlines())) <= WIDTH
    read = np.array([np.float32(item.strip()[:-1]) for item in text.split(",")])
    assert read.tobytes() == array.tobytes()


@_MANY
@given(st.lists(names, max_size=12))
@example(["conv2d", "Conv2D", "conv_2d", "conv2d"])
@example(["class", "class_layer", "class"])
@example(["", "", "_", "__", "1", "é", "a" * 200, "a" * 200])
@example(["a" * 40, "a" * 40, "a" * 38 + "_2"])
@example(["x", "x_2", "x"])
def test_identifiers_are_valid_unique_short_and_unreserved(wanted: list[str]) -> None:
    found = identifiers(wanted)
    assert len(found) == len(wanted)
    assert len(set(found)) == len(found)
    for name in found:
        assert _IDENTIFIER.fullmatch(name)
        assert "__" not in name and not name.endswith("_")
        assert len(name) <= 40 + len("_12")
        assert name not in literals._RESERVED
        assert name not in f"{_CPP_KEYWORDS} {_ARDUINO_MACROS}".split()


@_MANY
@given(st.lists(names, max_size=12))
def test_identifiers_are_stable(wanted: list[str]) -> None:
    assert identifiers(identifiers(wanted)) == identifiers(wanted)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv2d_1", "conv2d_1"),
        ("Conv2D", "conv2_d"),
        ("block/1:depthwise", "block_1_depthwise"),
        ("3rd", "layer_3rd"),
        ("float", "float_layer"),
        ("Größe", "gr_e"),
        ("input", "input_layer"),
        ("___", "layer"),
    ],
)
def test_identifiers_stay_close_to_the_layer_name(name: str, expected: str) -> None:
    assert identifiers([name]) == [expected]


@_MANY
@given(names)
@example("int")
@example("INT")
@example("my_int")
@example("std")
@example("A")
@example("AB")
@example("")
@example("ünïcode")
def test_class_names_made_of_model_names_can_be_used(name: str) -> None:
    made = class_identifier(name)
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", made), made
    assert is_class_identifier(made), made


@pytest.mark.parametrize("name", ["DigitNet", "net2", "My_Net", "A", "a", "MNISTNet"])
def test_class_names_that_are_taken(name: str) -> None:
    assert is_class_identifier(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "2net", "my-net", "class", "int", "_Net", "a__b", "net_", "nét", "a b"),
        # Macros and classes of Arduino, and a name of our own.
        *("PIN", "X9", "String", "Serial", "std", "k"),
    ],
)
def test_class_names_that_are_refused(name: str) -> None:
    assert not is_class_identifier(name)


@_MANY
@given(st.text(max_size=40))
@example('quote " backslash \\ trigraph ??= newline \n nul \0 digit after escape é1')
@example("\x7f\x80")
def test_string_literal_reads_back(text: str) -> None:
    written = string_literal(text)
    assert written.isascii() and "\n" not in written
    assert "??" not in written
    assert _read_string(written) == text.encode("utf-8")


def _read_string(literal: str) -> bytes:
    """What a C++ compiler makes of a string literal of plain characters and escapes."""
    body = literal[1:-1]
    pieces = re.findall(r'\\([0-7]{3})|\\(["\\?])|([^\\"])', body)
    assert sum(len(a) + bool(a) + 2 * len(b) + len(c) for a, b, c in pieces) == len(body)
    return b"".join(
        bytes([int(octal, 8)]) if octal else (escaped or plain).encode()
        for octal, escaped, plain in pieces
    )
