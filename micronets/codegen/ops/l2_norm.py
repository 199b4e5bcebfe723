"""Division of the channels of each position by their length: the layer L2Norm of the face nets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Int32Array, inverse_root, requantize
from micronets.codegen.ops.activation import NoAttributes
from micronets.codegen.ops.base import (
    Example,
    Field,
    KerasLayer,
    KernelCall,
    Step,
    example,
    shape_field,
)
from micronets.codegen.ops.elementwise import Elementwise
from micronets.errors import QuantizationError

_EPSILON = 1e-10
_MOST_CHANNELS = 32767
"""So many squares of differences of codes are below 2**31."""
_FEWEST_BITS, _MOST_BITS = 16, 29
_LARGEST_MULTIPLIER = 2**31 - 1


class L2Norm(Elementwise):
    """gamma * x / length of x, at each position over the channels; 0 where all are 0.

    Constants: gamma `(channels,)`.
    """

    name = "l2_norm"
    keras_layers = ("L2Norm",)

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        return [Step(self.name, NoAttributes(), {"gamma": layer.weights["gamma"]})]

    def constant_shapes(
        self, attributes: NoAttributes, inputs: Sequence[Tensor]
    ) -> dict[str, tuple[int, ...]]:
        return {"gamma": (inputs[0].map_shape[2],)}

    def evaluate(
        self,
        attributes: NoAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        squares = np.square(inputs[0]).sum(axis=-1, keepdims=True)
        length = np.sqrt(squares) + squares.dtype.type(_EPSILON)
        return inputs[0] * np.where(squares > 0, 1 / length, 0) * constants["gamma"]

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        return [
            KernelCall(
                "l2_norm_f32",
                "micronets/kernels/l2_norm_f32.h",
                "Elementwise",
                (shape_field("input", inputs[0]), shape_field("output", node.output)),
                constants=dict(node.constants),
                counts=(("output.channels", "gamma"),),
            )
        ]

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        channels = output.map_shape[2]
        if channels > _MOST_CHANNELS:
            raise QuantizationError(
                f"layer {node.name!r}: the int8 L2Norm sums at most {_MOST_CHANNELS} squares. "
                f"Received: {channels} channels"
            )
        ratios = node.constants["gamma"].astype(np.float64) / output.quant.scale
        bits = _bits_for(float(np.abs(ratios).max()))
        multiplier = np.floor(ratios * 2.0 ** (32 - bits) + 0.5)
        # A ratio that is cut is one with which every code but 0 saturates.
        limited = np.clip(multiplier, -_LARGEST_MULTIPLIER, _LARGEST_MULTIPLIER)
        return {"multiplier": limited.astype(np.int32), "bits": np.array([bits], np.int32)}

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        values = codes[0].astype(np.int64) - inputs[0].quant.zero_point
        squares = np.square(values).sum(axis=-1, keepdims=True)
        multiplier: Int32Array = node.constants["multiplier"]
        roots = inverse_root(squares, int(node.constants["bits"][0]))
        return requantize(values * roots, multiplier, node.output.quant.zero_point)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        return [
            KernelCall(
                "l2_norm_s8",
                "micronets/kernels/l2_norm_s8.h",
                "L2NormS8",
                (
                    shape_field("input", inputs[0]),
                    shape_field("output", node.output),
                    Field("input zero point", str(inputs[0].quant.zero_point)),
                    Field("zero point", str(node.output.quant.zero_point)),
                    Field("bits", str(int(node.constants["bits"][0]))),
                ),
                constants={"multiplier": node.constants["multiplier"]},
                counts=(("output.channels", "multiplier"),),
                holds_constants=True,
            )
        ]

    def examples(self) -> Iterator[Example]:
        yield example(self, NoAttributes(), (5, 7, 3))
        yield example(self, NoAttributes(), (3, 8, 12))
        yield example(self, NoAttributes(), (9,))
        yield example(self, NoAttributes(), (3, 5, 1))


def _bits_for(ratio: float) -> int:
    """Fractional bits of the inverse root with which it and the multipliers are off by the same.

    Rounding a root moves an output by at most 255 / 2 * ratio / 2**bits, and rounding a multiplier
    by 2**(bits - 33).
    """
    bits = 20 + round(math.log2(max(ratio, 1.0)) / 2)
    return min(max(bits, _FEWEST_BITS), _MOST_BITS)
