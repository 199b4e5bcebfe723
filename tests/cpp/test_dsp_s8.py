"""The int8 paths of the DSP extension: every width, stride and padding around the tiles' edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from test_kernels_s8 import STRICT, Case, NeedTarget, check_cases, make_case

from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.activation import LINEAR, RELU6
from micronets.codegen.ops.base import example
from micronets.codegen.ops.conv2d import Conv2DAttributes
from micronets.codegen.ops.dense import DenseAttributes
from micronets.codegen.ops.depthwise_conv2d import DepthwiseConv2DAttributes
from micronets.codegen.ops.window import WindowAttributes

pytestmark = pytest.mark.xdist_group("cpp")

WIDEST = 10
ACTIVATIONS = (LINEAR, RELU6)


def pointwise_cases(rng: np.random.Generator) -> list[Case]:
    """Tiles of 4 and of 3 pixels, odd filters and channels, as many channels as a scratch holds."""
    shapes = [(2, width, int(rng.integers(1, 14))) for width in range(1, WIDEST)]
    shapes += [(2, 7, 96), (1, 4, 97), (2, 3, 128), (1, 5, 256), (1, 3, 257)]
    return [
        case(
            "conv2d", Conv2DAttributes((1, 1), filters=i % 5 + 1, activation=ACTIVATIONS[i % 2]), s
        )
        for i, s in enumerate(shapes)
    ]


def depthwise_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for width in range(1, WIDEST):
        for stride in (1, 2):
            for left_right in ((0, 0), (0, 1), (1, 0), (1, 1)):
                top, bottom = (int(value) for value in rng.integers(0, 2, 2))
                height = int(rng.integers(1, 6))
                padding = (top, left_right[0], bottom, left_right[1])
                if width + sum(left_right) < 3 or height + top + bottom < 3:
                    continue
                attributes = DepthwiseConv2DAttributes(
                    (3, 3), (stride, stride), padding, 1, ACTIVATIONS[width % 2]
                )
                shape = (height, width, int(rng.integers(1, 5)))
                cases.append(case("depthwise_conv2d", attributes, shape))
    return cases


def first_layer_cases(rng: np.random.Generator) -> list[Case]:
    """From bytes of the caller; with one stride more than 3 pixels the image ends with a window."""
    cases = []
    for stride in (1, 2, 3, 4):
        for filters in (1, 3, 4, 6):
            size = 3 + stride * int(rng.integers(0, 4)) + filters % 2
            attributes = Conv2DAttributes((3, 3), (stride, stride), filters=filters)
            cases.append(case("conv2d", attributes, (size, size, 1), "pixels"))
    return cases


def other_cases() -> list[Case]:
    cases = [case("dense", DenseAttributes(3), (inputs,)) for inputs in range(1, 12)]
    for width in range(1, WIDEST):
        cases.append(case("max_pool2d", WindowAttributes((2, width), (2, 1)), (4, width + 2, 3)))
    return cases


def case(op: str, attributes: object, shape: tuple[int, ...], reader: str = "codes") -> Case:
    spec = REGISTRY[op]
    name = f"{op} {attributes} of {shape}"
    return make_case(name, spec, example(spec, attributes, shape), reader, sum(shape))


@pytest.mark.parametrize("name", ["cortex-m4", "host"])
@pytest.mark.parametrize(
    "make",
    [pointwise_cases, depthwise_cases, first_layer_cases, lambda rng: other_cases()],
    ids=["pointwise", "depthwise", "first layer", "others"],
)
def test_tiles_equal_the_references_to_the_bit(
    need_target: NeedTarget, name: str, make: Callable[[np.random.Generator], list[Case]]
) -> None:
    target = need_target(name)
    cases = make(np.random.default_rng(7))
    for optimize in ("-O2", "-Os") if name == "cortex-m4" else ("-O1",):
        check_cases(target, cases, optimize=optimize, warnings=True, extra_flags=STRICT)
