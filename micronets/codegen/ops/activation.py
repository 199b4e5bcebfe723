"""Activations that a kernel can apply to its own output, and Keras's names for all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from micronets.codegen.graph import Attributes, FloatArray
from micronets.codegen.literals import float_literal
from micronets.codegen.ops.base import Field, Step, Unsupported


@dataclass(frozen=True)
class Activation:
    """A clamp to `[0, ceiling]`, or nothing where the ceiling is None."""

    ceiling: float | None = None

    def __post_init__(self) -> None:
        if self.ceiling is not None and not self.ceiling >= 0:
            raise ValueError(f"ceiling >= 0 expected. Received: {self.ceiling}")

    def __call__(self, x: FloatArray) -> FloatArray:
        if self.ceiling is None:
            return x
        return np.clip(x, np.float32(0), np.float32(self.ceiling))

    def __str__(self) -> str:
        if self.ceiling is None:
            return "linear"
        return "relu" if math.isinf(self.ceiling) else f"relu{self.ceiling:g}"

    @property
    def suffix(self) -> str:
        """For the layer table: ` + relu6`, or nothing."""
        return "" if self.ceiling is None else f" + {self}"

    def fields(self) -> list[Field]:
        """`activation` and `ceiling` of a kernel's parameters in C++."""
        kind = "linear" if self.ceiling is None else "relu"
        return [
            Field("activation", f"micronets::Activation::{kind}"),
            Field("ceiling", float_literal(self.ceiling or 0.0)),
        ]


LINEAR = Activation()
RELU = Activation(math.inf)
RELU6 = Activation(6.0)


@dataclass(frozen=True)
class NoAttributes(Attributes):
    """For operators without settings."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class ReluAttributes(Attributes):
    """Settings of `relu`."""

    activation: Activation = RELU


@dataclass(frozen=True)
class LeakyReluAttributes(Attributes):
    """Settings of `leaky_relu`: negative values are multiplied by `slope`."""

    slope: float


_STEPS = {
    "linear": [],
    "relu": [Step("relu", ReluAttributes(RELU))],
    "relu6": [Step("relu", ReluAttributes(RELU6))],
    "softmax": [Step("softmax", NoAttributes())],
    "sigmoid": [Step("sigmoid", NoAttributes())],
    "tanh": [Step("tanh", NoAttributes())],
}


def activation_steps(config: Mapping[str, Any]) -> list[Step]:
    """The nodes of a layer's `activation` argument."""
    activation = config.get("activation")
    if activation is None:
        return []
    if isinstance(activation, Mapping):  # A serialised layer or function object.
        return activation_object_steps(activation)
    if activation not in _STEPS:
        known = ", ".join(sorted(_STEPS))
        raise Unsupported(f"activation={activation!r}; supported are {known}")
    return list(_STEPS[activation])


def activation_object_steps(serialised: Mapping[str, Any]) -> list[Step]:
    """The nodes of an activation that is given as a layer object, such as `activation=ReLU(6)`."""
    name, config = serialised.get("class_name"), serialised.get("config")
    if name == "ReLU" and isinstance(config, Mapping):
        return relu_steps(config)
    if name == "LeakyReLU" and isinstance(config, Mapping):
        return [Step("leaky_relu", LeakyReluAttributes(float(config["negative_slope"])))]
    if name == "function" and isinstance(config, str):
        return activation_steps({"activation": config})
    raise Unsupported(f"activation={name or serialised!r} is an object without an operator")


def relu_steps(config: Mapping[str, Any]) -> list[Step]:
    """The nodes of a Keras `ReLU` layer."""
    ceiling = config.get("max_value")
    slope = float(config.get("negative_slope") or 0.0)
    threshold = float(config.get("threshold") or 0.0)
    if threshold:
        raise Unsupported(f"threshold={threshold:g}; only 0 is supported")
    if slope and ceiling is not None:
        raise Unsupported(f"negative_slope={slope:g} together with max_value={ceiling:g}")
    if slope:
        return [Step("leaky_relu", LeakyReluAttributes(slope))]
    return [Step("relu", ReluAttributes(RELU if ceiling is None else Activation(float(ceiling))))]
