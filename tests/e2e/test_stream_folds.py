"""Streams whose layers take their rows one at a time: how much they hold, and the same bits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from header_batch import Case, pixels_for, run_batch
from keras_nets import L, sequential

from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model

_SHAPE = (12, 10, 1)


def _dense() -> Sequence[Any]:
    return L.Flatten(), L.Dense(5)


def _global_average() -> Sequence[Any]:
    return L.GlobalAveragePooling2D(), L.Dense(5)


def _average_2x2() -> Sequence[Any]:
    return L.AveragePooling2D(2), L.GlobalMaxPooling2D()


def _average_3x3() -> Sequence[Any]:
    return L.AveragePooling2D(3), L.GlobalMaxPooling2D()


def _window_as_large_as_the_map() -> Sequence[Any]:
    return L.Conv2D(5, (10, 8), activation="relu"), L.Flatten()


# The most that is held at once, behind a convolution with a map of 10x8x3: three rows of the image
# (10 values each); in int8 the convolution's scratch, 100 bytes; rows of its map (24 values each);
# sums and rows of the layers behind it. What is in use at other times shares memory. Then a byte
# for the next turn and one for the rows of the image and of each group of layers; whole words in
# the end.
#
#   layers behind it     int8                                       float32
#   dense                30 + 100 + 24 + sums 5 * 4, 3              4 * (30 + 24 + sums 5), 3
#   global average       30 + 100 + 24 + sums 3 * 2, 3              4 * (30 + 24 + sums 3), 3
#   average 2x2, most    30 + 100 + 48 + 12 + 3, 4                  4 * (30 + 24 + 12 + 3), 4
#   average 3x3, most    30 + 100 + 24 + sums 6 * 2 + 3, 5          4 * (30 + 24 + 6 + 3), 5
#   window of the map    as dense, its output 5 * 4 floats the sums
_NETS = {
    "dense": (_dense, 180, 240),
    "global average": (_global_average, 164, 232),
    "average 2x2": (_average_2x2, 200, 280),
    "average 3x3": (_average_3x3, 176, 260),
    "window as large as the map": (_window_as_large_as_the_map, 180, 240),
}


def export(net: str, dtype: str, memory: str, class_name: str = "Net") -> Export:
    """A convolution and the layers behind it."""
    model = sequential(_SHAPE, L.Conv2D(3, 3, activation="relu"), *_NETS[net][0]())
    options = {"calibration": pixels_for(_SHAPE, 8)} if dtype == "int8" else {}
    return compile_model(model, class_name=class_name, dtype=dtype, memory=memory, **options)


@pytest.mark.parametrize("net", _NETS)
def test_the_object_holds_a_row_and_sums_instead_of_the_map(net: str) -> None:
    sizes = [export(net, dtype, "stream").ram for dtype in ("int8", "float32")]
    assert sizes == list(_NETS[net][1:])


@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("net", _NETS)
def test_no_whole_map_is_held(net: str, dtype: str) -> None:
    assert export(net, dtype, "stream").header.whole_maps == ()


@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize(
    "target",
    [
        "host",
        "host-clang",
        "host-m32",
        *[
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("cortex-m0", "cortex-m4", "cortex-m55", "rv32", "avr")
        ],
    ],
)
def test_the_bits_are_those_of_whole_maps(
    need_target: Any, tmp_path: Path, target: str, dtype: str
) -> None:
    need_target(target)
    images = pixels_for(_SHAPE, 2)
    exports = [
        export(net, dtype, memory, f"{name}{number}")
        for number, net in enumerate(_NETS)
        for name, memory in (("Whole", "pingpong"), ("Rows", "stream"))
    ]
    # An AVR has memory for two nets at a time.
    most = 2 if target == "avr" else len(exports)
    answers = []
    for first in range(0, len(exports), most):
        cases = [Case(one, images) for one in exports[first : first + most]]
        answers += run_batch(cases, tmp_path, target, warnings=True)
    for net, whole, rows in zip(_NETS, answers[::2], answers[1::2], strict=True):
        np.testing.assert_array_equal(rows.labels, whole.labels, net)
        for one, other in zip(whole.heads, rows.heads, strict=True):
            np.testing.assert_array_equal(other.view(np.uint8), one.view(np.uint8), net)


def test_a_row_of_a_dense_layer_is_part_of_the_work_of_a_push() -> None:
    # The last row of the image sets off a row of the convolution and 5 x 24 products of the dense
    # layer; that of a whole map set off 5 x 240.
    text = export("dense", "int8", "stream").header.text
    assert f"off at most {8 * 3 * 9 + 5 * 24:,} multiply-accumulates" in " ".join(text.split())
