"""Softmax over the channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from micronets.codegen.graph import FloatArray, Tensor
from micronets.codegen.ops.activation import NoAttributes
from micronets.codegen.ops.base import Example, KerasLayer, Step, Unsupported, example
from micronets.codegen.ops.elementwise import Elementwise


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

    def examples(self) -> Iterator[Example]:
        yield example(self, NoAttributes(), (10,))
        yield example(self, NoAttributes(), (3, 5, 4))
        yield example(self, NoAttributes(), (1,))
