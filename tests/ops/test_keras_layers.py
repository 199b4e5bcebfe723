"""The numpy reference of every supported Keras layer computes what Keras computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
from header_batch import assert_close, images_for
from keras_nets import L, functional, graph_of, keras_outputs, sequential

from micronets.codegen.interpreter import evaluate
from micronets.codegen.ops import SUPPORTED_LAYERS
from micronets.models import RNNPool2D
from micronets.models.head_layers import L2Norm, MaxOutBackground

MAP = (7, 6, 3)
ROWS = (5, 4)
VECTOR = (9,)


@dataclass(frozen=True)
class LayerCase:
    """A Keras layer class, its arguments and the shape it reads."""

    layer: str
    shape: tuple[int, ...]
    arguments: dict[str, Any]

    def __str__(self) -> str:
        # Functions and layer objects print an address, which differs between test workers.
        named = {
            key: getattr(value, "__name__", type(value).__name__) if callable(value) else value
            for key, value in self.arguments.items()
        }
        settings = "-".join(f"{key}={value}" for key, value in named.items())
        return f"{self.layer}-{'x'.join(map(str, self.shape))}-{settings}".replace(" ", "")


def _case(layer: str, shape: tuple[int, ...] = MAP, **arguments: Any) -> LayerCase:
    return LayerCase(layer, shape, arguments)


def _windows() -> Iterator[dict[str, Any]]:
    """Kernel, stride and padding: square and not, odd and even."""
    for kernel, strides in ((1, 1), (3, 1), (3, 2), ((2, 5), (1, 2)), ((5, 1), (2, 1)), (4, 3)):
        for padding in ("valid", "same"):
            yield {"kernel_size": kernel, "strides": strides, "padding": padding}


def _convolutions() -> Iterator[LayerCase]:
    for number, window in enumerate(_windows()):
        # Keras allows only equal strides where each channel has filters of its own.
        equal = isinstance(window["strides"], int)
        yield _case("Conv2D", filters=4, use_bias=number % 2 == 0, **window)
        if equal:
            multiplier = 1 + number % 3
            yield _case("DepthwiseConv2D", depth_multiplier=multiplier, **window)
            yield _case("SeparableConv2D", filters=5, depth_multiplier=multiplier, **window)
    yield _case("Conv2D", (5, 5, 1), filters=3, kernel_size=5, activation="relu")
    yield _case("Conv2D", filters=3, kernel_size=3, activation="relu6")
    yield _case("Conv2D", filters=3, kernel_size=3, activation="softmax")
    yield _case("Conv2D", filters=3, kernel_size=3, activation="tanh")
    yield _case("DepthwiseConv2D", kernel_size=3, use_bias=False, activation="sigmoid")
    yield _case("SeparableConv2D", filters=2, kernel_size=3, use_bias=False, activation="relu")


def _pools() -> Iterator[LayerCase]:
    for layer in ("MaxPooling2D", "AveragePooling2D"):
        for padding in ("valid", "same"):
            yield _case(layer, pool_size=2, padding=padding)
            yield _case(layer, pool_size=3, strides=1, padding=padding)
            yield _case(layer, pool_size=3, strides=2, padding=padding)
            yield _case(layer, pool_size=(2, 3), strides=(3, 1), padding=padding)
            yield _case(layer, pool_size=(1, 4), padding=padding)
            yield _case(layer, pool_size=5, strides=5, padding=padding)
    for layer in ("GlobalMaxPooling2D", "GlobalAveragePooling2D"):
        yield _case(layer)
        yield _case(layer, keepdims=True)


def _elementwise() -> Iterator[LayerCase]:
    for shape in (MAP, ROWS, VECTOR):
        yield _case("ReLU", shape)
        yield _case("ReLU", shape, max_value=0.5)
        yield _case("ReLU", shape, negative_slope=0.125)
        yield _case("LeakyReLU", shape)
        yield _case("LeakyReLU", shape, negative_slope=0.75)
        yield _case("Softmax", shape)
        yield _case("BatchNormalization", shape)
        yield _case("BatchNormalization", shape, center=False, scale=False, epsilon=0.01)
        yield _case("Rescaling", shape, scale=2.5, offset=-0.75)
    for name in ("relu", "relu6", "softmax", "sigmoid", "tanh", "linear"):
        yield _case("Activation", MAP, activation=name)
        yield _case("Dense", VECTOR, units=6, activation=name)
    yield _case("Activation", VECTOR, activation=keras.layers.ReLU(6))
    yield _case("Activation", VECTOR, activation=keras.activations.tanh)
    yield _case("Rescaling", MAP, scale=[0.5, 1.0, 2.0], offset=[1.0, 0.0, -1.0])
    yield _case("Softmax", VECTOR, axis=1)
    yield _case("Softmax", MAP, axis=3)


def _shapes() -> Iterator[LayerCase]:
    for shape in (MAP, ROWS, VECTOR):
        yield _case("Flatten", shape)
        yield _case("Dense", shape, units=4)
        yield _case("Dense", shape, units=4, use_bias=False, activation="relu")
    yield _case("Reshape", MAP, target_shape=(6, 7, 3))
    yield _case("Reshape", MAP, target_shape=(-1, 3))
    yield _case("Reshape", MAP, target_shape=(126,))
    yield _case("Reshape", MAP, target_shape=(2, -1, 9))
    yield _case("Reshape", VECTOR, target_shape=(3, 3))
    yield _case("Reshape", VECTOR, target_shape=(1, 9, 1))
    yield _case("Reshape", ROWS, target_shape=(2, 5, 2))
    yield _case("ZeroPadding2D")
    yield _case("ZeroPadding2D", padding=2)
    yield _case("ZeroPadding2D", padding=(0, 3))
    yield _case("ZeroPadding2D", padding=((1, 0), (2, 3)))


def _identities() -> Iterator[LayerCase]:
    for layer, arguments in (
        ("Dropout", {"rate": 0.5}),
        ("SpatialDropout2D", {"rate": 0.5}),
        ("GaussianNoise", {"stddev": 1.0}),
        ("GaussianDropout", {"rate": 0.5}),
        ("ActivityRegularization", {"l2": 0.1}),
    ):
        yield _case(layer, MAP, **arguments)


def _heads() -> Iterator[LayerCase]:
    """Layers of our own, which only the heads of the face detectors have."""
    for shape in (MAP, ROWS, VECTOR):
        yield _case("L2Norm", shape, scale=10.0)
        yield _case("MaxOutBackground", shape)


def _rnnpools() -> Iterator[LayerCase]:
    for patch, strides, padding in ((8, 4, 1), ((3, 5), (2, 1), (0, 2)), (2, 3, 0)):
        yield _case(
            "RNNPool2D",
            (11, 9, 3),
            rnn1_units=6,
            rnn2_units=5,
            patch_size=patch,
            strides=strides,
            edge_padding=padding,
            gate_activation="hard_sigmoid_2" if padding == 0 else "sigmoid",
        )


CASES = [
    *_heads(),
    *_rnnpools(),
    *_convolutions(),
    *_pools(),
    *_elementwise(),
    *_shapes(),
    *_identities(),
]
JOINED = ("Add", "Concatenate")
OWN_LAYERS = {layer.__name__: layer for layer in (L2Norm, MaxOutBackground, RNNPool2D)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_reference_is_keras(case: LayerCase) -> None:
    make = OWN_LAYERS.get(case.layer) or getattr(L, case.layer)
    layer = make(name="layer", **case.arguments)
    # Something must compute: a layer that does nothing gets a reader.
    model = sequential(case.shape, layer, L.LeakyReLU(negative_slope=0.9))
    graph = graph_of(model)
    images = images_for(case.shape, 3) * 3
    assert_close(evaluate(graph, images), keras_outputs(model, images), str(case))
    assert graph.tensor(graph.outputs[0]).shape == model.output_shape[1:]


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("layer", JOINED)
def test_joined_layers_are_keras(layer: str, count: int) -> None:
    def body(x: Any) -> Any:
        # Different widths where the layer allows them.
        filters = [2 + (i if layer == "Concatenate" else 0) for i in range(count)]
        branches = [L.Conv2D(number, 3, padding="same")(x) for number in filters]
        return getattr(L, layer)()(branches)

    model = functional(MAP, body)
    images = images_for(MAP, 3)
    assert_close(evaluate(graph_of(model), images), keras_outputs(model, images), layer)


@pytest.mark.parametrize("axis", [-1, 2])
def test_concatenate_counts_axes_as_keras(axis: int) -> None:
    model = functional(ROWS, lambda x: L.Concatenate(axis=axis)([L.Dense(2)(x), L.Dense(3)(x)]))
    images = images_for(ROWS, 3)
    assert_close(evaluate(graph_of(model), images), keras_outputs(model, images), f"axis {axis}")


@pytest.mark.parametrize(("shape", "axis"), [(ROWS, 1), (ROWS, -2), (MAP, 2), (MAP, -2)])
def test_concatenate_joins_the_axis_before_the_last(shape: tuple[int, ...], axis: int) -> None:
    def body(x: Any) -> Any:
        return L.Concatenate(axis=axis)([L.Dense(3)(x), x if shape[-1] == 3 else L.Dense(3)(x)])

    model = functional(shape, body)
    images = images_for(shape, 3)
    assert_close(evaluate(graph_of(model), images), keras_outputs(model, images), f"axis {axis}")


def test_add_of_a_tensor_with_itself() -> None:
    def body(x: Any) -> Any:
        y = L.Dense(4)(x)
        return L.Add()([y, y])

    model = functional(VECTOR, body)
    images = images_for(VECTOR, 3)
    assert_close(evaluate(graph_of(model), images), keras_outputs(model, images), "twice")


def test_every_supported_layer_is_compared_with_keras() -> None:
    assert {case.layer for case in CASES} | {*JOINED, "InputLayer"} == set(SUPPORTED_LAYERS)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softmax"])
def test_curves_survive_large_inputs(name: str) -> None:
    """exp overflows beyond 88; a kernel that forgets it answers NaN."""
    model = sequential((4,), L.Activation(name))
    images = np.array([[-1e30, -89.0, 89.0, 1e30], [1e4, 1e4, -1e4, 0]], np.float32)
    actual = evaluate(graph_of(model), images)
    assert np.isfinite(actual[0]).all()
    assert_close(actual, keras_outputs(model, images), name)
