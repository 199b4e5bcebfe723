"""Layers of the C++ one by one: what they compute, and which one is the first to go wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from e2e_models import MODELS
from header_batch import images_for, pixels_for
from keras_nets import L, functional, sequential

from micronets.codegen.export import Export
from micronets.codegen.graph import Layout
from micronets.codegen.layer_trace import insert_hooks
from micronets.codegen.pipeline import compile_model
from micronets.errors import InternalError


def _export(make: Any, dtype: str, name: str = "Traced") -> Export:
    model = make()
    images = pixels_for(tuple(model.input_shape[1:]), 8) if dtype == "int8" else None
    return compile_model(model, class_name=name, dtype=dtype, calibration=images)


def _small_net() -> Any:
    """Padding, a depthwise layer, one in place, a view and a vector."""

    def body(x: Any) -> Any:
        x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="stem")(x)
        y = L.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
        x = L.Add(name="sum")([x, L.Conv2D(4, 1, name="pointwise")(y)])
        x = L.LeakyReLU(negative_slope=0.1, name="leaky")(x)
        x = L.MaxPooling2D(2, name="pool")(x)
        x = L.Reshape((-1, 4), name="rows")(x)
        return L.Dense(3, activation="softmax", name="scores")(L.Flatten()(x))

    return functional((11, 9, 1), body)


def _with_text(export: Export, text: str) -> Export:
    assert text != export.header.text
    return replace(export, header=replace(export.header, text=text))


def _with_other_bias(export: Export, array: str, place: int) -> Export:
    """The header with one bias changed."""

    def change(found: re.Match[str]) -> str:
        numbers = re.split(r"(,\s*)", found[2])
        old = numbers[2 * place].strip()
        is_float = old.endswith("f")
        numbers[2 * place] = f"{float(old[:-1]) + 0.01:.9g}f" if is_float else str(int(old) + 9999)
        return found[1] + "".join(numbers) + "};"

    pattern = rf"(::{array}\[\d+\] MICRONETS_FLASH = \{{\n)(.*?)\}};"
    return _with_text(export, re.sub(pattern, change, export.header.text, flags=re.DOTALL))


each_dtype = pytest.mark.parametrize("dtype", ["float32", "int8"])


@each_dtype
def test_layers_of_a_small_net_agree(dtype: str, need_target) -> None:
    need_target("host")
    export = _export(_small_net, dtype)
    for images in (pixels_for((11, 9, 1), 3), images_for((11, 9, 1), 2)):
        report = export.verify(images, layers=True)
        assert report.ok, report
        assert report.layers == len(export.rows)
        assert f"all {len(export.rows)} layers agree" in str(report)
        python, cpp = export.trace(images), export.trace_cpp(images)
        assert list(python) == list(cpp)
        for name, values in python.items():
            assert (values.shape, values.dtype) == (cpp[name].shape, cpp[name].dtype), name


@pytest.mark.slow
@each_dtype
@pytest.mark.parametrize("name", MODELS)
def test_layers_of_every_model_agree(name: str, dtype: str, need_target) -> None:
    need_target("host")
    export = _export(MODELS[name], dtype)
    report = export.verify(pixels_for(export.graph.input.shape, 2), layers=True)
    assert report.ok, report


@pytest.mark.slow
@each_dtype
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "rv32", "avr"])
def test_layers_agree_on_chips(target: str, dtype: str, need_target) -> None:
    need_target(target)
    export = _export(_small_net, dtype)
    report = export.verify(pixels_for((11, 9, 1), 2), target=target, optimize="-Os", layers=True)
    assert report.ok, report


@each_dtype
def test_first_wrong_layer_and_index_are_named(dtype: str, need_target) -> None:
    need_target("host")
    export = _export(_small_net, dtype)
    images = pixels_for((11, 9, 1), 2)
    wrong = _with_other_bias(export, "depthwise_bias", 2)
    difference = wrong.verify(images, layers=True).difference
    assert difference is not None
    assert (difference.layer, difference.image, difference.index[-1]) == ("depthwise", 0, 2)
    right, left = export.trace_cpp(images), wrong.trace_cpp(images)
    assert (right["stem"] == left["stem"]).all()
    different = np.argwhere(right["depthwise"] != left["depthwise"])
    assert tuple(different[0]) == (0, *difference.index)
    assert difference.count == len(different)
    place = (0, *difference.index)
    assert difference.actual == left["depthwise"][place]
    assert difference.expected == pytest.approx(right["depthwise"][place], abs=1e-5)


@pytest.mark.parametrize("target", ["cortex-m4", "avr"])
@each_dtype
def test_first_wrong_layer_of_a_chip_is_named(target: str, dtype: str, need_target) -> None:
    need_target(target)
    export = _with_other_bias(_export(_small_net, dtype), "scores_bias", 1)
    report = export.verify(pixels_for((11, 9, 1), 1), target=target, layers=True)
    assert not report.ok
    assert report.difference is not None
    assert (report.difference.layer, report.difference.index) == ("scores", (1,))
    assert "the first difference is in layer 'scores' at (1,) of image 0: C++" in str(report)


def test_wrong_kernel_is_found_where_it_runs(need_target) -> None:
    """A kernel that forgets its right column: every layer before it is right."""
    need_target("host")

    def make() -> Any:
        return sequential((6, 6, 1), L.Conv2D(2, 3, name="stem"), L.MaxPooling2D(2, name="pool"))

    export = _export(make, "float32")
    loop = "for (int32_t x = 0; x < p.output.width; ++x) {"
    kernel = export.header.text.index("max_pool2d_f32_row(")
    place = export.header.text.index(loop, kernel)
    text = export.header.text
    text = text[:place] + text[place:].replace("x < p.output.width", "x + 1 < p.output.width", 1)
    wrong, images = _with_text(export, text), pixels_for((6, 6, 1), 1)
    difference = wrong.verify(images, layers=True).difference
    assert difference is not None
    assert difference.layer == "pool"
    distance = np.abs(wrong.trace_cpp(images)["pool"] - export.trace(images)["pool"])
    assert (0, *difference.index) == tuple(np.argwhere(distance > 1e-4)[0])


def test_wrong_reading_of_pixels_is_a_difference_of_the_input(need_target) -> None:
    need_target("host")
    export = _export(_small_net, "int8")
    text = export.header.text.replace("data[i] - 128)", "data[i] - 127)")
    report = _with_text(export, text).verify(pixels_for((11, 9, 1), 1), layers=True)
    assert report.difference is not None
    assert report.difference.layer == export.graph.input.name
    assert report.difference.index == (0, 0, 0)
    assert report.difference.actual == report.difference.expected + 1


def test_padding_in_memory_is_left_out(need_target) -> None:
    """Planes and rows that lie apart are read where they are, not one behind the other."""
    need_target("host")
    export = _export(_small_net, "int8")
    assert export.schedule.graph.tensor("depthwise").layout is Layout.PADDED
    images = pixels_for((11, 9, 1), 1)
    expected = export.trace(images)["depthwise"]
    assert (export.trace_cpp(images)["depthwise"] == expected).all()
    text = export.header.text.replace(
        "*row = static_cast<int8_t>(zero_point);", "*row = 77; (void)zero_point;"
    )
    other_padding = _with_text(export, text).trace_cpp(images)["depthwise"]
    assert (other_padding == expected).all()


def test_header_of_another_form_is_refused() -> None:
    with pytest.raises(InternalError, match="0 steps were found in the header; 1 were expected"):
        insert_hooks("nothing\n", [""], [""])
