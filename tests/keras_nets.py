"""Keras models for the tests: random weights of a size that keeps activations near 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from micronets.codegen.frontend import build_graph, read_model
from micronets.codegen.graph import Graph

L = keras.layers


def randomise(model: Any, seed: int = 0) -> Any:
    """Gives all weights random values, batch normalisation's statistics too; returns the model."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "seed_generator" in weight.path:
            continue
        if weight.name in ("moving_variance", "gamma"):
            value = rng.uniform(0.5, 1.5, weight.shape)
        else:
            # As many inputs as reach one output; relu halves the power of what passes.
            reads = weight.shape[:2] if "depthwise" in weight.path else weight.shape[:-1]
            value = rng.normal(0, np.sqrt(2 / max(1, np.prod(reads))), weight.shape)
        weight.assign(value.astype(np.float32))
    return model


def sequential(shape: Sequence[int], *layers: Any, name: str = "net", seed: int = 0) -> Any:
    """A Sequential model with random weights."""
    return randomise(keras.Sequential([keras.Input(tuple(shape)), *layers], name=name), seed)


def functional(
    shape: Sequence[int], body: Callable[[Any], Any], name: str = "net", seed: int = 0
) -> Any:
    """A functional model with random weights; `body` maps the input to one output or a list."""
    source = keras.Input(tuple(shape))
    return randomise(keras.Model(source, body(source), name=name), seed)


def graph_of(model: Any) -> Graph:
    """The graph as imported, before any pass."""
    return build_graph(read_model(model))


def keras_outputs(model: Any, images: np.ndarray) -> list[np.ndarray]:
    """Keras's answer: one array per head."""
    outputs = model(images.astype(np.float32), training=False)
    heads = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [np.asarray(head) for head in heads]
