"""Fully connected layer; on a map it reads all of it, so Flatten in front of it costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen import packing
from micronets.codegen.graph import Attributes, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array
from micronets.codegen.ops.activation import LINEAR, RELU, Activation, activation_steps
from micronets.codegen.ops.base import (
    Example,
    Field,
    KerasLayer,
    KernelCall,
    Step,
    example,
)
from micronets.codegen.ops.products_s8 import ProductsS8, as_exact, output_range


@dataclass(frozen=True)
class DenseAttributes(Attributes):
    """Settings of `dense`.

    Args:
        units: Number of outputs.
        activation: Applied to the output.
    """

    units: int
    activation: Activation = LINEAR


class Dense(ProductsS8):
    """Each output is a weighted sum of all inputs.

    Constants: weights `(units, *input shape)`, optional bias `(units,)`.
    """

    name = "dense"
    keras_layers = ("Dense",)
    fuses_activation = True

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        from micronets.codegen.ops.conv2d import Conv2DAttributes

        config, units = layer.config, int(layer.config["units"])
        weights = np.ascontiguousarray(layer.weights["kernel"].T)
        bias = {"bias": layer.weights["bias"]} if config["use_bias"] else {}
        if len(inputs[0].shape) == 1:
            steps = [Step(self.name, DenseAttributes(units), {"weights": weights, **bias})]
        else:  # Keras applies Dense along the last axis: a pointwise convolution.
            pointwise = weights[:, np.newaxis, np.newaxis]
            attributes = Conv2DAttributes((1, 1), filters=units)
            steps = [Step("conv2d", attributes, {"weights": pointwise, **bias})]
        return [*steps, *activation_steps(config)]

    def infer(self, attributes: DenseAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        return (attributes.units,)

    def constant_shapes(
        self, attributes: DenseAttributes, inputs: Sequence[Tensor]
    ) -> dict[str, tuple[int, ...]]:
        return {"weights": (attributes.units, *inputs[0].shape), "bias": (attributes.units,)}

    def evaluate(
        self,
        attributes: DenseAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        x = inputs[0].reshape(len(inputs[0]), -1)
        y = x @ constants["weights"].reshape(attributes.units, -1).T
        if "bias" in constants:
            y = y + constants["bias"]
        return attributes.activation(y.astype(np.float32))

    def macs(self, attributes: DenseAttributes, inputs: Sequence[Tensor], output: Tensor) -> int:
        return attributes.units * inputs[0].size

    def title(self, attributes: DenseAttributes) -> str:
        return f"dense{attributes.activation.suffix}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: DenseAttributes = node.attributes  # type: ignore[assignment]
        weights, bias = node.constants["weights"], node.constants.get("bias")
        return [dense_call(weights, bias, attributes.activation, inputs[0])]

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        weights = as_exact(node.constants["weights"])
        x = as_exact(codes[0]).reshape(len(codes[0]), -1)
        return self.requantized(node, x @ weights.reshape(len(weights), -1).T)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: DenseAttributes = node.attributes  # type: ignore[assignment]
        return [dense_call_s8(node, inputs[0], attributes.activation)]

    def examples(self) -> Iterator[Example]:
        yield example(self, DenseAttributes(7, RELU), (13,))
        yield example(self, DenseAttributes(4), (3, 5, 2))
        yield example(self, DenseAttributes(1), (1,))
        yield example(self, DenseAttributes(10), (64,))


def dense_call(
    weights: FloatArray, bias: FloatArray | None, activation: Activation, tensor: Tensor
) -> KernelCall:
    """The kernel call of a dense layer that reads all of `tensor`, in the order of its memory.

    Args:
        weights: `(units, *tensor.shape)` in the order of Keras.
        bias: `(units,)` or None.
        activation: Applied to the output.
        tensor: The input.
    """
    units = weights.shape[0]
    planar_map = tensor.map_shape if tensor.is_planar else None
    packed = packing.pack_dense(weights.reshape(units, tensor.size), planar_map)
    return KernelCall(
        "dense_f32",
        "micronets/kernels/dense_f32.h",
        "Dense",
        (
            Field("inputs", str(tensor.size)),
            Field("outputs", str(units)),
            *activation.fields(),
        ),
        constants={"weights": packed, "bias": bias},
        counts=(("weight_count()", "weights"), ("outputs", "bias")),
        reads=("inputs",),
        writes="outputs",
    )


def dense_call_s8(node: Node, tensor: Tensor, activation: Activation) -> KernelCall:
    """The int8 kernel call of a layer whose every output reads all of `tensor`."""
    weights = node.constants["weights"]
    units = len(weights)
    ordered = weights.reshape(units, *tensor.map_shape)
    if tensor.is_planar:  # (height, channels, width) is the order of the map's memory.
        ordered = ordered.transpose(0, 1, 3, 2)
    return KernelCall(
        "dense_s8",
        "micronets/kernels/dense_s8.h",
        "DenseS8",
        (
            Field("inputs", str(tensor.size)),
            Field("outputs", str(units)),
            output_range(activation, node.output.quant).field(),
        ),
        holds_constants=True,
        constants={**node.constants, "weights": packing.pack_dense_s8(ordered)},
        reads_behind=-tensor.size % 4,
        counts=(
            ("weight_count()", "weights"),
            ("outputs", "bias"),
            ("outputs", "multiplier"),
        ),
        reads=("inputs",),
        writes="outputs",
    )
