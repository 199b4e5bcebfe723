"""Concatenation along the channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import LOWEST, Int8Array
from micronets.codegen.ops.activation import NoAttributes
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


class Concatenate(OpSpec):
    """Puts the channels of its inputs behind each other."""

    name = "concatenate"
    keras_layers = ("Concatenate",)
    input_count = None

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        axis, rank = layer.config.get("axis", -1), len(inputs[0].shape) + 1
        if axis not in (-1, rank - 1):
            raise Unsupported(f"axis={axis}; only the last axis is supported")
        return [Step(self.name, NoAttributes())]

    def infer(self, attributes: NoAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        return (*inputs[0].shape[:-1], sum(tensor.shape[-1] for tensor in inputs))

    def evaluate(
        self,
        attributes: NoAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return np.concatenate(inputs, axis=-1)

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        calls, first_channel = [], 0
        for position, tensor in enumerate(inputs):
            fields = (
                shape_field("input", tensor),
                shape_field("output", node.output),
                Field("first channel", str(first_channel)),
            )
            header = "micronets/kernels/concatenate_f32.h"
            call = KernelCall("concatenate_f32", header, "Concatenate", fields, (position,))
            calls.append(call)
            first_channel += tensor.map_shape[2]
        return calls

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        codes = np.arange(LOWEST, LOWEST + 256)
        return {
            f"table_{position}": output.quant.quantize(
                tensor.quant.scale * (codes - tensor.quant.zero_point).astype(np.float64)
            )
            for position, tensor in enumerate(inputs)
        }

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        mapped = [
            node.constants[f"table_{position}"][array.astype(np.int32) - LOWEST]
            for position, array in enumerate(codes)
        ]
        return np.concatenate(mapped, axis=-1)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        return [
            KernelCall(
                "concatenate_s8",
                "micronets/kernels/concatenate_s8.h",
                call.struct,
                call.fields,
                call.inputs,
                constants={"table": node.constants[f"table_{position}"]},
                counts=(("256", "table"),),
            )
            for position, call in enumerate(self.calls(node, inputs))
        ]

    def examples(self) -> Iterator[Example]:
        yield example(self, NoAttributes(), (3, 5, 2), (3, 5, 1), (3, 5, 4))
        yield example(self, NoAttributes(), (4,), (7,))
