"""Softmax over the channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.activation import NoAttributes
from micronets.codegen.ops.base import (
    Example,
    Field,
    KerasLayer,
    KernelCall,
    Step,
    Unsupported,
    example,
    shape_field,
)
from micronets.codegen.ops.elementwise import Elementwise

PROBABILITY = Quantization(1 / 256, -128)
"""How the int8 softmax and sigmoid hand out probabilities."""

LARGEST_POWER = 65535
"""exp(0) in the table of the int8 softmax."""


class Softmax(Elementwise):
    """exp(x - max) divided by its sum, at each position over the channels."""

    name = "softmax"
    keras_layers = ("Softmax",)

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        axis, rank = layer.config.get("axis", -1), len(inputs[0].shape) + 1
        if isinstance(axis, Sequence) and len(axis) == 1:
            axis = axis[0]
        if axis not in (-1, rank - 1):
            raise Unsupported(f"axis={axis}; only the last axis is supported")
        return [Step(self.name, NoAttributes())]

    def evaluate(
        self,
        attributes: NoAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        powers = np.exp(inputs[0] - inputs[0].max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return PROBABILITY

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        powers = np.exp(-inputs[0].quant.scale * np.arange(256))
        table = np.floor(powers * LARGEST_POWER + 0.5).astype(np.uint16)
        # Codes further from the largest one than the table is long count as 0.
        return {"powers": table[: max(1, int((table > 0).sum()))]}

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        values = codes[0].astype(np.int64)
        table = np.zeros(256, np.int64)
        table[: len(node.constants["powers"])] = node.constants["powers"]
        powers = table[values.max(axis=-1, keepdims=True) - values]
        total = powers.sum(axis=-1, keepdims=True)
        shares = (powers * 256 + total // 2) // total
        return np.asarray(np.minimum(shares - 128, 127), np.int8)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        powers = node.constants["powers"]
        fields = (
            shape_field("input", inputs[0]),
            shape_field("output", node.output),
            Field("powers", str(len(powers))),
        )
        header = "micronets/kernels/softmax_s8.h"
        constants: dict[str, Array | None] = {"powers": powers}
        counts = (("powers", "powers"),)
        return [
            KernelCall(
                "softmax_s8", header, "SoftmaxS8", fields, constants=constants, counts=counts
            )
        ]

    def examples(self) -> Iterator[Example]:
        yield example(self, NoAttributes(), (10,))
        yield example(self, NoAttributes(), (3, 5, 4))
        yield example(self, NoAttributes(), (1,))
