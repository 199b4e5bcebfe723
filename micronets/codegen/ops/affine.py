"""A factor and an offset per channel: Rescaling, and batch normalisation that no layer took in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from micronets.codegen.graph import Array, Attributes, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.activation import LINEAR, RELU6, Activation
from micronets.codegen.ops.base import (
    Example,
    KerasLayer,
    KernelCall,
    Step,
    Unsupported,
    example,
    shape_field,
)
from micronets.codegen.ops.elementwise import Elementwise
from micronets.codegen.ops.products_s8 import ProductsS8, as_exact, output_range


@dataclass(frozen=True)
class AffineAttributes(Attributes):
    """Settings of `affine`: the activation applied to the output."""

    activation: Activation = LINEAR


class Affine(ProductsS8, Elementwise):
    """scale * x + offset.

    Constants: scale `(channels,)`, offset `(channels,)`.
    """

    name = "affine"
    keras_layers = ("BatchNormalization", "Rescaling")
    fuses_activation = True

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        channels = inputs[0].map_shape[2]
        if layer.class_name == "Rescaling":
            scale, offset = _rescaling(layer, channels)
        else:
            scale, offset = _batch_norm(layer, inputs[0])
        return [Step(self.name, AffineAttributes(), {"scale": scale, "offset": offset})]

    def constant_shapes(
        self, attributes: AffineAttributes, inputs: Sequence[Tensor]
    ) -> dict[str, tuple[int, ...]]:
        channels = inputs[0].map_shape[2]
        return {"scale": (channels,), "offset": (channels,)}

    def evaluate(
        self,
        attributes: AffineAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return attributes.activation(inputs[0] * constants["scale"] + constants["offset"])

    def title(self, attributes: AffineAttributes) -> str:
        return f"scale and offset{attributes.activation.suffix}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: AffineAttributes = node.attributes  # type: ignore[assignment]
        return [
            KernelCall(
                "affine_f32",
                "micronets/kernels/affine_f32.h",
                "ChannelAffine",
                (
                    shape_field("input", inputs[0]),
                    shape_field("output", node.output),
                    *attributes.activation.fields(),
                ),
                constants=dict(node.constants),
                counts=(("output.channels", "scale"), ("output.channels", "offset")),
            )
        ]

    def float_weights(self, node: Node) -> FloatArray:
        return node.constants["scale"]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return super().output_quantization(_with_bias(node), inputs, observed)

    def shifted(self, node: Node, offset: float) -> Node:
        constants = node.constants
        moved = constants["offset"] + offset * constants["scale"]
        return replace(node, constants={**constants, "offset": moved.astype(np.float32)})

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        return super().lower_s8(_with_bias(node), inputs, output)

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        return self.requantized(node, as_exact(codes[0]) * as_exact(node.constants["weights"]))

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: AffineAttributes = node.attributes  # type: ignore[assignment]
        counts = tuple(("output.channels", role) for role in ("weights", "bias", "multiplier"))
        return [
            KernelCall(
                "affine_s8",
                "micronets/kernels/affine_s8.h",
                "ChannelAffineS8",
                (
                    shape_field("input", inputs[0]),
                    shape_field("output", node.output),
                    output_range(attributes.activation, node.output.quant).field(),
                ),
                constants=dict(node.constants),
                counts=counts,
                holds_constants=True,
            )
        ]

    def examples(self) -> Iterator[Example]:
        yield example(self, AffineAttributes(), (5, 7, 3))
        yield example(self, AffineAttributes(RELU6), (9,))


def _rescaling(layer: KerasLayer, channels: int) -> tuple[FloatArray, FloatArray]:
    """Keras's scale and offset, numbers or one per channel."""
    values = []
    for key in ("scale", "offset"):
        value = np.asarray(_number_or_array(layer.config[key]), np.float32)
        if value.size not in (1, channels):
            raise Unsupported(f"{key} of shape {value.shape}; one number or {channels} expected")
        values.append(np.array(np.broadcast_to(value.reshape(-1), (channels,))))
    return values[0], values[1]


def _number_or_array(value: object) -> object:
    """What Keras's serialisation wraps arrays in, unwrapped."""
    if isinstance(value, Mapping):
        return value.get("config", {}).get("value", value)
    return value


def _batch_norm(layer: KerasLayer, tensor: Tensor) -> tuple[FloatArray, FloatArray]:
    """gamma, beta, mean and variance as one factor and one offset, computed in float64."""
    axis = layer.config.get("axis", -1)
    axis = axis[0] if isinstance(axis, Sequence) else axis
    if axis not in (-1, len(tensor.shape)):
        raise Unsupported(f"axis={axis}; only the last axis is supported")
    weights = {role: value.astype(np.float64) for role, value in layer.weights.items()}
    mean, variance = weights["moving_mean"], weights["moving_variance"]
    scale = weights.get("gamma", np.ones_like(mean)) / np.sqrt(variance + layer.config["epsilon"])
    offset = weights.get("beta", np.zeros_like(mean)) - mean * scale
    return scale.astype(np.float32), offset.astype(np.float32)


def _with_bias(node: Node) -> Node:
    """The offset under the name that sums of products use."""
    return replace(node, constants={**node.constants, "bias": node.constants["offset"]})
