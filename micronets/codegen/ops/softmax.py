"""Softmax over the channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.activation import NoAttributes
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

PROBABILITY = Quantization(1 / 256, -128)
"""How the int8 softmax and sigmoid hand out probabilities."""

LARGEST_POWER = 65535
"""exp(0) in the tables of the int8 softmax."""


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
        # Two factors of each power: of multiples of 16 codes, and of 0 to 15 codes.
        distances = np.concatenate([np.arange(0, 256, 16), np.arange(16)])
        powers = np.exp(-inputs[0].quant.scale * distances)
        return {"powers": np.floor(powers * LARGEST_POWER + 0.5).astype(np.uint16)}

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        values = codes[0].astype(np.int64)
        coarse, fine = node.constants["powers"].astype(np.int64).reshape(2, 16)
        distances = values.max(axis=-1, keepdims=True) - values
        powers = (coarse[distances // 16] * fine[distances % 16] + 2**15) >> 16
        total = powers.sum(axis=-1, keepdims=True)
        shares = (powers * 256 + total // 2) // total
        return np.asarray(np.minimum(shares - 128, 127), np.int8)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        powers = node.constants["powers"]
        fields = (
            shape_field("input", inputs[0]),
            shape_field("output", node.output),
        )
        header = "micronets/kernels/softmax_s8.h"
        constants: dict[str, Array | None] = {"powers": powers}
        return [
            KernelCall(
                "softmax_s8",
                header,
                "SoftmaxS8",
                fields,
                constants=constants,
                counts=(("32", "powers"),),
                holds_constants=True,
            )
        ]

    def examples(self) -> Iterator[Example]:
        yield example(self, NoAttributes(), (10,))
        yield example(self, NoAttributes(), (3, 5, 4))
        yield example(self, NoAttributes(), (1,))
