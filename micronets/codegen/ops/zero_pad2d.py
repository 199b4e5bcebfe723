"""Zero padding that no convolution took in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micronets.codegen.graph import Attributes, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
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
from micronets.codegen.ops.window import Padding, pair, require_map


@dataclass(frozen=True)
class ZeroPad2DAttributes(Attributes):
    """Settings of `zero_pad2d`: cells added at the top, left, bottom and right."""

    padding: Padding

    def __post_init__(self) -> None:
        if min(self.padding) < 0:
            raise ValueError(f"padding >= 0 expected. Received: {self.padding}")


class ZeroPad2D(OpSpec):
    """Writes a frame of zeros around a map.

    Needed in front of max pooling, where padding must not count as the lowest value; in front of
    a convolution the padding pass takes it away.
    """

    name = "zero_pad2d"
    keras_layers = ("ZeroPadding2D",)

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        require_map(inputs[0])
        # An int, one int per axis, or (before, after) per axis.
        rows, columns = pair_of_sides(layer.config["padding"])
        (top, bottom), (left, right) = pair(rows), pair(columns)
        return [Step(self.name, ZeroPad2DAttributes((top, left, bottom, right)))]

    def infer(self, attributes: ZeroPad2DAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        height, width, channels = inputs[0].map_shape
        top, left, bottom, right = attributes.padding
        return height + top + bottom, width + left + right, channels

    def evaluate(
        self,
        attributes: ZeroPad2DAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        top, left, bottom, right = attributes.padding
        return np.pad(inputs[0], ((0, 0), (top, bottom), (left, right), (0, 0)))

    def title(self, attributes: ZeroPad2DAttributes) -> str:
        return "zero padding"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: ZeroPad2DAttributes = node.attributes  # type: ignore[assignment]
        padding = "{" + ", ".join(map(str, attributes.padding)) + "}"
        fields = (
            shape_field("input", inputs[0]),
            shape_field("output", node.output),
            Field("padding  t l b r", padding),
        )
        header = "micronets/kernels/zero_pad2d_f32.h"
        return [KernelCall("zero_pad2d_f32", header, "ZeroPad2D", fields)]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return inputs[0].quant

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        attributes: ZeroPad2DAttributes = node.attributes  # type: ignore[assignment]
        top, left, bottom, right = attributes.padding
        frame = ((0, 0), (top, bottom), (left, right), (0, 0))
        return np.pad(codes[0], frame, constant_values=inputs[0].quant.zero_point)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        call = self.calls(node, inputs)[0]
        zero = Field("zero point", str(inputs[0].quant.zero_point))
        header = "micronets/kernels/zero_pad2d_s8.h"
        return [
            KernelCall(
                "zero_pad2d_s8",
                header,
                "ZeroPad2DS8",
                (*call.fields, zero),
                reads=("input.extent()",),
                writes="output.extent()",
            )
        ]

    def examples(self) -> Iterator[Example]:
        yield example(self, ZeroPad2DAttributes((1, 2, 3, 0)), (3, 5, 2))
        yield example(self, ZeroPad2DAttributes((0, 0, 0, 1)), (1, 1, 1))


def pair_of_sides(padding: Any) -> tuple[Any, Any]:
    """Keras's padding of the rows and of the columns."""
    return (padding, padding) if isinstance(padding, int) else tuple(padding)
