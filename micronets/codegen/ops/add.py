"""Sum of two or more maps of one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen.graph import Array, Attributes, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.activation import LINEAR, RELU6, Activation
from micronets.codegen.ops.base import (
    Example,
    Field,
    KerasLayer,
    KernelCall,
    OpSpec,
    Step,
    Unsupported,
    example,
    shape_field,
)
from micronets.codegen.ops.products_s8 import output_range


@dataclass(frozen=True)
class AddAttributes(Attributes):
    """Settings of `add`: the activation applied to the sum."""

    activation: Activation = LINEAR


class Add(OpSpec):
    """Adds two maps; Keras's Add of more becomes a chain of these."""

    name = "add"
    keras_layers = ("Add",)
    input_count = 2
    fuses_activation = True
    runs_in_place = True

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        shapes = [tensor.shape for tensor in inputs]
        if len(shapes) < 2 or len(set(shapes)) > 1:
            raise Unsupported(f"inputs of shapes {shapes}; two or more of one shape are needed")
        return [Step(self.name, AddAttributes())]

    def infer(self, attributes: AddAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        return inputs[0].shape

    def evaluate(
        self,
        attributes: AddAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return attributes.activation(np.add(inputs[0], inputs[1]))

    def title(self, attributes: AddAttributes) -> str:
        return f"add{attributes.activation.suffix}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: AddAttributes = node.attributes  # type: ignore[assignment]
        fields = (
            shape_field("first", inputs[0]),
            shape_field("second", inputs[1]),
            shape_field("output", node.output),
            *attributes.activation.fields(),
        )
        header = "micronets/kernels/add_f32.h"
        reads = ("first.size()", "second.size()")
        return [KernelCall("add_f32", header, "Add", fields, inputs=(0, 1), reads=reads)]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        # Branches that cancel: codes of the sum finer than 1/1024 of an input's mean nothing.
        least = max(tensor.quant.scale for tensor in inputs) / 2**10
        if observed.scale >= least:
            return observed
        return Quantization(least, observed.zero_point)

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        ratios = np.array([tensor.quant.scale / output.quant.scale for tensor in inputs])
        # As many fractional bits as keep 255 * multiplier of both inputs below 2**30 together.
        shift = min(22, 21 - int(np.ceil(np.log2(max(ratios.max(), 2.0**-8)))))
        multipliers = np.floor(ratios * 2.0**shift + 0.5)
        return {"multiplier": multipliers.astype(np.int32), "shift": np.array([shift], np.int32)}

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        attributes: AddAttributes = node.attributes  # type: ignore[assignment]
        shift = int(node.constants["shift"][0])
        total = np.full(codes[0].shape, 1 << (shift - 1), np.int64)
        for tensor, array, factor in zip(inputs, codes, node.constants["multiplier"], strict=True):
            total = total + (array.astype(np.int64) - tensor.quant.zero_point) * int(factor)
        limits = output_range(attributes.activation, node.output.quant)
        result = (total >> shift) + limits.zero_point
        return np.asarray(np.clip(result, limits.low, limits.high), np.int8)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: AddAttributes = node.attributes  # type: ignore[assignment]
        first, second = (tensor.quant.zero_point for tensor in inputs)
        multiplier = node.constants["multiplier"]
        fields = (
            shape_field("first", inputs[0]),
            shape_field("second", inputs[1]),
            shape_field("output", node.output),
            Field("first zero point", str(first)),
            Field("second zero point", str(second)),
            Field("first multiplier", str(multiplier[0])),
            Field("second multiplier", str(multiplier[1])),
            Field("shift", str(node.constants["shift"][0])),
            output_range(attributes.activation, node.output.quant).field(),
        )
        header, reads = "micronets/kernels/add_s8.h", ("first.size()", "second.size()")
        return [KernelCall("add_s8", header, "AddS8", fields, inputs=(0, 1), reads=reads)]

    def examples(self) -> Iterator[Example]:
        yield example(self, AddAttributes(), (5, 7, 3), (5, 7, 3))
        yield example(self, AddAttributes(RELU6), (9,), (9,))
