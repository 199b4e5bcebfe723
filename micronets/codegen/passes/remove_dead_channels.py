"""Channels that nobody needs are deleted: those that are provably constant, and those unread.

A channel is constant where its weights are all zero, or where its activation saturates whatever the
image shows (`channel_bounds.py`). Its readers take the value into their bias, and the channel is
gone: from the producer, from everything channel by channel in between, and from the readers'
weights. So is a channel that every reader gives weight 0, or that becomes constant on its way.
Exact, also at the borders: a channel stays where padding would meet another value than its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from micronets.codegen.graph import Array, Graph, Node
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.window import WindowAttributes, sliding_windows
from micronets.codegen.passes.channel_bounds import Bounds, channel_bounds
from micronets.codegen.verifier import verify_graph

_FILTERS = ("conv2d", "dense")
"""Operators that mix channels: they can lose filters, and take a constant input into their bias."""

_CHANNELWISE = ("depthwise_conv2d", "max_pool2d", "average_pool2d", "relu", "leaky_relu", "affine")
"""Operators whose output channel depends on the input channel of the same number alone."""


@dataclass
class _Removal:
    """What deleting one channel of a producer means for the graph.

    Args:
        tensors: Those that lose it.
        folded: What is added to the bias of each reader, `(filters,)`.
    """

    tensors: set[str] = field(default_factory=set)
    folded: dict[str, Array] = field(default_factory=dict)


def remove_dead_channels(graph: Graph) -> tuple[Graph, dict[str, int]]:
    """Deletes what is constant or unread.

    Returns:
        The graph, and how many channels each layer lost.
    """
    lost: dict[str, int] = {}
    while True:
        graph, more = _sweep(graph)
        for name, count in more.items():
            lost[name] = lost.get(name, 0) + count
        if not more:
            return graph, {node.name: lost[node.name] for node in graph.nodes if node.name in lost}


def _sweep(graph: Graph) -> tuple[Graph, dict[str, int]]:
    """Looks at every channel once, readers first: what only a deleted channel read goes as well."""
    lost: dict[str, int] = {}
    bounds = channel_bounds(graph)
    for name in [node.name for node in reversed(graph.nodes) if node.op in _FILTERS]:
        for channel in reversed(range(graph.node(name).output.map_shape[2])):
            node, removal = graph.node(name), _Removal()
            if node.output.map_shape[2] == 1:
                break
            value = _constant(graph, bounds, node, channel)
            if _spread(graph, bounds, node, channel, value, removal):
                graph = verify_graph(_delete(graph, channel, removal), "remove dead channels")
                for tensor in removal.tensors:
                    bounds[tensor] = bounds[tensor].without(channel)
                lost[name] = lost.get(name, 0) + 1
    return graph, lost


def _constant(graph: Graph, bounds: Mapping[str, Bounds], node: Node, channel: int) -> Array | None:
    """The only value of a channel, as an array of one element; None if it has several."""
    value = bounds[node.name].constant(channel)
    return None if value is None else np.array([value], np.int8 if graph.is_int8 else np.float32)


def _spread(
    graph: Graph,
    bounds: Mapping[str, Bounds],
    node: Node,
    channel: int,
    value: Array | None,
    removal: _Removal,
) -> bool:
    """Follows a channel to all of its readers; False where one of them needs it.

    Args:
        graph: The net.
        bounds: Of every tensor.
        node: Whose output has the channel.
        channel: Its number.
        value: What it always is, or None.
        removal: Takes what deleting it means.
    """
    if node.name in graph.outputs:
        return False
    removal.tensors.add(node.name)
    for reader in graph.readers(node.name):
        if reader.inputs.count(node.name) > 1:
            return False
        if reader.op in _FILTERS:
            constant = _contribution(graph, reader, channel, value)
            if constant is None:
                return False
            removal.folded[reader.name] = constant
        elif reader.op in _CHANNELWISE and getattr(reader.attributes, "multiplier", 1) == 1:
            after = _constant(graph, bounds, reader, channel)
            if after is None and value is not None:
                after = _through(graph, reader, channel, value)
            if not _spread(graph, bounds, reader, channel, after, removal):
                return False
        else:
            return False
    return True


def _contribution(graph: Graph, reader: Node, channel: int, value: Array | None) -> Array | None:
    """What a channel adds to each filter's sum; None where that differs by position or image."""
    source = graph.inputs_of(reader)[0]
    weights = reader.constants["weights"]
    exact = np.int64 if graph.is_int8 else np.float64
    taps = weights.reshape(len(weights), -1, source.map_shape[2])[..., channel].astype(exact)
    if not taps.any():
        return np.zeros(len(weights), exact)
    if value is None:
        return None
    if reader.op == "dense":
        return np.asarray(taps.sum(axis=1) * exact(value[0]))
    if reader.op != "conv2d" or len(source.shape) != 3:
        return None
    assert isinstance(reader.attributes, WindowAttributes)
    height, width, _ = source.map_shape
    padding = source.quant.zero_point if graph.is_int8 else 0.0
    plane = np.full((1, height, width, 1), value[0], exact)
    windows = sliding_windows(plane, reader.attributes, padding)  # type: ignore[arg-type]
    sums = np.einsum("nyxchw,fhw->nyxf", windows, weights[..., channel].astype(exact))
    first = sums[0, 0, 0]
    return first if (sums == first).all() else None


