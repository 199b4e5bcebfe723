"""The rounding contract of docs/numerics.md, against exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micronets.codegen.numerics import (
    LARGEST_RATIO,
    Quantization,
    multiplier_of,
    range_quantization,
    requantize,
)
from micronets.codegen.quantize_weights import (
    integer_weights,
    least_output_scale,
    weight_scales,
)
from micronets.errors import QuantizationError

_INT32 = st.integers(-(2**31) + 1, 2**31 - 1)


@given(_INT32, st.integers(1, 2**31 - 1), st.integers(-128, 127))
def test_requantize_rounds_halves_up_and_saturates(acc: int, multiplier: int, zero: int) -> None:
    exact = floor(Fraction(acc * multiplier, 2**32) + zero + Fraction(1, 2))
    result = requantize(np.array([acc], np.int64), np.array([multiplier], np.int32), zero)
    assert result[0] == max(-128, min(127, exact))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_range_holds_zero_exactly_and_its_ends_to_half_a_step(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    quantization = range_quantization(low, high)
    assert quantization.dequantize(quantization.zero_point) == 0
    for end in (low, high):
        error = abs(float(quantization.dequantize(quantization.quantize(end))) - end)
        assert error <= 1.01 * quantization.scale + 1e-6 * abs(end) + 1e-30


def test_a_multiplier_that_does_not_fit_is_refused() -> None:
    with pytest.raises(QuantizationError, match=r"at most 0\.5"):
        multiplier_of(0.75)
    assert multiplier_of(LARGEST_RATIO) == 2**31 - 1


@given(
    st.integers(1, 6),
    st.integers(1, 40),
    st.floats(-8, 8),
    st.floats(-6, 6),
    st.integers(-128, 127),
    st.integers(0, 2**32 - 1),
)
def test_no_accumulator_leaves_int32(
    channels: int, inputs: int, weight_power: float, bias_power: float, zero: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = (rng.normal(size=(channels, inputs)) * 10.0**weight_power).astype(np.float32)
    weights[rng.integers(channels)] = 0
    bias = (rng.normal(size=channels) * 10.0**bias_power).astype(np.float32)
    source = Quantization(0.02, zero)
    scale = max(0.01, least_output_scale(weight_scales(weights, bias, source), source) * 1.001)
    whole = integer_weights(weights, bias, source, Quantization(scale, 0))
    weight_sums = np.abs(whole.weights.astype(np.int64)).sum(axis=1)
    reach = np.abs(whole.bias.astype(np.int64)) + 128 * weight_sums
    assert (reach < 2**31).all()
    assert (whole.multiplier >= 1).all()
