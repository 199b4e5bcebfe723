"""Reshape and Flatten: the same values in Keras's order, in another shape or layout."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from micronets.codegen.graph import Attributes, FloatArray, Layout, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.base import (
    Example,
    KerasLayer,
    KernelCall,
    OpSpec,
    Step,
    Unsupported,
    example,
    shape_field,
)


@dataclass(frozen=True)
class ReshapeAttributes(Attributes):
    """Settings of `reshape`: the output's shape and how it lies in memory."""

    shape: tuple[int, ...]
    layout: Layout = Layout.PLANAR


class Reshape(OpSpec):
    """Copies the values in row-major `(height, width, channels)` order.

    The layout pass drops it where memory does not change, and uses it to hand out maps in
    Keras's order.
    """

    name = "reshape"
    keras_layers = ("Reshape", "Flatten")

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        size = inputs[0].size
        target = [size] if layer.class_name == "Flatten" else list(layer.config["target_shape"])
        known = math.prod(side for side in target if side is not None and side != -1)
        shape = tuple(size // known if side in (None, -1) else int(side) for side in target)
        if len(shape) not in (1, 2, 3):
            raise Unsupported(f"target_shape={shape}; one to three axes are supported")
        return [Step(self.name, ReshapeAttributes(shape))]

    def infer(self, attributes: ReshapeAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        return attributes.shape

    def evaluate(
        self,
        attributes: ReshapeAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return inputs[0].reshape(len(inputs[0]), *attributes.shape)

    def is_view(self, node: Node, inputs: Sequence[Tensor]) -> bool:
        before, after = inputs[0], node.output
        if before.layouts_agree and after.layouts_agree:
            return True
        if before.layout is Layout.INTERLEAVED and after.layouts_agree:
            return True
        return before.map_shape == after.map_shape and before.layout is after.layout

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        fields = (shape_field("input", inputs[0]), shape_field("output", node.output))
        header = "micronets/kernels/reshape_f32.h"
        return [KernelCall("reshape_f32", header, "Reshape", fields)]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return inputs[0].quant

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        attributes: ReshapeAttributes = node.attributes  # type: ignore[assignment]
        return codes[0].reshape(len(codes[0]), *attributes.shape)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        fields = (shape_field("input", inputs[0]), shape_field("output", node.output))
        return [KernelCall("reshape_s8", "micronets/kernels/reshape_s8.h", "Reshape", fields)]

    def examples(self) -> Iterator[Example]:
        yield example(self, ReshapeAttributes((30,)), (3, 5, 2))
        yield example(self, ReshapeAttributes((5, 3, 2)), (3, 5, 2))
        yield example(self, ReshapeAttributes((4, 6, 5), Layout.INTERLEAVED), (4, 6, 5))
        yield example(self, ReshapeAttributes((7, 4)), (28,))
