"""The largest of all channels but the last, and the last: MaxOutBackground of the face nets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from micronets.codegen.graph import FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.activation import NoAttributes
from micronets.codegen.ops.base import (
    Example,
    KerasLayer,
    KernelCall,
    OpSpec,
    Step,
    example,
    shape_field,
)


class MaxOut(OpSpec):
    """Several scores of background become their largest; the score behind them stays."""

    name = "max_out"
    keras_layers = ("MaxOutBackground",)

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        return [Step(self.name, NoAttributes())]

    def infer(self, attributes: NoAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        return (*inputs[0].shape[:-1], 2)

    def evaluate(
        self,
        attributes: NoAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        return np.asarray(_max_out(inputs[0]))

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        return [_call("max_out_f32", node, inputs)]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return inputs[0].quant

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        return np.asarray(_max_out(codes[0]))

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        return [_call("max_out_s8", node, inputs)]

    def examples(self) -> Iterator[Example]:
        yield example(self, NoAttributes(), (5, 7, 4))
        yield example(self, NoAttributes(), (3, 5, 2))
        yield example(self, NoAttributes(), (6, 3))
        yield example(self, NoAttributes(), (9,))


def _max_out(values: FloatArray | Int8Array) -> FloatArray | Int8Array:
    background = values[..., :-1].max(axis=-1, keepdims=True)
    return np.concatenate([background, values[..., -1:]], axis=-1)


def _call(function: str, node: Node, inputs: Sequence[Tensor]) -> KernelCall:
    fields = (shape_field("input", inputs[0]), shape_field("output", node.output))
    return KernelCall(function, f"micronets/kernels/{function}.h", "MaxOut", fields)
