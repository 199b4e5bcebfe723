"""Between which values each channel of each tensor lies, whatever the image shows.

Interval arithmetic from the input to the outputs. In an int8 graph it is exact: codes are integers
from -128 to 127, and sums and requantization are monotone. In a float graph the input is any
number, as `predict(const float*)` takes it, so that bounds begin at the first ReLU6; every sum gets
the most by which rounding may move it, in whatever order a kernel adds. Operators that are not
listed here bound nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import Array, Graph, Node, Tensor
from micronets.codegen.numerics import HIGHEST, LOWEST
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.products_s8 import ProductsS8

_FLOAT = np.finfo(np.float32)
_PRODUCTS = ("conv2d", "dense", "depthwise_conv2d", "affine")
_BY_CHANNEL = ("depthwise_conv2d", "affine")
"""Those of them whose sums take in one input channel each."""
_TABLES = ("relu", "leaky_relu", "sigmoid", "tanh")

Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bounds:
    """The lowest and the highest value of each channel, codes or real numbers, in float64."""

    low: Float64Array
    high: Float64Array

    def constant(self, channel: int) -> float | None:
        """The value of a channel that has only one."""
        low = float(self.low[channel])
        return low if low == self.high[channel] else None

    def including(self, value: float) -> Bounds:
        """Bounds of the same channels where a value stands beside them."""
        return Bounds(np.minimum(self.low, value), np.maximum(self.high, value))

    def without(self, channel: int) -> Bounds:
        """Bounds of the channels that are left when one is deleted."""
        return Bounds(np.delete(self.low, channel), np.delete(self.high, channel))


def channel_bounds(graph: Graph) -> dict[str, Bounds]:
    """Bounds of every tensor of a float or an int8 graph, by name."""
    bounds = {graph.input.name: _unknown(graph, graph.input)}
    for node in graph.nodes:
        bounds[node.name] = _bounds(graph, node, bounds)
    return bounds


def _unknown(graph: Graph, tensor: Tensor) -> Bounds:
    channels = tensor.map_shape[2]
    ends = (LOWEST, HIGHEST) if graph.is_int8 else (float(_FLOAT.min), float(_FLOAT.max))
    return Bounds(np.full(channels, ends[0], np.float64), np.full(channels, ends[1], np.float64))


def _bounds(graph: Graph, node: Node, bounds: Mapping[str, Bounds]) -> Bounds:
    source, tensor = bounds[node.inputs[0]], graph.inputs_of(node)[0]
    # Outside the map there is real 0.
    zero = float(tensor.quant.zero_point) if graph.is_int8 else 0.0
    attributes: Any = node.attributes
    result = _unknown(graph, node.output)
    if node.op in _PRODUCTS:
        padded = any(getattr(attributes, "padding", ()))
        result = _products(graph, node, source.including(zero) if padded else source)
    elif node.op in _TABLES and graph.is_int8:
        result = _looked_up(node.constants["table"], source)
    elif node.op == "relu":
        result = _clamped(attributes.activation, source)
    elif node.op == "max_pool2d" or (node.op == "average_pool2d" and graph.is_int8):
        result = source  # Padding takes no part.
    elif node.op == "zero_pad2d":
        result = source.including(zero)
    elif node.op == "reshape" and node.output.map_shape[2] == tensor.map_shape[2]:
        result = source
    return result


def _products(graph: Graph, node: Node, source: Bounds) -> Bounds:
    by_channel = node.op in _BY_CHANNEL
    weights = _channelwise_weights(node) if by_channel else _taps(node, len(source.low))
    sums = _sums(weights, source, by_channel=by_channel)
    return _requantized(node, sums) if graph.is_int8 else _activated(node, weights, sums)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Bounds of the sums of products of each output channel, before the bias.

    Args:
        low, high: The bounds.
        reach: No sum of absolute products is larger.
    """

    low: Float64Array
    high: Float64Array
    reach: Float64Array


def _taps(node: Node, channels: int) -> Float64Array:
    """Weights as `(filters, taps, input channels)`."""
    weights: Array = node.constants["weights"].astype(np.float64)
    return weights.reshape(len(weights), -1, channels)


def _channelwise_weights(node: Node) -> Float64Array:
    """Weights as `(output channels, taps, 1)`."""
    role = "weights" if "weights" in node.constants else "scale"
    weights = node.constants[role].astype(np.float64)
    flat: Float64Array = weights.reshape(-1, weights.shape[-1]).T[:, :, np.newaxis]
    return flat


def _sums(weights: Float64Array, source: Bounds, *, by_channel: bool) -> _Sums:
    rise = np.maximum(weights, 0).sum(axis=1)
    fall = np.minimum(weights, 0).sum(axis=1)
    low, high = source.low, source.high
    if by_channel:
        repeated = len(weights) // len(low)
        low, high = (np.repeat(end, repeated)[:, np.newaxis] for end in (low, high))
    else:
        low, high = low[np.newaxis], high[np.newaxis]
    largest = np.maximum(np.abs(low), np.abs(high))
    return _Sums(
        (rise * low + fall * high).sum(axis=1),
        (rise * high + fall * low).sum(axis=1),
        ((rise - fall) * largest).sum(axis=1),
    )


def _requantized(node: Node, sums: _Sums) -> Bounds:
    op = REGISTRY[node.op]
    assert isinstance(op, ProductsS8)
    low, high = op.requantized(node, np.stack([sums.low, sums.high])).astype(np.float64)
    return Bounds(low, high)


def _activated(node: Node, weights: Float64Array, sums: _Sums) -> Bounds:
    role = "offset" if node.op == "affine" else "bias"
    bias = node.constants.get(role, np.zeros(len(weights))).astype(np.float64)
    count = weights[0].size + 2
    # Twice the unit roundoff for each operation bounds any order of them, also with fused ones.
    margin = np.where(sums.reach > 0, count * _FLOAT.eps * (sums.reach + np.abs(bias)), 0.0)
    activation: Any = node.attributes
    limits = Bounds(sums.low + bias - margin, sums.high + bias + margin)
    return _clamped(activation.activation, limits)


def _clamped(activation: Any, source: Bounds) -> Bounds:
    if activation.ceiling is None:
        return source
    ceiling = float(np.float32(activation.ceiling))
    return Bounds(np.clip(source.low, 0, ceiling), np.clip(source.high, 0, ceiling))


def _looked_up(table: Array, source: Bounds) -> Bounds:
    spans = zip((source.low - LOWEST).astype(int), (source.high - LOWEST).astype(int), strict=True)
    entries = [table[low : high + 1] for low, high in spans]
    return Bounds(
        np.array([part.min() for part in entries], np.float64),
        np.array([part.max() for part in entries], np.float64),
    )
