"""The int8 paths of Helium: every width, number of channels, window, stride and padding around the
edges of their blocks, and the others' cases."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from test_dsp_s8 import (
    ACTIVATIONS,
    case,
    depthwise_cases,
    first_layer_cases,
    other_cases,
    patch_cases,
    strided_depthwise_cases,
)
from test_dsp_s8 import pointwise_cases as small_pointwise_cases
from test_kernels_s8 import STRICT, Case, NeedTarget, all_cases, check_cases

from micronets.codegen.ops.conv2d import Conv2DAttributes
from micronets.codegen.ops.dense import DenseAttributes
from micronets.codegen.ops.depthwise_conv2d import DepthwiseConv2DAttributes
from micronets.codegen.ops.window import WindowAttributes

pytestmark = pytest.mark.xdist_group("cpp")

SMALL_HEIGHTS = 5


def pointwise_cases(rng: np.random.Generator) -> list[Case]:
    """Chunks of 16 channels and their rests, blocks of pixels that end anywhere in a row."""
    shapes = [(int(rng.integers(1, SMALL_HEIGHTS)), width, 5) for width in range(1, 41)]
    channels = (1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 257, 289, 400)
    for count in channels:
        shapes += [(2, 3, count), (1, 1, count), (2, 19, count)]
    shapes += [(2, width, 3) for width in range(1, 41)]
    cases = []
    for i, shape in enumerate(shapes):
        attributes = Conv2DAttributes((1, 1), filters=i % 6 + 1, activation=ACTIVATIONS[i % 2])
        cases.append(case("conv2d", attributes, shape))
    return cases + small_pointwise_cases(rng)


def wide_depthwise_cases(rng: np.random.Generator) -> list[Case]:
    """Groups of three outputs, bands of rows that a scratch holds, and maps too wide for it."""
    cases = depthwise_cases(rng)
    for width in (*range(10, 41), 47, 48, 60, 95, 96, 97, 110, 130):
        for stride in (1, 2):
            left, right, top, bottom = (int(value) for value in rng.integers(0, 2, 4))
            attributes = DepthwiseConv2DAttributes(
                (3, 3), (stride, stride), (top, left, bottom, right), 1, ACTIVATIONS[width % 2]
            )
            shape = (int(rng.integers(3, 14)), width, int(rng.integers(1, 4)))
            cases.append(case("depthwise_conv2d", attributes, shape))
    return cases


def convolution_cases(rng: np.random.Generator) -> list[Case]:
    """Windows of all kinds over codes and over the caller's bytes."""
    cases = first_layer_cases(rng)
    for i in range(60):
        window = (int(rng.integers(1, 5)), int(rng.integers(2, 5)))
        stride = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
        top, left, bottom, right = (int(value) for value in rng.integers(0, 2, 4))
        shape = (int(rng.integers(4, 9)), int(rng.integers(4, 12)), int(rng.integers(1, 20)))
        attributes = Conv2DAttributes(
            window,
            stride,
            padding=(top, left, bottom, right),
            filters=int(rng.integers(1, 6)),
            activation=ACTIVATIONS[i % 2],
        )
        shape = (*shape[:2], (1, 3)[i % 2]) if i % 4 < 2 else shape
        cases.append(case("conv2d", attributes, shape, "pixels" if i % 4 < 2 else "codes"))
    for channels in (32, 33, 64, 99):
        attributes = Conv2DAttributes((3, 3), padding=(1, 1, 1, 1), filters=3)
        cases.append(case("conv2d", attributes, (4, 5, channels)))
    return cases


def value_cases(rng: np.random.Generator) -> list[Case]:
    """Layers that make one number of many: windows up to 40 wide, and their padding."""
    cases = [case("dense", DenseAttributes(3), (inputs,)) for inputs in (16, 17, 40, 96, 300)]
    for op in ("max_pool2d", "average_pool2d"):
        for width in (1, 2, 3, 7, 15, 16, 17, 33, 40):
            top, left = (int(value) for value in rng.integers(0, 2, 2))
            height = int(rng.integers(2, 5))
            window = WindowAttributes((height, width), (2, 1), (top, min(left, width - 1), 1, 0))
            cases.append(case(op, window, (6, width + 2, 3)))
    return cases + other_cases(rng)


@pytest.mark.parametrize("optimize", ["-O2", "-Os"])
@pytest.mark.parametrize(
    "make",
    [
        pointwise_cases,
        wide_depthwise_cases,
        convolution_cases,
        value_cases,
        lambda rng: all_cases(),
    ],
    ids=["pointwise", "depthwise", "convolutions", "values", "examples"],
)
def test_vectors_equal_the_references_to_the_bit(
    need_target: NeedTarget, optimize: str, make: Callable[[np.random.Generator], list[Case]]
) -> None:
    cases = make(np.random.default_rng(7))
    check_cases(
        need_target("cortex-m55"), cases, optimize=optimize, warnings=True, extra_flags=STRICT
    )


def row_depthwise_cases(rng: np.random.Generator) -> list[Case]:
    """Rows that are read where they lie, those that are copied, and those without Helium."""
    return wide_depthwise_cases(rng) + strided_depthwise_cases(rng)


def row_convolution_cases(rng: np.random.Generator) -> list[Case]:
    """Windows that run over the end of a ring, small ones included."""
    cases = convolution_cases(rng) + patch_cases(rng, (1, 3), "pixels")
    for window, stride in (((4, 4), 1), ((2, 2), 1), ((3, 3), 4), ((2, 4), 3), ((5, 2), 2)):
        attributes = Conv2DAttributes(window, (stride, stride), filters=3)
        cases += [case("conv2d", attributes, (14, 14, 1), kind) for kind in ("codes", "pixels")]
    for stride, filters in ((1, 3), (2, 3), (3, 3), (1, 4), (2, 5), (3, 8)):
        for width in (4, 7, 19, 33):
            attributes = Conv2DAttributes((3, 3), (stride, stride), filters=filters)
            cases.append(case("conv2d", attributes, (13, width, 1), "pixels"))
    return cases


@pytest.mark.parametrize("optimize", ["-O2", "-Os"])
@pytest.mark.parametrize(
    "make",
    [pointwise_cases, row_depthwise_cases, row_convolution_cases, value_cases],
    ids=["pointwise", "depthwise", "convolutions", "values"],
)
def test_rows_of_a_ring_give_the_same_vectors(
    need_target: NeedTarget, optimize: str, make: Callable[[np.random.Generator], list[Case]]
) -> None:
    cases = make(np.random.default_rng(7))
    check_cases(
        need_target("cortex-m55"),
        [case for case in cases if all(call.function != "dense_s8" for call in case.calls)],
        optimize=optimize,
        in_rows=True,
        warnings=True,
        extra_flags=STRICT,
    )
