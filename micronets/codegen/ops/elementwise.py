"""Operators that change each value by itself: ReLU, LeakyReLU, sigmoid and tanh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from micronets.codegen.graph import FloatArray, Node, Tensor
from micronets.codegen.literals import float_literal
from micronets.codegen.numerics import Quantization
from micronets.codegen.ops.activation import (
    RELU,
    RELU6,
    Activation,
    LeakyReluAttributes,
    NoAttributes,
    ReluAttributes,
    activation_steps,
    relu_steps,
)
from micronets.codegen.ops.base import (
    Example,
    Field,
    KerasLayer,
    KernelCall,
    OpSpec,
    Step,
    example,
    shape_field,
)
from micronets.codegen.ops.table_s8 import TableS8


class Elementwise(OpSpec):
    """Base of the operators whose output has the shape of their input."""

    runs_in_place = True

    def infer(self, attributes: Any, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        return inputs[0].shape

    def settings(self, attributes: Any) -> tuple[Field, ...]:
        """Fields of the kernel's parameters behind the shapes."""
        return ()

    def struct(self) -> str:
        """The kernel's parameter struct."""
        return "Elementwise"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        function = f"{self.name}_f32"
        fields = (shape_field("input", inputs[0]), shape_field("output", node.output))
        settings = self.settings(node.attributes)
        header = f"micronets/kernels/{function}.h"
        return [KernelCall(function, header, self.struct(), (*fields, *settings))]


class Relu(TableS8, Elementwise):
    """Clamps to `[0, ceiling]`."""

    name = "relu"
    keras_layers = ("ReLU", "Activation")

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        is_relu = layer.class_name == "ReLU"
        return relu_steps(layer.config) if is_relu else activation_steps(layer.config)

    def evaluate(
        self,
        attributes: ReluAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return attributes.activation(inputs[0])

    def title(self, attributes: ReluAttributes) -> str:
        return str(attributes.activation)

    def struct(self) -> str:
        return "Relu"

    def settings(self, attributes: ReluAttributes) -> tuple[Field, ...]:
        ceiling = attributes.activation.ceiling
        return (Field("ceiling", float_literal(ceiling if ceiling is not None else np.inf)),)

    def examples(self) -> Iterator[Example]:
        yield example(self, ReluAttributes(RELU), (5, 7, 3))
        yield example(self, ReluAttributes(RELU6), (9,))
        yield example(self, ReluAttributes(Activation(0.5)), (4, 3))


class LeakyRelu(TableS8, Elementwise):
    """Multiplies negative values by `slope`."""

    name = "leaky_relu"
    keras_layers = ("LeakyReLU",)

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        return [Step(self.name, LeakyReluAttributes(float(layer.config["negative_slope"])))]

    def evaluate(
        self,
        attributes: LeakyReluAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        x = inputs[0]
        return np.where(x < 0, x * x.dtype.type(attributes.slope), x)

    def title(self, attributes: LeakyReluAttributes) -> str:
        return f"leaky relu {attributes.slope:g}"

    def struct(self) -> str:
        return "LeakyRelu"

    def settings(self, attributes: LeakyReluAttributes) -> tuple[Field, ...]:
        return (Field("negative slope", float_literal(attributes.slope)),)

    def examples(self) -> Iterator[Example]:
        yield example(self, LeakyReluAttributes(0.25), (5, 7, 3))
        yield example(self, LeakyReluAttributes(1.5), (9,))


class _Curve(TableS8, Elementwise):
    """Base of the curves without settings, whose range is known."""

    fixed_quantization: ClassVar[Quantization]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return self.fixed_quantization

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        raise NotImplementedError  # Reached through `activation=` only.

    def examples(self) -> Iterator[Example]:
        yield example(self, NoAttributes(), (3, 5, 2))
        yield example(self, NoAttributes(), (1,))


def sigmoid(x: FloatArray) -> FloatArray:
    """`1 / (1 + exp(-x))`; of the two ways to write it each is used where it cannot overflow."""
    small = np.exp(-np.abs(x))
    result: FloatArray = np.where(x >= 0, 1, small) / (1 + small)
    return result


class Sigmoid(_Curve):
    """1 / (1 + exp(-x))."""

    name = "sigmoid"
    fixed_quantization = Quantization(1 / 256, -128)

    def evaluate(
        self,
        attributes: NoAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return sigmoid(inputs[0])


class Tanh(_Curve):
    """Hyperbolic tangent."""

    name = "tanh"
    fixed_quantization = Quantization(1 / 128, 0)

    def evaluate(
        self,
        attributes: NoAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return np.tanh(inputs[0])
