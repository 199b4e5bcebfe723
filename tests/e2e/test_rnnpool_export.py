"""RNNPool2D through the compiler: like Keras in float32, bit-exact and close to it in int8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from formatted import assert_formatted
from header_batch import pixels_for

from micronets.codegen.export import Export
from micronets.codegen.literals import WIDTH
from micronets.codegen.pipeline import compile_model
from micronets.errors import QuantizationError, UnsupportedLayerError
from micronets.models import RNNPool2D, RNNPoolFaceM4

_SHAPE = (26, 21, 3)
_CASES: dict[str, dict[str, Any]] = {
    "face": {"rnn1_units": 16, "patch_size": 8, "strides": 4, "edge_padding": 1},
    "two sizes": {"rnn1_units": 8, "rnn2_units": 5, "patch_size": 6, "strides": 4},
    "rectangles": {"rnn1_units": 3, "patch_size": (7, 2), "strides": (3, 1)},
    "apart": {"rnn1_units": 4, "patch_size": (3, 4), "strides": 6, "edge_padding": (0, 2)},
    "hard": {
        "rnn1_units": 6,
        "patch_size": 5,
        "strides": 2,
        "gate_activation": "hard_sigmoid_2",
        "update_activation": "hard_tanh",
    },
    "unsaturated": {"rnn1_units": 6, "patch_size": 4, "strides": 4, "zeta": 1.5, "nu": -2.0},
}


def _model(seed: int = 0, scale: float = 0.35, **options: Any) -> keras.Model:
    """A pool behind a convolution, with weights like those that training leaves."""
    image = keras.Input(_SHAPE)
    keras.utils.set_random_seed(seed)
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu6")(image)
    layer = RNNPool2D(name="pool", seed=seed, **options)
    model = keras.Model(image, layer(x), name="pooled")
    rng = np.random.default_rng(seed)
    for weight in layer.weights:
        if "kernel" in weight.name:
            weight.assign(rng.normal(0, scale, weight.shape))
        elif "bias" in weight.name:
            weight.assign(rng.normal(0.5, 0.5, weight.shape))
    return model


def _export(model: keras.Model, **options: Any) -> Export:
    return compile_model(model, class_name="Pooled", calibration=pixels_for(_SHAPE, 8), **options)


@pytest.mark.parametrize("memory", ["pingpong", "stream"])
@pytest.mark.parametrize("name", _CASES)
def test_float_header_computes_what_keras_does(name: str, memory: str, need_target) -> None:
    need_target("host")
    export = _export(_model(**_CASES[name]), memory=memory)
    report = export.verify(pixels_for(_SHAPE, 3))
    assert report.ok, report


@pytest.mark.parametrize("memory", ["pingpong", "stream"])
@pytest.mark.parametrize("name", _CASES)
def test_int8_header_equals_its_twin(name: str, memory: str, need_target) -> None:
    need_target("host")
    export = _export(_model(**_CASES[name]), memory=memory, dtype="int8")
    report = export.verify(pixels_for(_SHAPE, 3))
    assert report.ok, report
    assert report.max_difference == 0


@pytest.mark.parametrize("name", _CASES)
def test_int8_states_are_close_to_those_of_float32(name: str) -> None:
    model = _model(**_CASES[name])
    images = pixels_for(_SHAPE, 4)
    real, whole = (_export(model, dtype=dtype).predict(images) for dtype in ("float32", "int8"))
    difference = np.abs(np.asarray(real) - np.asarray(whole))
    # Codes of states are 1/128 apart; the input's are, too.
    assert difference.max() < 0.05
    assert difference.mean() < 1 / 128


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55", "rv32"])
def test_chips_equal_the_twin(target: str, need_target) -> None:
    need_target(target)
    for name in ("face", "unsaturated"):
        export = _export(_model(**_CASES[name]), memory="stream", dtype="int8")
        report = export.verify(pixels_for(_SHAPE, 1), target=target, optimize="-Os")
        assert report.ok, report


def test_weights_that_are_zero_take_neither_flash_nor_time(need_target) -> None:
    need_target("cortex-m4")
    exports = []
    for kept in (1.0, 0.3):
        model = _model(**_CASES["face"])
        for weight in model.get_layer("pool").weights:
            if "kernel" in weight.name:
                values = np.asarray(weight.numpy())
                least = np.quantile(np.abs(values), 1 - kept)
                weight.assign(np.where(np.abs(values) < least, 0, values))
        exports.append(_export(model, memory="stream", dtype="int8"))
    dense, sparse = exports
    assert sparse.constants < dense.constants
    image = pixels_for(_SHAPE, 1)
    counts = [export.benchmark("cortex-m4", x=image).instructions for export in exports]
    assert counts[1] < 0.75 * counts[0]


@pytest.mark.parametrize(
    ("gate", "update"), [("sigmoid", "relu"), ("relu", "tanh"), ("tanh", "tanh")]
)
def test_int8_refuses_states_without_a_bound(gate: str, update: str) -> None:
    options = {"rnn1_units": 2, "gate_activation": gate, "update_activation": update}
    model = _model(patch_size=4, **options)
    assert _export(model).constants > 0
    with pytest.raises(QuantizationError, match=f"'pool'.*gate_activation='{gate}'"):
        _export(model, dtype="int8")


def test_int8_refuses_sums_beyond_32_bits() -> None:
    model = _model(rnn1_units=4, patch_size=4, scale=400.0)
    with pytest.raises(QuantizationError, match="'pool': gates and updates reach beyond 512"):
        _export(model, dtype="int8")


def test_sums_beyond_the_fine_steps_take_coarse_ones(need_target) -> None:
    need_target("host")
    export = _export(_model(rnn1_units=4, patch_size=4, scale=8.0), dtype="int8")
    assert export.graph.node("pool").constants["fraction"] == [22]
    assert export.verify(pixels_for(_SHAPE, 2)).ok


def test_the_document_shows_what_m4_holds() -> None:
    net = RNNPoolFaceM4(weights="wider")
    export = compile_model(
        net,
        dtype="int8",
        memory="stream",
        calibration=pixels_for((240, 320, 1), 2),
        pixel_offset=net.pixel_offset,
        pixel_scale=net.pixel_scale,
        detector=net.detector(),
    )
    text = (Path(__file__).parents[2] / "docs" / "rnnpool.md").read_text(encoding="utf-8")
    assert f"\n{export.choice}\n" in text
    assert export.ram <= 80 * 1024
    assert_formatted(export.header.text)
    assert max(map(len, export.header.text.splitlines())) <= WIDTH


def test_more_units_than_a_byte_counts_are_refused() -> None:
    with pytest.raises(UnsupportedLayerError, match="rnn1_units=251"):
        _export(_model(rnn1_units=251, rnn2_units=2, patch_size=4))
