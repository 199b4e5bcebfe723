"""Dead channels disappear, and nothing else changes: int8 to the bit, float32 within tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from e2e_models import zoo_net
from header_batch import pixels_for
from keras_nets import L, functional, randomise

from micronets.codegen.calibrate import calibrate
from micronets.codegen.emit.banner import removal_lines
from micronets.codegen.frontend import build_graph, read_model
from micronets.codegen.graph import Graph
from micronets.codegen.interpreter import evaluate, evaluate_codes
from micronets.codegen.passes import FLOAT_PASSES, run_passes
from micronets.codegen.passes.lower_int8 import lower_int8
from micronets.codegen.passes.remove_dead_channels import remove_dead_channels
from micronets.codegen.pipeline import compile_model


def kill_channels(model: Any, share: float, seed: int = 0) -> None:
    """Sets the weights of some filters of every Conv2D and Dense to zero."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if type(layer).__name__ in ("Conv2D", "Dense"):
            kernel = layer.kernel.numpy().copy()
            kernel[..., rng.random(kernel.shape[-1]) < share] = 0
            layer.kernel.assign(kernel)


def graphs_of(model: Any) -> tuple[Graph, Graph, np.ndarray, np.ndarray]:
    """The float and the int8 graph of a model, with float images and codes."""
    graph = run_passes(FLOAT_PASSES, build_graph(read_model(model)))
    pixels = pixels_for(tuple(model.input_shape[1:]), 12)
    images = (pixels / 255).astype(np.float32)
    lowered = lower_int8(graph, calibrate(graph, images, "minmax"), (1 / 255, 0.0))
    return graph, lowered, images, (pixels.astype(np.int16) - 128).astype(np.int8)


def mixed_model() -> Any:
    """Padding, pooling, activations of their own, residuals and Dense behind the dead channels."""

    def build(x: Any) -> Any:
        x = L.Conv2D(6, 3, padding="same", activation="relu")(x)
        x = L.DepthwiseConv2D(3, padding="same")(x)
        x = L.LeakyReLU(negative_slope=0.2)(x)
        x = L.AveragePooling2D(2, padding="same")(x)
        y = L.Conv2D(8, 1, activation="relu6")(x)
        y = L.Conv2D(8, 3, padding="same")(y)
        z = L.Conv2D(8, 1)(x)
        x = L.ReLU()(L.Add()([y, z]))
        x = L.MaxPooling2D(2)(L.Conv2D(5, 3, activation="relu")(x))
        x = L.Dense(7, activation="relu")(L.Flatten()(x))
        return L.Dense(3, activation="softmax")(x)

    return functional((11, 13, 2), build, seed=5)


@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("make", [lambda: zoo_net("PicoMobileNet").model, mixed_model])
def test_removal_changes_no_output(make: Any, share: float) -> None:
    model = make()
    kill_channels(model, share)
    graph, lowered, images, codes = graphs_of(model)
    smaller, lost = remove_dead_channels(graph)
    smaller_int8, lost_int8 = remove_dead_channels(lowered)
    assert lost and lost_int8
    np.testing.assert_allclose(
        evaluate(smaller, images)[0], evaluate(graph, images)[0], rtol=0, atol=1e-5
    )
    np.testing.assert_array_equal(
        evaluate_codes(smaller_int8, codes)[0], evaluate_codes(lowered, codes)[0]
    )


def test_a_constant_that_meets_padding_of_another_value_stays() -> None:
    def build(x: Any) -> Any:
        x = L.Conv2D(4, 1, name="first")(x)  # Its bias is not 0, which is what padding holds.
        x = L.Conv2D(3, 3, padding="same", name="padded")(x)
        return L.Dense(2)(L.GlobalAveragePooling2D()(x))

    model = functional((6, 6, 1), build, seed=1)
    randomise(model, seed=1)
    kill_channels(model, 0.6, seed=2)
    assert not model.get_layer("first").kernel.numpy().any(axis=(0, 1, 2)).all()
    _, lost = remove_dead_channels(graphs_of(model)[0])
    assert "first" not in lost


def test_export_reports_what_it_removed_and_shrinks() -> None:
    net = zoo_net("PicoMobileNet")
    whole = compile_model(net)
    kill_channels(net.model, 0.5)
    smaller = compile_model(net)
    assert smaller.macs < whole.macs and smaller.ram <= whole.ram
    removed = sum(smaller.header.removed.values())
    assert f"without {removed} dead channels" in str(smaller)
    assert f"without {removed} dead channels" in smaller.header.text
    assert not whole.header.removed


def test_one_channel_is_told_as_one() -> None:
    assert removal_lines({"stem": 1}) == ["without 1 dead channel:", "    stem 1"]
    assert removal_lines({"stem": 1, "last": 2})[0] == "without 3 dead channels:"
