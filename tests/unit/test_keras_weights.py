"""Which weights the frontend hands to operators, and under which names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras_nets import L, functional, sequential

from micronets.codegen.frontend import read_model
from micronets.models.rnnpool import RNNPool2D

_CELL = ("kernel", "recurrent_kernel", "gate_bias", "update_bias", "zeta", "nu")


def weights_of(model: Any, name: str) -> dict[str, np.ndarray]:
    """The weights of one layer, as operators get them."""
    (layer,) = (layer for layer in read_model(model).layers if layer.name == name)
    return dict(layer.weights)


def rnnpool_model() -> Any:
    pool = RNNPool2D(3, 2, patch_size=4, strides=2, name="pool")
    return sequential((8, 8, 2), L.Conv2D(2, 1, name="conv"), pool)


def test_weights_of_a_layer_go_by_their_own_names() -> None:
    model = sequential((8, 8, 2), L.Conv2D(3, 3, name="conv"), L.BatchNormalization(name="norm"))
    assert set(weights_of(model, "conv")) == {"kernel", "bias"}
    assert set(weights_of(model, "norm")) == {"gamma", "beta", "moving_mean", "moving_variance"}


def test_weights_of_layers_inside_a_layer_go_by_their_path() -> None:
    model = rnnpool_model()
    weights = weights_of(model, "pool")
    assert set(weights) == {f"{cell}/{role}" for cell in ("rnn1", "rnn2") for role in _CELL}
    for cell in (model.layers[-1].rnn1, model.layers[-1].rnn2):
        np.testing.assert_array_equal(weights[f"{cell.name}/kernel"], cell.kernel.numpy())


def test_names_do_not_depend_on_where_the_model_was_built(tmp_path: Path) -> None:
    model = rnnpool_model()
    path = tmp_path / "net.keras"
    model.save(path)
    with keras.name_scope("outside"):
        scoped = functional((8, 8, 2), RNNPool2D(3, 2, patch_size=4, strides=2, name="pool"))
    for other in (keras.models.load_model(path), keras.models.clone_model(model), scoped):
        assert set(weights_of(other, "pool")) == set(weights_of(model, "pool"))
