"""Concatenation along the last axis, the channels, or along the one before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen.graph import Array, Attributes, FloatArray, Node, Tensor
from micronets.codegen.numerics import LOWEST, Int8Array
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

CHANNELS, COLUMNS = -1, -2
"""The axes that can be joined; a map of two axes has its rows where others have columns."""


@dataclass(frozen=True)
class ConcatenateAttributes(Attributes):
    """Settings of `concatenate`: the axis, counted from the last one."""

    axis: int = CHANNELS

    def __str__(self) -> str:
        return "" if self.axis == CHANNELS else f"axis={self.axis}"


class Concatenate(OpSpec):
    """Puts the channels, or the columns, of its inputs behind each other."""

    name = "concatenate"
    keras_layers = ("Concatenate",)
    input_count = None

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        axis, rank = layer.config.get("axis", -1), len(inputs[0].shape) + 1
        from_last = axis if axis < 0 else axis - rank
        if from_last not in (CHANNELS, COLUMNS) or from_last == -rank:
            raise Unsupported(
                f"axis={axis}; only the last axis and the one before it are supported"
            )
        return [Step(self.name, ConcatenateAttributes(from_last))]

    def infer(self, attributes: ConcatenateAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        shape = list(inputs[0].shape)
        shape[attributes.axis] = sum(tensor.shape[attributes.axis] for tensor in inputs)
        return tuple(shape)

    def evaluate(
        self,
        attributes: ConcatenateAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return np.concatenate(inputs, axis=attributes.axis)

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        axis = _axis(node)
        calls, first = [], 0
        for position, tensor in enumerate(inputs):
            fields = (
                shape_field("input", tensor),
                shape_field("output", node.output),
                Field("first column", str(first if axis == COLUMNS else 0)),
                Field("first channel", str(first if axis == CHANNELS else 0)),
            )
            header = "micronets/kernels/concatenate_f32.h"
            call = KernelCall("concatenate_f32", header, "Concatenate", fields, (position,))
            calls.append(call)
            first += tensor.shape[axis]
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
        return np.concatenate(mapped, axis=_axis(node))

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
        yield example(self, ConcatenateAttributes(), (3, 5, 2), (3, 5, 1), (3, 5, 4))
        yield example(self, ConcatenateAttributes(), (4,), (7,))
        yield example(self, ConcatenateAttributes(COLUMNS), (6, 2), (6, 2), (6, 2))
        yield example(self, ConcatenateAttributes(COLUMNS), (3, 5, 2), (3, 5, 2))


def _axis(node: Node) -> int:
    attributes: ConcatenateAttributes = node.attributes  # type: ignore[assignment]
    return attributes.axis
