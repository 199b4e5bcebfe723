"""Nets of others that are measured beside the zoo, with random weights of seed 0.

Their speed does not depend on the weights, so nothing is trained. Activations keep a size near 1,
as after training: the weights are scaled by their fan-in, and batch normalizations get the
statistics of what they see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

L = keras.layers


def mnist12(images: np.ndarray) -> keras.Model:
    """28x28 -> Conv2D(12) -> MaxPool -> Dense(10): the net of many first sketches."""
    return _random(
        "mnist12",
        images,
        L.Conv2D(12, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(10),
    )


def mnist64(images: np.ndarray) -> keras.Model:
    """The convolutional net that Keras's own tutorial trains on MNIST."""
    return _random(
        "mnist64",
        images,
        L.Conv2D(32, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(64, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(64, 3, activation="relu"),
        L.Flatten(),
        L.Dense(64, activation="relu"),
        L.Dense(10, activation="softmax"),
    )


def person(images: np.ndarray) -> keras.Model:
    """MobileNetV1 0.25 at 96x96x3 to two classes: MLPerf Tiny's person detector."""
    window: dict[str, Any] = {"padding": "same", "use_bias": False}
    layers: list[Any] = _normalized(L.Conv2D(8, 3, strides=2, name="stem", **window))
    for number, (filters, stride) in enumerate(_BLOCKS, 1):
        name = f"block_{number}"
        depthwise = L.DepthwiseConv2D(3, strides=stride, name=f"{name}_depthwise", **window)
        pointwise = L.Conv2D(filters, 1, use_bias=False, name=f"{name}_pointwise")
        layers += [*_normalized(depthwise), *_normalized(pointwise)]
    classifier = L.Dense(2, activation="softmax", name="classifier")
    layers += [L.AveragePooling2D(3, name="pool"), L.Flatten(), classifier]
    return _random("person", images, *layers)


_BLOCKS = (
    *((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)),
    *[(128, 1)] * 5,
    *((256, 2), (256, 1)),
)

Architecture = Callable[[np.ndarray], keras.Model]

ARCHITECTURES: Mapping[str, tuple[Architecture, tuple[int, int, int]]] = MappingProxyType(
    {
        "mnist12": (mnist12, (28, 28, 1)),
        "mnist64": (mnist64, (28, 28, 1)),
        "person": (person, (96, 96, 3)),
    }
)
"""Builders by name, and the shape of the images that they are given."""


def _normalized(convolution: Any) -> list[Any]:
    return [convolution, L.BatchNormalization(), L.ReLU()]


def _random(name: str, images: np.ndarray, *layers: Any) -> keras.Model:
    image = keras.Input(images.shape[1:], name="image")
    model = keras.Sequential([image, *layers], name=name)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        _randomize(layer, rng)
    _normalize(model.layers, images)
    return model


def _randomize(layer: Any, rng: np.random.Generator) -> None:
    """Normal weights that keep the power of what passes through a ReLU."""
    for weight in layer.weights:
        if weight.name == "gamma":
            value = rng.uniform(0.5, 1.5, weight.shape)
        elif weight.name in ("moving_mean", "moving_variance"):
            continue
        else:
            depthwise = isinstance(layer, L.DepthwiseConv2D)
            reads = weight.shape[:2] if depthwise else weight.shape[:-1]
            value = rng.normal(0, np.sqrt(2 / max(1, np.prod(reads))), weight.shape)
        weight.assign(value.astype(np.float32))


def _normalize(layers: Sequence[Any], x: Any) -> None:
    """Gives batch normalizations the statistics of what they see of images `x`."""
    for layer in layers:
        if isinstance(layer, L.BatchNormalization):
            seen = np.asarray(x)
            layer.moving_mean.assign(seen.mean(axis=(0, 1, 2)))
            layer.moving_variance.assign(seen.var(axis=(0, 1, 2)))
        x = layer(x, training=False)
