"""The int8 paths of the DSP extension: every width, stride and padding around the tiles' edges."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from test_kernels_s8 import STRICT, Case, NeedTarget, check_cases, make_case

from micronets.codegen.graph import Layout, Tensor
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.activation import LINEAR, RELU6
from micronets.codegen.ops.base import example
from micronets.codegen.ops.conv2d import Conv2DAttributes
from micronets.codegen.ops.dense import DenseAttributes
from micronets.codegen.ops.depthwise_conv2d import DepthwiseConv2DAttributes, wants_padding_s8
from micronets.codegen.ops.window import WindowAttributes

pytestmark = pytest.mark.xdist_group("cpp")

WIDTHS = range(1, 13)
ACTIVATIONS = (LINEAR, RELU6)
PLANAR_OR_PADDED = (Layout.PLANAR, Layout.PADDED)
MakeCases = Callable[[np.random.Generator], list[Case]]


def case(
    op: str,
    attributes: object,
    shape: tuple[int, ...],
    reader: str = "codes",
    layouts: tuple[Layout, Layout] = (Layout.PLANAR, Layout.PLANAR),
) -> Case:
    spec = REGISTRY[op]
    source, target = layouts
    name = f"{op} {attributes} of {shape}, {source.value} to {target.value},"
    made = example(spec, attributes, shape)
    return make_case(name, spec, made, reader, sum(shape), source=source, target=target)


def any_layouts(rng: np.random.Generator) -> tuple[Layout, Layout]:
    source, target = rng.integers(0, 2, 2)
    return PLANAR_OR_PADDED[source], PLANAR_OR_PADDED[target]


def pointwise_cases(rng: np.random.Generator) -> list[Case]:
    """Tiles of 4 and of 3 pixels, odd filters and channels, from and to every layout."""
    shapes = [(2, width, channels) for width in WIDTHS for channels in (1, 2, 5, 6)]
    shapes += [(2, 7, 96), (1, 4, 97), (2, 3, 128), (1, 5, 256), (1, 3, 257)]
    return [
        case(
            "conv2d",
            Conv2DAttributes((1, 1), filters=i % 5 + 1, activation=ACTIVATIONS[i % 2]),
            shape,
            layouts=any_layouts(rng),
        )
        for i, shape in enumerate(shapes)
    ]


def depthwise_cases(rng: np.random.Generator) -> list[Case]:
    """Each laid out as the compiler would, and in some other way."""
    cases = []
    for width, stride, left, right in product(WIDTHS, (1, 2), (0, 1), (0, 1)):
        top, bottom = (int(value) for value in rng.integers(0, 3, 2))
        height = int(rng.integers(1, 7))
        if width + left + right < 3 or height + top + bottom < 3:
            continue
        attributes = DepthwiseConv2DAttributes(
            (3, 3), (stride, stride), (top, left, bottom, right), 1, ACTIVATIONS[width % 2]
        )
        shape = (height, width, int(rng.integers(1, 5)))
        wanted = wants_padding_s8(attributes, Tensor("x", shape))
        odd = attributes.output_size(height, width)[1] % 2 == 1
        laid_out = PLANAR_OR_PADDED[wanted], PLANAR_OR_PADDED[odd]
        cases.append(case("depthwise_conv2d", attributes, shape, layouts=laid_out))
        cases.append(case("depthwise_conv2d", attributes, shape, layouts=any_layouts(rng)))
    return cases


def strided_depthwise_cases(rng: np.random.Generator) -> list[Case]:
    """Strides that differ, more padding above and below than the window is high, other windows."""
    cases = []
    settings = product(((1, 2), (2, 1), (3, 1), (3, 2)), ((0, 1, 0, 1), (4, 1, 4, 1), (1, 0, 3, 1)))
    for number, (stride, padding) in enumerate(settings):
        attributes = DepthwiseConv2DAttributes((3, 3), stride, padding, 1, ACTIVATIONS[number % 2])
        for width in (5, 6, 8):
            layouts = (Layout.PADDED, any_layouts(rng)[1])
            cases.append(case("depthwise_conv2d", attributes, (7, width, 3), layouts=layouts))
    for window, multiplier in (((3, 3), 2), ((2, 3), 1), ((5, 5), 1), ((3, 1), 3)):
        sides = (1, 1, 1, 1)
        attributes = DepthwiseConv2DAttributes(window, (1, 1), sides, multiplier)
        cases.append(case("depthwise_conv2d", attributes, (6, 7, 2), layouts=any_layouts(rng)))
    for width in (240, 241):  # the widest row of padding that tiles keep, and one more
        attributes = DepthwiseConv2DAttributes((3, 3), (1, 1), (1, 1, 1, 1))
        layouts = (Layout.PADDED, Layout.PADDED)
        cases.append(case("depthwise_conv2d", attributes, (2, width, 1), layouts=layouts))
    return cases


WINDOWS = ((1, 2), (3, 3), (5, 5), (2, 5))


def patch_cases(rng: np.random.Generator, channels: tuple[int, ...], reader: str) -> list[Case]:
    """General convolutions whose outputs are 3 to 9 columns wide; the last filter may be single."""
    cases = []
    for window, stride, columns in product(WINDOWS, (1, 2, 3), range(3, 10)):
        most = min(window) - 1
        padding = tuple(int(value) for value in rng.integers(0, most + 1, 4))
        height = max(1, window[0] + stride - padding[0] - padding[2])
        width = max(1, window[1] + (columns - 1) * stride - padding[1] - padding[3])
        filters = int(rng.integers(1, 6))
        attributes = Conv2DAttributes(
            window, (stride, stride), padding, filters, ACTIVATIONS[columns % 2]
        )
        shape = (height, width, int(rng.choice(channels)))
        source, target = any_layouts(rng)
        if attributes.window == shape[:2] and not any(padding):
            continue  # a dense layer
        layouts = (source if reader == "codes" else Layout.PLANAR, target)
        cases.append(case("conv2d", attributes, shape, reader, layouts))
    return cases


def planar_patch_cases(rng: np.random.Generator) -> list[Case]:
    return patch_cases(rng, (1, 2, 3, 5), "codes")


def pixel_patch_cases(rng: np.random.Generator) -> list[Case]:
    return patch_cases(rng, (1, 3), "pixels")


def three_column_cases(rng: np.random.Generator) -> list[Case]:
    """Windows three columns wide whose tiles read six columns at once, inside and at each edge."""
    cases = []
    for left, right, columns in product((0, 1, 2), (0, 1, 2), (4, 5, 8, 9)):
        window = (int(rng.integers(1, 4)), 3)
        top, bottom = (int(rng.integers(0, window[0])) for _ in range(2))
        width = columns + 2 - left - right
        if width < 3:
            continue
        attributes = Conv2DAttributes(window, (1, 1), (top, left, bottom, right), 2)
        shape = (window[0] + 1, width, int(rng.integers(2, 7)))
        cases.append(case("conv2d", attributes, shape, layouts=any_layouts(rng)))
    return cases


def grey_stride_cases(rng: np.random.Generator, reader: str) -> list[Case]:
    """Grey images through windows three columns wide that move by two, at each edge."""
    cases = []
    for left, right, width in product((0, 1, 2), (0, 1), range(8, 20, 3)):
        window = (int(rng.integers(1, 4)), 3)
        top, bottom = (int(rng.integers(0, window[0])) for _ in range(2))
        attributes = Conv2DAttributes(window, (2, 2), (top, left, bottom, right), 2)
        shape = (window[0] + 2, width, 1)
        layouts = (any_layouts(rng)[0] if reader == "codes" else Layout.PLANAR, Layout.PLANAR)
        cases.append(case("conv2d", attributes, shape, reader, layouts))
    return cases


def grey_codes_cases(rng: np.random.Generator) -> list[Case]:
    return grey_stride_cases(rng, "codes")


def grey_pixels_cases(rng: np.random.Generator) -> list[Case]:
    return grey_stride_cases(rng, "pixels")


def unrolled_cases(rng: np.random.Generator) -> list[Case]:
    """The loop of eight pairs a turn, with every number of pairs left over."""
    cases = []
    for channels in (1, 2, *range(15, 33, 2), 48):
        attributes = Conv2DAttributes(
            (1, 1), filters=5, activation=ACTIVATIONS[channels % 2], unrolled=8
        )
        width = int(rng.integers(3, 12))
        cases.append(case("conv2d", attributes, (2, width, channels), layouts=any_layouts(rng)))
    for width, channels in ((3, 2), (3, 3), (4, 4), (5, 5), (6, 7), (9, 15), (10, 16)):
        attributes = Conv2DAttributes((3, 3), (1, 1), (1, 1, 1, 1), filters=3, unrolled=8)
        cases.append(case("conv2d", attributes, (3, width, channels), layouts=any_layouts(rng)))
    return cases


def first_layer_cases(rng: np.random.Generator) -> list[Case]:
    """From bytes of the caller; with one stride more than 3 pixels the image ends with a window."""
    cases = []
    for stride in (1, 2, 3, 4):
        for filters in (1, 3, 4, 6):
            size = 3 + stride * int(rng.integers(0, 4)) + filters % 2
            attributes = Conv2DAttributes((3, 3), (stride, stride), filters=filters)
            if attributes.window != (size, size):
                layouts = (Layout.PLANAR, any_layouts(rng)[1])
                cases.append(case("conv2d", attributes, (size, size, 1), "pixels", layouts))
    return cases


def other_cases(rng: np.random.Generator) -> list[Case]:
    """Dense layers with every remainder; pools of every width, from every layout."""
    cases = [case("dense", DenseAttributes(3), (inputs,)) for inputs in range(1, 14)]
    cases += [case("dense", DenseAttributes(2), (2, 3, channels)) for channels in range(1, 5)]
    for width in WIDTHS:
        layouts = (any_layouts(rng)[0], Layout.PLANAR)
        for op in ("max_pool2d", "average_pool2d"):
            pool = WindowAttributes((2, width), (2, 1), (1, width // 2, 0, (width - 1) // 2))
            cases.append(case(op, pool, (4, width + 2, 3), layouts=layouts))
    return cases


WINDOW_CASES = (
    pointwise_cases,
    depthwise_cases,
    strided_depthwise_cases,
    planar_patch_cases,
    pixel_patch_cases,
    three_column_cases,
    grey_codes_cases,
    grey_pixels_cases,
    unrolled_cases,
    first_layer_cases,
)


def check(
    need_target: NeedTarget, name: str, make: MakeCases, levels: tuple[str, ...], **options: Any
) -> None:
    target, cases = need_target(name), make(np.random.default_rng(7))
    for optimize in levels:
        check_cases(target, cases, optimize=optimize, **options)


@pytest.mark.parametrize("name", ["cortex-m4", "host"])
@pytest.mark.parametrize("make", [*WINDOW_CASES, other_cases])
def test_tiles_equal_the_references_to_the_bit(
    need_target: NeedTarget, name: str, make: MakeCases
) -> None:
    levels = ("-O2", "-Os") if name == "cortex-m4" else ("-O1",)
    check(need_target, name, make, levels, warnings=True, extra_flags=STRICT)


def pool_cases(rng: np.random.Generator) -> list[Case]:
    return [case for case in other_cases(rng) if case.node.op != "dense"]


@pytest.mark.parametrize("name", ["cortex-m4", "host"])
@pytest.mark.parametrize("make", [*WINDOW_CASES, pool_cases])
def test_rows_of_a_ring_give_the_same_bits(
    need_target: NeedTarget, name: str, make: MakeCases
) -> None:
    level = "-O2" if name == "cortex-m4" else "-O1"
    check(need_target, name, make, (level,), in_rows=True, warnings=True, extra_flags=STRICT)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cortex-m0", "rv32"])
@pytest.mark.parametrize(
    "make", [pointwise_cases, depthwise_cases, planar_patch_cases, pixel_patch_cases, other_cases]
)
def test_chips_without_it_give_the_same_bits(
    need_target: NeedTarget, name: str, make: MakeCases
) -> None:
    check(need_target, name, make, ("-Os",))