def _through(graph: Graph, reader: Node, channel: int, value: Array) -> Array | None:
    """The value behind a channelwise operator; None where it differs by position."""
    source = graph.inputs_of(reader)[0]
    op = REGISTRY[reader.op]
    x = np.full((1, *source.shape), value[0], value.dtype)
    if graph.is_int8:
        y: Array = op.evaluate_s8(reader, [source], [x])
    else:
        y = op.evaluate(reader.attributes, [x], reader.constants)
    plane = y[..., channel].ravel()
    return plane[:1] if (plane == plane[0]).all() else None


def _delete(graph: Graph, channel: int, removal: _Removal) -> Graph:
    nodes = []
    for node in graph.nodes:
        constants, attributes, output = dict(node.constants), node.attributes, node.output
        if node.name in removal.folded:
            constants = _without_input(graph, node, channel, removal.folded[node.name])
        if node.name in removal.tensors:
            axis = -1 if node.op == "depthwise_conv2d" else 0
            constants = _without_output(constants, channel, axis)
            shape = (*output.shape[:-1], output.shape[-1] - 1)
            output = replace(output, shape=shape)
            attributes = _one_less(attributes)
        nodes.append(replace(node, attributes=attributes, output=output, constants=constants))
    return replace(graph, nodes=tuple(nodes))


def _without_input(graph: Graph, node: Node, channel: int, constant: Array) -> dict[str, Array]:
    """Weights without the channel, and the bias with what it added."""
    constants = dict(node.constants)
    bias = constants.get("bias", np.zeros(len(constants["weights"]), np.float32))
    constants["bias"] = (bias + constant).astype(bias.dtype)
    weights = constants["weights"]
    if node.op == "dense":
        source = graph.inputs_of(node)[0]
        weights = weights.reshape(len(weights), *source.shape)
    constants["weights"] = np.ascontiguousarray(np.delete(weights, channel, axis=-1))
    return constants


def _without_output(constants: Mapping[str, Array], channel: int, axis: int) -> dict[str, Array]:
    """All constants that have one entry per output channel; tables serve every channel."""
    return {
        role: array
        if role == "table"
        else np.ascontiguousarray(np.delete(array, channel, axis=axis if role == "weights" else 0))
        for role, array in constants.items()
    }


def _one_less(attributes: Any) -> Any:
    for name in ("filters", "units"):
        if hasattr(attributes, name):
            return replace(attributes, **{name: getattr(attributes, name) - 1})
    return attributes
