"""How weights lie in flash: the orders that the int8 kernels read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micronets.codegen.packing import (
    even_taps_s8,
    pack_conv2d_s8,
    pack_dense_s8,
    pack_pointwise_conv2d_s8,
)

_MANY = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def numbered(*shape: int) -> np.ndarray:
    """Weights 1, 2, 3, ...: none of them is a zero that fills up."""
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.int8).reshape(shape)


def test_pointwise_filters_lie_in_pairs() -> None:
    packed = pack_pointwise_conv2d_s8(numbered(4, 1, 1, 2))
    assert packed.tolist() == [1, 3, 2, 4, 5, 7, 6, 8]


def test_pointwise_pairs_with_an_odd_number_of_channels_end_with_zeros() -> None:
    packed = pack_pointwise_conv2d_s8(numbered(2, 1, 1, 3))
    assert packed.tolist() == [1, 4, 2, 5, 3, 6, 0, 0]


def test_single_last_pointwise_filter_has_no_zero() -> None:
    packed = pack_pointwise_conv2d_s8(numbered(3, 1, 1, 1))
    assert packed.tolist() == [1, 2, 0, 0, 3]


def test_a_row_of_the_window_is_a_run_where_the_input_is_interleaved() -> None:
    weights = numbered(1, 2, 1, 3)
    assert pack_conv2d_s8(weights, is_planar=False).tolist() == [1, 2, 3, 0, 4, 5, 6, 0]


def test_a_column_of_the_window_is_a_run_where_the_input_is_planar() -> None:
    weights = numbered(1, 1, 2, 3)
    assert pack_conv2d_s8(weights, is_planar=True).tolist() == [1, 2, 3, 0, 4, 5, 6, 0]
    assert pack_conv2d_s8(weights, is_planar=False).tolist() == [1, 2, 3, 4, 5, 6]


def test_a_single_channel_is_both_planar_and_interleaved() -> None:
    weights = numbered(3, 3, 3, 1)
    planar, interleaved = (pack_conv2d_s8(weights, is_planar=value) for value in (True, False))
    assert planar.tolist() == interleaved.tolist()


def test_filters_of_general_convolutions_lie_in_pairs_and_the_last_alone() -> None:
    packed = pack_conv2d_s8(numbered(3, 1, 1, 3), is_planar=True)
    assert packed.tolist() == [1, 4, 2, 5, 3, 6, 0, 0, 7, 8, 9, 0]


@pytest.mark.parametrize(("inputs", "row"), [(1, 4), (3, 4), (4, 4), (5, 8)])
def test_dense_rows_are_a_multiple_of_four(inputs: int, row: int) -> None:
    packed = pack_dense_s8(numbered(2, inputs)).reshape(2, row)
    assert packed[:, :inputs].tolist() == numbered(2, inputs).tolist()
    assert not packed[:, inputs:].any()


_SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 4), st.integers(1, 5))


@_MANY
@given(shape=_SHAPES, is_planar=st.booleans())
def test_every_weight_of_a_convolution_finds_its_place(
    shape: tuple[int, int, int, int], is_planar: bool
) -> None:
    """By the formula in core/conv2d_s8.h: y * row + x * column + c, of a pair twice as far."""
    filters, rows, columns, channels = shape
    weights = np.random.default_rng(sum(shape)).integers(-127, 128, shape, dtype=np.int8)
    packed = pack_conv2d_s8(weights, is_planar=is_planar)
    even = channels + channels % 2
    long_runs = not is_planar or channels == 1
    column = channels if long_runs else even
    row = columns * channels + columns * channels % 2 if long_runs else columns * even
    taps = rows * row
    assert len(packed) == filters * taps
    assert even_taps_s8(shape, is_planar=is_planar) == taps
    used = np.zeros(len(packed), bool)
    for f, y, x, c in np.ndindex(shape):
        single = f == filters - 1 and filters % 2 == 1
        first, step = (f * taps, 1) if single else (f // 2 * 2 * taps + f % 2, 2)
        place = first + (y * row + x * column + c) * step
        assert packed[place] == weights[f, y, x, c]
        used[place] = True
    assert used.sum() == weights.size
    assert not packed[~used].any()
