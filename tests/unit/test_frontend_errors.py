"""What cannot be compiled is refused at export, by layer, with the reason and a way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras_nets import L, functional, sequential

from micronets.codegen.ops import SUPPORTED_LAYERS
from micronets.codegen.pipeline import compile_model
from micronets.errors import ModelError, ShapeError, UnsupportedLayerError

IMAGE = (9, 9, 2)


def _refused(layer: Any, shape: tuple[int, ...] = IMAGE) -> str:
    """The message about a model with that layer."""
    with pytest.raises(UnsupportedLayerError) as caught:
        compile_model(sequential(shape, layer, L.Flatten(), L.Dense(2)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: L.Conv2D(2, 3, dilation_rate=2, name="it"), "dilation_rate=(2, 2); only (1, 1)"),
        (lambda: L.DepthwiseConv2D(3, dilation_rate=(2, 2), name="it"), "dilation_rate=(2, 2)"),
        (lambda: L.SeparableConv2D(2, 3, dilation_rate=2, name="it"), "dilation_rate=(2, 2)"),
        (lambda: L.Conv2D(2, 3, groups=2, name="it"), "groups=2; only 1 is supported"),
        (lambda: L.Softmax(axis=1, name="it"), "axis=1; only the last axis"),
        (lambda: L.Softmax(axis=(1, 2), name="it"), "axis=(1, 2); only the last axis"),
        (lambda: L.BatchNormalization(axis=1, name="it"), "axis=1; only the last axis"),
        (lambda: L.ReLU(threshold=1.0, name="it"), "threshold=1; only 0"),
        (lambda: L.ReLU(6, negative_slope=0.5, name="it"), "negative_slope=0.5 together"),
        (lambda: L.Activation("gelu", name="it"), "activation='gelu'; supported are linear, relu"),
        (lambda: L.Conv2D(2, 3, activation="elu", name="it"), "activation='elu'; supported"),
        (lambda: L.Dense(2, activation=L.PReLU(), name="it"), "activation='PReLU'"),
        (lambda: L.Lambda(lambda x: x * 2, name="it"), "no operator for this layer"),
        (lambda: L.UpSampling2D(name="it"), "no operator for this layer"),
        (lambda: L.Conv2D(2, 3, dtype="float16", name="it"), "'float16'; only 'float32'"),
        (lambda: L.Conv2D(2, 3, dtype="mixed_float16", name="it"), "'mixed_float16'; only"),
        (lambda: L.Conv2D(2, 3, dtype="bfloat16", name="it"), "'bfloat16'; only 'float32'"),
        (lambda: L.Conv2D(2, 3, dtype="float64", name="it"), "'float64'; only 'float32'"),
        (lambda: L.Dense(2, lora_rank=1, name="it"), "LoRA weights are not merged"),
        (
            lambda: L.ZeroPadding2D(data_format="channels_first", name="it"),
            "data_format='channels_first'; only 'channels_last'",
        ),
        (
            lambda: L.Flatten(data_format="channels_first", name="it"),
            "data_format='channels_first'; only 'channels_last'",
        ),
        (
            lambda: L.AveragePooling2D(2, data_format="channels_first", name="it"),
            "data_format='channels_first'; only 'channels_last'",
        ),
    ],
)
def test_layer_is_refused_by_name_with_the_reason(make: Callable[[], Any], reason: str) -> None:
    layer = make()
    message = _refused(layer)
    assert "1 layer of 'net' cannot be compiled:" in message
    line = next(line for line in message.splitlines() if line.strip().startswith("it "))
    assert f"({type(layer).__name__})" in line
    assert reason in line


def test_message_names_the_supported_layers_and_how_to_add_one() -> None:
    message = _refused(L.Lambda(lambda x: x))
    assert f"Supported layers: {', '.join(SUPPORTED_LAYERS)}." in message
    assert "docs/adding_an_operator.md" in message


def test_every_offending_layer_is_listed_at_once() -> None:
    model = sequential(
        (9, 4),
        L.LSTM(3, return_sequences=True, name="memory"),
        L.Conv1D(2, 3, name="slide"),
        L.Permute((2, 1), name="swap"),
        L.Flatten(),
        L.Dense(2, activation="gelu", name="last"),
    )
    with pytest.raises(UnsupportedLayerError) as caught:
        compile_model(model)
    lines = str(caught.value).splitlines()
    assert lines[0] == "4 layers of 'net' cannot be compiled:"
    assert [line.split()[0] for line in lines[1:5]] == ["memory", "slide", "swap", "last"]


def test_what_follows_a_refused_layer_is_not_blamed() -> None:
    model = sequential(
        (8, 8, 1), L.UpSampling2D(name="grow"), L.Conv2D(2, 9), L.Flatten(), L.Dense(2)
    )
    with pytest.raises(UnsupportedLayerError) as caught:
        compile_model(model)
    assert str(caught.value).startswith("1 layer of")


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_nested_model_is_refused(kind: str) -> None:
    if kind == "sequential":
        inner = keras.Sequential([keras.Input(IMAGE), L.Conv2D(2, 3)], name="inner")
    else:
        inner = functional(IMAGE, L.Conv2D(2, 3), name="inner")
    message = _refused(inner)
    assert "inner" in message and "a model inside a model; add its layers instead" in message


def test_shared_layer_is_refused() -> None:
    shared = L.Conv2D(2, 3, padding="same", name="twice")
    with pytest.raises(UnsupportedLayerError, match=r"twice.*shared: called 2 times; give each"):
        compile_model(functional(IMAGE, lambda x: shared(shared(x))))


def test_layer_that_another_model_uses_too_is_fine() -> None:
    """A model that ends earlier shares its layers with the whole one, but calls each once."""
    source = keras.Input(IMAGE)
    features = L.Conv2D(2, 3)(source)
    whole = keras.Model(source, L.Dense(2)(L.Flatten()(features)), name="whole")
    part = keras.Model(source, features, name="part")
    assert len(compile_model(whole).rows) == 2
    assert compile_model(part).rows[0].operator == "conv2d 3x3"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (lambda x: keras.ops.sin(L.Flatten()(x)), "Sin"),
        (lambda x: L.Dense(2)(x) + 1.0, "Add"),
        (lambda x: L.Dense(2)(x) * L.Dense(2)(x), "Multiply"),
    ],
)
def test_calls_of_keras_ops_are_refused(body: Callable[[Any], Any], name: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=rf"\({name}\) .*keras\.ops; use the layer"):
        compile_model(functional(IMAGE, body))


def test_concatenation_of_rows_is_refused() -> None:
    with pytest.raises(UnsupportedLayerError, match=r"joint .*axis=1; only the last axis"):
        compile_model(functional(IMAGE, lambda x: L.Concatenate(axis=1, name="joint")([x, x])))


def test_addition_that_broadcasts_is_refused() -> None:
    def body(x: Any) -> Any:
        return L.Add(name="sum")([x, L.GlobalAveragePooling2D(keepdims=True)(x)])

    with pytest.raises(UnsupportedLayerError, match=r"sum .*\(9, 9, 2\), \(1, 1, 2\).*one shape"):
        compile_model(functional(IMAGE, body))


def test_subclass_of_a_layer_is_refused() -> None:
    class OwnDense(keras.layers.Dense):
        """Could compute anything."""

    assert "(OwnDense)" in _refused(OwnDense(2, name="it"))


def test_several_inputs_are_refused() -> None:
    one, two = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    model = keras.Model([one, two], L.Add()([one, two]))
    with pytest.raises(ModelError, match=r"2 inputs \(left, right\).*exactly one.*Concatenate"):
        compile_model(model)


@pytest.mark.parametrize("shape", [(None, None, 1), (28, None, 1), (None,)])
def test_dynamic_shapes_are_refused(shape: tuple[int | None, ...]) -> None:
    with pytest.raises(ShapeError, match=r"None.*every side must be fixed.*keras\.Input"):
        compile_model(functional(shape, L.ReLU()))


def test_sides_that_no_parameter_struct_holds_are_refused_all_at_once() -> None:
    model = sequential((257, 256, 1), L.Flatten(), L.ReLU(), L.Activation("tanh"))
    with pytest.raises(ShapeError, match=r"(?s)65,535.*re_lu.*65792.*activation.*Dense") as caught:
        compile_model(model)
    assert str(caught.value).count("65792") == 3  # the input of the first, both outputs


def test_dense_layers_read_any_number_of_values() -> None:
    compile_model(sequential((257, 256, 1), L.Flatten(), L.Dense(2)))


def test_input_of_four_axes_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(4, 4, 4, 2\); \(height, width, channels\)"):
        compile_model(functional((4, 4, 4, 2), L.ReLU()))


def test_subclassed_model_is_refused() -> None:
    class Own(keras.Model):
        """Its connections are Python code."""

        def __init__(self) -> None:
            super().__init__(name="own")
            self.dense = L.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Own()
    model(np.zeros((1, 4), np.float32))
    with pytest.raises(ModelError, match=r"'own' is a subclass.*\(Own\).*functional API"):
        compile_model(model)


def test_unbuilt_sequential_is_refused() -> None:
    with pytest.raises(ModelError, match=r"'raw' has no weights yet.*keras\.Input"):
        compile_model(keras.Sequential([L.Dense(2)], name="raw"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    model = sequential((4,), L.Dense(3, name="good"), L.Dense(2, name="bad"))
    model.get_layer("bad").kernel.assign(np.full((3, 2), value))
    with pytest.raises(ModelError, match=r"NaN or infinite: bad/kernel\..*train it again"):
        compile_model(model)


@pytest.mark.parametrize("model", [3, None, "model.keras", L.Dense(2)])
def test_what_is_no_model_is_refused(model: Any) -> None:
    with pytest.raises(ModelError, match=r"expects a keras\.Model.*Received: "):
        compile_model(model)


def test_model_that_computes_nothing_is_refused() -> None:
    with pytest.raises(ModelError, match="no layers that compute anything"):
        compile_model(sequential((4,), L.Dropout(0.5)))


def test_model_that_returns_its_input_is_refused() -> None:
    with pytest.raises(ModelError, match=r"returns its own input.*Leave it out"):
        compile_model(functional((4,), lambda x: [L.Dense(2)(x), L.Dropout(0.5)(x)]))
