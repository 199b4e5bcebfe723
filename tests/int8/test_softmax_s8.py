"""The int8 softmax: a power is the product of two from a table of 32."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from micronets.codegen.graph import Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.activation import NoAttributes
from micronets.codegen.ops.softmax import LARGEST_POWER, PROBABILITY

_SOFTMAX = REGISTRY["softmax"]
_SCALES = (0.001, 0.02, 0.1, 0.7, 3.0)


def node_of(scale: float, classes: int = 10) -> tuple[Node, Tensor]:
    source = Tensor("x", (classes,), quantization=Quantization(scale, 5))
    output = Tensor("y", (classes,), quantization=PROBABILITY)
    node = Node("softmax", NoAttributes(), ("x",), output)
    return replace(node, constants=_SOFTMAX.lower_s8(node, [source], output)), source


def answer(scale: float, codes: Int8Array) -> Int8Array:
    node, source = node_of(scale, codes.shape[-1])
    return _SOFTMAX.evaluate_s8(node, [source], [codes])


def test_the_table_has_sixteen_coarse_and_sixteen_fine_powers() -> None:
    powers = node_of(0.1)[0].constants["powers"]
    assert (powers.dtype, powers.shape) == (np.uint16, (32,))
    assert powers[0] == powers[16] == LARGEST_POWER
    assert powers[1] == round(LARGEST_POWER * np.exp(-1.6))
    assert powers[31] == round(LARGEST_POWER * np.exp(-1.5))


@pytest.mark.parametrize("scale", _SCALES)
def test_probabilities_are_within_one_code_of_the_exact_ones(scale: float) -> None:
    codes = np.random.default_rng(1).integers(-128, 128, (200, 10), np.int8)
    real = np.exp((codes - codes.max(axis=1, keepdims=True).astype(float)) * scale)
    exact = 256 * real / real.sum(axis=1, keepdims=True) - 128
    assert np.abs(answer(scale, codes) - np.minimum(exact, 127)).max() <= 0.51


@pytest.mark.parametrize("scale", _SCALES)
def test_a_larger_code_never_gets_a_smaller_probability(scale: float) -> None:
    """Where the coarse factor changes, too."""
    codes = np.arange(-128, 128).astype(np.int8)[np.newaxis]
    assert (np.diff(answer(scale, codes).astype(int)) >= 0).all()
    for low in range(-128, 127):
        pair = answer(scale, np.array([[127, low, low + 1]], np.int8))[0]
        assert pair[1] <= pair[2] <= pair[0]


def test_equal_codes_share_and_a_single_class_is_certain() -> None:
    assert answer(0.1, np.array([[7, 7]], np.int8)).tolist() == [[0, 0]]
    assert answer(0.1, np.array([[-128] * 4], np.int8)).tolist() == [[-64] * 4]
    assert answer(0.1, np.array([[3]], np.int8)).tolist() == [[127]]


def test_the_farthest_code_of_a_wide_range_gets_nothing() -> None:
    assert answer(3.0, np.array([[127, -128]], np.int8)).tolist() == [[127, -128]]
