"""The int8 L2 normalization: its inverse root, its accuracy, and its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from micronets.codegen.graph import Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization, inverse_root, range_quantization
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.activation import NoAttributes
from micronets.errors import QuantizationError

_L2_NORM = REGISTRY["l2_norm"]


def node_of(gamma: np.ndarray, output: Quantization, zero_point: int = 5) -> tuple[Node, Tensor]:
    shape = (len(gamma),)
    source = Tensor("x", shape, quantization=Quantization(0.03, zero_point))
    target = Tensor("y", shape, quantization=output)
    constants = {"gamma": gamma.astype(np.float32)}
    node = Node("l2_norm", NoAttributes(), ("x",), target, constants)
    return replace(node, constants=_L2_NORM.lower_s8(node, [source], target)), source


def answer(node: Node, source: Tensor, codes: Int8Array) -> Int8Array:
    return _L2_NORM.evaluate_s8(node, [source], [codes])


def exact(gamma: np.ndarray, source: Tensor, codes: Int8Array) -> np.ndarray:
    values = codes.astype(np.float64) - source.quant.zero_point
    length = np.sqrt(np.square(values).sum(axis=-1, keepdims=True))
    return gamma * values / np.maximum(length, 1e-9)


@pytest.mark.parametrize("bits", [16, 20, 25, 29])
def test_root_is_as_accurate_as_the_document_says(bits: int) -> None:
    rng = np.random.default_rng(0)
    edges = np.concatenate([2 ** np.arange(31), 2 ** np.arange(1, 32) - 1, np.arange(1, 70_000)])
    squares = np.concatenate([edges, rng.integers(1, 2**31, 100_000)]).astype(np.int64)
    ideal = 2.0**bits / np.sqrt(squares)
    assert (np.abs(inverse_root(squares, bits) - ideal) <= 0.5 + ideal * 2**-13.8).all()
    assert inverse_root(np.array([0]), bits) == [0]


def test_intermediate_numbers_fit_their_types() -> None:
    """Of the line at its ends and where it is farthest off, and of every square beyond 2**30."""
    m = np.arange(1 << 14, 1 << 16)
    root = 34942 - (m * 19967 >> 16)
    for _ in range(3):
        product = m * (root * root >> 14)
        assert (root * root).max() < 2**32
        assert product.max() < 3 << 30
        following = root * (((3 << 30) - product) >> 16)
        assert following.max() < 2**32
        root = following >> 15


@pytest.mark.parametrize("channels", [1, 3, 32, 64, 1000])
@pytest.mark.parametrize("scale", [0.5, 10.0])
def test_codes_are_within_a_fiftieth_of_the_rounded_exact_ones(channels: int, scale: float) -> None:
    rng = np.random.default_rng(channels)
    gamma = rng.uniform(-scale, scale, channels)
    codes = rng.integers(-128, 128, (300, channels), np.int8)
    codes[:100] = np.clip(codes[:100] // 16 + 5, -128, 127)  # short vectors, around the zero point
    _, source = node_of(gamma, Quantization(1.0, 0))
    real = exact(gamma, source, codes)
    output = range_quantization(float(real.min()), float(real.max()))
    node, source = node_of(gamma, output)
    ideal = real / output.scale + output.zero_point
    error = np.abs(answer(node, source, codes) - np.clip(ideal, -128, 127))
    assert error.max() <= 0.5 + 1 / 50


def test_a_vector_of_zeros_stays_zero() -> None:
    node, source = node_of(np.array([8.0, -3.0]), Quantization(0.1, -7))
    assert answer(node, source, np.array([[5, 5]], np.int8)).tolist() == [[-7, -7]]


def test_the_length_of_the_input_does_not_matter() -> None:
    node, source = node_of(np.full(2, 100.0), Quantization(1.0, 0), zero_point=0)
    codes = np.array([[3, 4], [30, 40], [-90, -120], [0, 1]], np.int8)
    assert answer(node, source, codes).tolist() == [[60, 80], [60, 80], [-60, -80], [0, 100]]


def test_gamma_far_beyond_the_range_of_the_output_saturates() -> None:
    node, source = node_of(np.array([1e12, -1e12, 0.0]), Quantization(1.0, 0), zero_point=0)
    assert answer(node, source, np.array([[1, 1, 1]], np.int8)).tolist() == [[127, -128, 0]]


def test_more_squares_than_an_int32_sums_are_refused() -> None:
    with pytest.raises(QuantizationError, match=r"'y'.*at most 32767.*32768 channels"):
        node_of(np.ones(32_768), Quantization(1.0, 0))
