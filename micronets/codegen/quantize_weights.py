"""int8 weights, int32 biases and multipliers of an operator that sums products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import Array, FloatArray
from micronets.codegen.numerics import (
    LARGEST_RATIO,
    Int8Array,
    Int32Array,
    Quantization,
    multiplier_of,
)

_LARGEST_CODE = 127
_MOST = 2**31 - 1

Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class IntegerWeights:
    """What an int8 kernel needs, channels first.

    Args:
        weights: int8 codes `(channels, ...)`, symmetric around 0.
        bias: int32, the input's zero point folded in: `acc = bias + sum(weights * codes)`.
        multiplier: int32, see `numerics.requantize`.
    """

    weights: Int8Array
    bias: Int32Array
    multiplier: Int32Array

    def constants(self) -> dict[str, Array]:
        """By role, as a node holds them."""
        return {"weights": self.weights, "bias": self.bias, "multiplier": self.multiplier}


def weight_scales(
    weights: FloatArray, bias: FloatArray | None, source: Quantization
) -> Float64Array:
    """The scale of each channel's weights: the largest of them is code 127.

    Larger where the accumulator could leave int32: a channel whose bias is huge beside its
    weights gets coarser weights. A channel without weights gets 0.

    Args:
        weights: `(channels, ...)`.
        bias: `(channels,)` or None.
        source: Quantization of the input.
    """
    flat = weights.reshape(len(weights), -1).astype(np.float64)
    scales: Float64Array = np.abs(flat).max(axis=1) / _LARGEST_CODE
    if bias is None:
        return scales
    # |bias| / (input scale * weight scale) plus 383 * sum|codes| must stay below 2**31.
    room = _MOST - 383.0 * _LARGEST_CODE * flat.shape[1] - 1.0
    least = np.abs(bias.astype(np.float64)) / (source.scale * room)
    return np.where(scales > 0, np.maximum(scales, least), 0.0)


def least_output_scale(scales: Float64Array, source: Quantization) -> float:
    """The smallest output scale whose multipliers fit into an int32."""
    return float(scales.max() * source.scale / LARGEST_RATIO)


def integer_weights(
    weights: FloatArray, bias: FloatArray | None, source: Quantization, target: Quantization
) -> IntegerWeights:
    """Quantizes the weights and bias of each channel.

    Args:
        weights: `(channels, ...)`.
        bias: `(channels,)` or None.
        source: Quantization of the input.
        target: Quantization of the output; its scale is at least `least_output_scale`.
    """
    channels = len(weights)
    scales = weight_scales(weights, bias, source)
    # A channel without weights is its bias alone: any scale will do that keeps it exact enough.
    bias_values = np.zeros(channels) if bias is None else bias.astype(np.float64)
    largest = np.abs(bias_values) / (source.scale * (_MOST // 2))
    constant = np.maximum(target.scale / source.scale / 2**8, largest)
    scales = np.where(scales > 0, scales, constant)
    column = scales.reshape(-1, *[1] * (weights.ndim - 1))
    codes = np.clip(np.floor(weights / column + 0.5), -_LARGEST_CODE, _LARGEST_CODE)
    sums = codes.reshape(channels, -1).sum(axis=1)
    folded = np.floor(bias_values / (source.scale * scales) + 0.5) - source.zero_point * sums
    reach = np.abs(folded) + np.abs(codes).reshape(channels, -1).sum(axis=1) * 255
    assert (reach <= _MOST).all(), "weight_scales leaves room for every accumulator"
    ratios = np.minimum(source.scale * scales / target.scale, LARGEST_RATIO)
    return IntegerWeights(codes.astype(np.int8), folded.astype(np.int32), multiplier_of(ratios))
