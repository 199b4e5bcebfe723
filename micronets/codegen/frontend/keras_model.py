"""Reads a Keras model by class names and configurations, without importing Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from micronets.codegen.graph import FloatArray
from micronets.codegen.ops.base import KerasLayer
from micronets.errors import ModelError

_MODEL_CLASSES = ("Sequential", "Functional", "Model")


@dataclass(frozen=True)
class KerasModel:
    """A Keras model as plain data: layers in topological order, and how they are connected.

    Args:
        name: Keras's name of the model.
        layers: All layers but the inputs.
        inputs: Name and shape without batch of every input.
        outputs: Names of the layers whose outputs the model returns.
        problems: `(layer, class, reason)` for what cannot be compiled whatever the operator.
    """

    name: str
    layers: tuple[KerasLayer, ...]
    inputs: tuple[tuple[str, tuple[int | None, ...]], ...]
    outputs: tuple[str, ...]
    problems: tuple[tuple[str, str, str], ...]


def read_model(model: Any) -> KerasModel:
    """Reads a built Sequential or functional `keras.Model`.

    Raises:
        ModelError: Not a Keras model, not built, or a subclassed one.
    """
    if not hasattr(model, "get_config") or not hasattr(model, "layers"):
        raise ModelError(
            "export_cpp expects a keras.Model or one of the nets of micronets. "
            f"Received: {type(model).__module__}.{type(model).__name__}"
        )
    name = getattr(model, "name", "model")
    if type(model).__name__ == "Sequential" and not model.built:
        raise ModelError(
            f"model {name!r} has no weights yet, since its input shape is unknown. "
            "Start it with keras.Input(shape) or call model.build((None, height, width, channels))."
        )
    try:
        config = model.get_config()
    except NotImplementedError:
        config = {}
    if "layers" not in config:
        raise ModelError(
            f"model {name!r} is a subclass of keras.Model ({type(model).__name__}), whose "
            "connections are Python code. Write it as keras.Sequential or with the functional API."
        )
    if "output_layers" in config:
        return _read_functional(model, config)
    return _read_sequential(model, config)


def _read_sequential(model: Any, config: Mapping[str, Any]) -> KerasModel:
    layers, problems = [], []
    previous = "input"
    shape = tuple(model.inputs[0].shape[1:])
    input_name = model.inputs[0].name
    if config["layers"] and config["layers"][0]["class_name"] == "InputLayer":
        input_name = config["layers"][0]["config"]["name"]
    previous = input_name
    names = [layer.name for layer in model.layers]
    for layer in model.layers:
        if type(layer).__name__ == "InputLayer":
            continue
        if names.count(layer.name) > 1:
            problems.append((layer.name, type(layer).__name__, "the layer is used more than once"))
        layers.append(_read_layer(layer, (previous,), problems))
        previous = layer.name
    return KerasModel(
        model.name, tuple(layers), ((input_name, shape),), (previous,), tuple(problems)
    )


def _read_functional(model: Any, config: Mapping[str, Any]) -> KerasModel:
    layers, inputs, problems = [], [], []
    by_name = {operation.name: operation for operation in model.operations}
    for entry in config["layers"]:
        name, nodes = entry["name"], entry.get("inbound_nodes", [])
        layer = by_name[name]
        if entry["class_name"] == "InputLayer":
            inputs.append((name, tuple(layer.batch_shape[1:])))
            continue
        if len(nodes) != 1:
            reason = f"the layer is shared: called {len(nodes)} times; give each call its own"
            problems.append((name, type(layer).__name__, reason))
        sources = tuple(_tensors(nodes[:1]))
        layers.append(_read_layer(layer, sources, problems))
    outputs = tuple(name for name, _, _ in _histories(config["output_layers"]))
    return KerasModel(model.name, tuple(layers), tuple(inputs), outputs, tuple(problems))


def _read_layer(
    layer: Any, inputs: tuple[str, ...], problems: list[tuple[str, str, str]]
) -> KerasLayer:
    class_name = type(layer).__name__
    if hasattr(layer, "layers") and class_name in _MODEL_CLASSES:
        problems.append((layer.name, class_name, "a model inside a model; add its layers instead"))
    elif not hasattr(layer, "weights"):
        reason = "a call of keras.ops; use the layer of the same meaning"
        problems.append((layer.name, class_name, reason))
    try:
        config = layer.get_config()
    except NotImplementedError:
        config = {}
    _check_policy(layer, config, problems)
    return KerasLayer(
        layer.name, class_name, config, _weights(layer), inputs, _output_shape(layer, problems)
    )


def _check_policy(
    layer: Any, config: Mapping[str, Any], problems: list[tuple[str, str, str]]
) -> None:
    policy = config.get("dtype", "float32")
    if isinstance(policy, Mapping):
        policy = policy.get("config", {}).get("name", "unknown")
    if policy not in (None, "float32"):
        reason = f"dtype policy {policy!r}; only 'float32' is supported"
        problems.append((layer.name, type(layer).__name__, reason))
    if config.get("data_format", "channels_last") not in (None, "channels_last"):
        reason = "data_format='channels_first'; only 'channels_last' is supported"
        problems.append((layer.name, type(layer).__name__, reason))
    if getattr(layer, "lora_enabled", False):
        reason = "LoRA weights are not merged; save the model and load it without lora_rank"
        problems.append((layer.name, type(layer).__name__, reason))


def _weights(layer: Any) -> dict[str, FloatArray]:
    """By path below the layer: `kernel`, and `rnn1/kernel` for that of a layer inside."""
    return {
        _role(layer, weight): np.asarray(weight.numpy(), np.float32)
        for weight in getattr(layer, "weights", [])
        if "seed_generator" not in getattr(weight, "path", "")
    }


def _role(layer: Any, weight: Any) -> str:
    prefix = f"{getattr(layer, 'path', None)}/"
    path = str(getattr(weight, "path", ""))
    return path.removeprefix(prefix) if path.startswith(prefix) else str(weight.name)


def _output_shape(layer: Any, problems: list[tuple[str, str, str]]) -> tuple[int, ...]:
    """Without batch; empty where Keras does not know it."""
    try:
        output = layer.output
        if isinstance(output, (list, tuple)):
            raise ValueError
        shape = tuple(output.shape[1:])
    except (AttributeError, ValueError):
        return ()
    if None in shape:
        reason = f"output of shape {output.shape}; every side but the batch must be known"
        problems.append((layer.name, type(layer).__name__, reason))
        return ()
    return shape


def _tensors(value: Any) -> Iterator[str]:
    """Names of the layers whose outputs stand in a serialised call, in order."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            yield value["config"]["keras_history"][0]
        else:
            for item in value.values():
                yield from _tensors(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


def _histories(value: Any) -> Iterator[tuple[str, int, int]]:
    """`(layer, call, output)` of every output of a functional model, however nested."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _histories(item)
    elif value and isinstance(value[0], str):
        yield (value[0], value[1], value[2])
    else:
        for item in value:
            yield from _histories(item)
