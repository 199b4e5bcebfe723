"""int8 headers equal their Python twins to the bit: zoo, models of every layer, random nets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from e2e_models import MODELS, ZOO, zoo_net
from header_batch import Case, assert_same_codes, pixels_for, run_batch
from keras_nets import L, functional

from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.errors import QuantizationError


def int8_export(model: object, shape: tuple[int, ...], name: str, **options: object) -> Export:
    """An int8 export calibrated on random pixels."""
    return compile_model(
        model, class_name=name, dtype="int8", calibration=pixels_for(shape, 16), **options
    )


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Every model of the end-to-end tests, from pixels and from floats."""
    result = []
    for number, (name, make) in enumerate(sorted(MODELS.items())):
        model = make()
        shape = tuple(model.input_shape[1:])
        export = int8_export(model, shape, f"Model{number}")
        floats = np.random.default_rng(number).normal(0, 1, (6, *shape)).astype(np.float32)
        result += [Case(export, pixels_for(shape, 6)), Case(export, floats)]
        assert export.receipt is not None, name
    return result


@pytest.mark.slow
@pytest.mark.parametrize("optimize", ["-O0", "-O3"])
def test_every_model_equals_its_twin(cases, optimize: str, tmp_path, need_target) -> None:
    need_target("host")
    answers = run_batch(cases, tmp_path, optimize=optimize, sanitize=optimize == "-O0")
    for case, answer in zip(cases, answers, strict=True):
        assert_same_codes(case, answer)


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_zoo_equals_its_twin(name: str, need_target) -> None:
    need_target("host")
    export = int8_export(zoo_net(name, batch_norm=True), (96, 96, 1), name)
    report = export.verify(pixels_for((96, 96, 1), 20))
    assert report.ok, report
    assert report.max_difference == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "target",
    [
        "host-clang",
        "host-m32",
        "cortex-m0",
        "cortex-m0-microbit",
        "cortex-m3",
        "cortex-m4",
        "cortex-m7",
        "cortex-m33",
        "cortex-m55",
        "rv32",
        "avr",
    ],
)
def test_pico_equals_its_twin_on_every_chip(target: str, need_target) -> None:
    need_target(target)
    shape = (32, 32, 1) if target == "avr" else (96, 96, 1)
    from micronets import PicoMobileNet

    net = zoo_net("PicoMobileNet", batch_norm=True) if shape[0] == 96 else PicoMobileNet(10, shape)
    export = int8_export(net, shape, "Pico")
    for images in (pixels_for(shape, 2), np.full((1, *shape), 0.3, np.float32)):
        report = export.verify(images, target=target, optimize="-Os")
        assert report.ok, report


def test_receipt_names_the_worst_layer_and_counts_agreement() -> None:
    export = int8_export(zoo_net("PicoMobileNet", batch_norm=True), (96, 96, 1), "Pico")
    receipt = export.receipt
    assert receipt is not None
    assert receipt.images == 16
    assert 0 <= receipt.agreement <= 1
    assert receipt.worst.snr == min(layer.snr for layer in receipt.layers)
    assert receipt.worst.layer in str(export)


@pytest.mark.parametrize("fill", [0, 255])
def test_constant_calibration_gives_a_working_export(fill: int, need_target) -> None:
    need_target("host")
    images = np.full((1, 96, 96, 1), fill, np.uint8)
    export = compile_model(
        zoo_net("PicoMobileNet"), class_name="Pico", dtype="int8", calibration=images
    )
    assert export.verify(pixels_for((96, 96, 1), 3)).ok


@pytest.mark.parametrize(
    ("calibration", "message"),
    [
        (None, "needs calibration images"),
        (np.zeros((0, 96, 96, 1), np.uint8), "Received: \\(0, 96, 96, 1\\)"),
        (np.zeros((4, 8, 8, 1), np.uint8), "Received: \\(4, 8, 8, 1\\)"),
        (np.full((2, 96, 96, 1), np.nan, np.float32), "finite"),
        ((np.zeros((3, 96, 96, 1), np.uint8), np.zeros(2)), "one label per image"),
    ],
)
def test_bad_calibration_is_refused(calibration: object, message: str) -> None:
    with pytest.raises(QuantizationError, match=message):
        compile_model(
            zoo_net("PicoMobileNet"), class_name="Pico", dtype="int8", calibration=calibration
        )


def test_an_int8_net_needs_a_quarter_of_the_memory_and_no_float() -> None:
    export = int8_export(zoo_net("PicoMobileNet"), (96, 96, 1), "Pico")
    # 3,840 B and the padding in front of depthwise layers.
    assert export.ram == 3956
    # The check of an AVR's RAM counts bytes, not floats: 3,953 B fit into a Mega.
    assert "3953 + 512 > RAMEND" in export.header.text
    forward = export.header.text.split("---- Forward pass")[1].split("inline uint16_t")[0]
    assert "f32" not in forward


def test_branches_that_cancel_still_compile(need_target) -> None:
    need_target("host")

    def build(x: Any) -> Any:
        y = L.Conv2D(3, 1, use_bias=False, name="plus")(x)
        z = L.Conv2D(3, 1, use_bias=False, name="minus")(x)
        return L.Add()([y, z])

    model = functional((4, 4, 1), build, seed=0)
    model.get_layer("minus").set_weights([-model.get_layer("plus").get_weights()[0]])
    assert int8_export(model, (4, 4, 1), "Cancelling").verify(pixels_for((4, 4, 1), 4)).ok


def test_real_zero_between_two_pixels_costs_no_accuracy() -> None:
    """Rescaling to [-1, 1] puts 0 at pixel 127.5."""

    def build(x: Any) -> Any:
        x = L.Rescaling(1 / 127.5, offset=-1)(x)
        return L.Conv2D(4, 5)(x)

    model = functional((5, 5, 1), build, seed=2)
    model.layers[-1].kernel.assign(np.ones((5, 5, 1, 4), np.float32))
    pixels = pixels_for((5, 5, 1), 64)
    export = compile_model(model, class_name="Centred", dtype="int8", calibration=pixels)
    difference = export.predict(pixels) - np.asarray(model(pixels.astype(np.float32)))
    scale = export.graph.tensor(export.graph.outputs[0]).quant.scale
    assert np.abs(difference).max() <= scale


@pytest.mark.parametrize("options", [{"pixel_scale": -1 / 255}, {"pixel_offset": 1.0}])
def test_pixels_of_which_none_means_zero_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(QuantizationError, match="some pixel from 0 to 255 must mean 0"):
        int8_export(zoo_net("PicoMobileNet"), (96, 96, 1), "Pico", **options)
