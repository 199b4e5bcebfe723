"""What the int8 operators that sum products share: constants, output range, struct fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import (
    HIGHEST,
    LOWEST,
    Int8Array,
    Quantization,
    range_quantization,
    requantize,
)
from micronets.codegen.ops.activation import Activation
from micronets.codegen.ops.base import Field, KernelCall, OpSpec, shape_field
from micronets.codegen.ops.window import WindowAttributes, window_fields
from micronets.codegen.quantize_weights import (
    IntegerWeights,
    integer_weights,
    least_output_scale,
    weight_scales,
)


@dataclass(frozen=True)
class OutputRange:
    """The codes that an output may take.

    Args:
        zero_point: The code of real 0.
        low: The lowest code: that of 0 behind a ReLU.
        high: The highest code: that of the ceiling behind ReLU6.
    """

    zero_point: int
    low: int
    high: int

    def field(self) -> Field:
        """As a line of a parameter struct."""
        text = f"{{{self.zero_point}, {self.low}, {self.high}}}"
        return Field("range    0 lo hi", text)


def output_range(activation: Activation, quantization: Quantization) -> OutputRange:
    """The clamp of a fused activation in codes; with a range that fits it is int8's own."""
    low, high = LOWEST, HIGHEST
    if activation.ceiling is not None:
        low = quantization.zero_point
        if np.isfinite(activation.ceiling):
            high = int(quantization.quantize(activation.ceiling))
    return OutputRange(quantization.zero_point, low, high)


def convolution_s8(
    function: str,
    struct: str,
    node: Node,
    source: Tensor,
    weights: Int8Array,
    **needs: Any,
) -> KernelCall:
    """The call of an int8 convolution.

    Args:
        function: Its kernel.
        struct: Its parameters.
        node: The node; its attributes are those of a window with an activation.
        source: Its input.
        weights: As the kernel reads them.
        **needs: Memory beyond its maps, see `KernelCall`.
    """
    attributes: Any = node.attributes
    window: list[Field] = []
    if struct != "PointwiseConv2DS8":
        settings: WindowAttributes = attributes
        window = [*window_fields(settings), Field("input zero point", str(source.quant.zero_point))]
    loop = []
    if struct != "DepthwiseConv2DS8":
        loop = [Field("unrolled", str(attributes.unrolled))]
    return KernelCall(
        function,
        f"micronets/kernels/{function}.h",
        struct,
        (
            shape_field("input", source),
            shape_field("output", node.output),
            *window,
            output_range(attributes.activation, node.output.quant).field(),
            *loop,
        ),
        constants={**node.constants, "weights": weights},
        counts=(
            ("weight_count()", "weights"),
            ("output.channels", "bias"),
            ("output.channels", "multiplier"),
        ),
        holds_constants=True,
        reads=("input.extent()",),
        writes="output.extent()",
        **needs,
    )


class ProductsS8(OpSpec):
    """Mixin: `acc = bias + sum(weights * codes)`, requantized per channel."""

    channels_last: ClassVar[bool] = False
    """True where the weights' channels are their last axis."""

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        scales = weight_scales(self._by_channel(node), node.constants.get("bias"), inputs[0].quant)
        least = least_output_scale(scales, inputs[0].quant)
        if observed.scale >= least:
            return observed
        # Wider than observed, around the same zero, so that the multipliers fit.
        widened = least * (1 + 1e-9)
        lowest = (LOWEST - observed.zero_point) * widened
        return range_quantization(lowest, lowest + widened * (HIGHEST - LOWEST))

    def shifted(self, node: Node, offset: float) -> Node:
        weights = self._by_channel(node).astype(np.float64)
        sums = weights.reshape(len(weights), -1).sum(axis=1)
        bias = node.constants.get("bias", np.zeros(len(sums))) + offset * sums
        return replace(node, constants={**node.constants, "bias": bias.astype(np.float32)})

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        whole: IntegerWeights = integer_weights(
            self._by_channel(node), node.constants.get("bias"), inputs[0].quant, output.quant
        )
        constants = whole.constants()
        if self.channels_last:
            constants["weights"] = np.ascontiguousarray(np.moveaxis(whole.weights, 0, -1))
        return constants

    def requantized(self, node: Node, sums: Array) -> Int8Array:
        """Adds the bias to exact sums of products, channels last, and brings them to int8."""
        accumulator = np.rint(sums).astype(np.int64) + node.constants["bias"]
        target = node.output.quant
        codes = requantize(accumulator, node.constants["multiplier"], target.zero_point)
        limits = output_range(_activation(node.attributes), target)
        return np.clip(codes, limits.low, limits.high).astype(np.int8)

    def _by_channel(self, node: Node) -> FloatArray:
        weights = self.float_weights(node)
        return np.moveaxis(weights, -1, 0) if self.channels_last else weights

    def float_weights(self, node: Node) -> FloatArray:
        """The real factors of the node."""
        return node.constants["weights"]


def _activation(attributes: Any) -> Activation:
    activation: Activation = attributes.activation
    return activation


def as_exact(codes: Int8Array) -> FloatArray:
    """int8 as float64, in which sums of products below 2**53 are exact and BLAS is fast."""
    return codes.astype(np.float64)
