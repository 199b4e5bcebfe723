"""Gives int8 maps a column of padding in memory where that makes the kernels around them fast."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from micronets.codegen.graph import Graph, Layout, Node, Tensor
from micronets.codegen.ops.depthwise_conv2d import has_tiles_s8, wants_padding_s8


def pad_rows(graph: Graph) -> Graph:
    """Lays out maps around depthwise 3x3 convolutions; no value changes.

    With its padding in place a map needs no code for the windows at its sides, which is what makes
    narrow maps slow; the kernel that writes a map fills its padding with the zero point. The
    kernels compute two neighbours at a time, and the padding behind an odd number of them takes
    the one too many.
    """
    if not graph.is_int8:
        return graph
    return replace(graph, nodes=tuple(_padded(graph, node) for node in graph.nodes))


def _padded(graph: Graph, node: Node) -> Node:
    wanted = _readers_want_it(graph, node.output) or _is_odd_depthwise(graph, node)
    if not (wanted and _can_pad(graph, node)):
        return node
    return replace(node, output=replace(node.output, layout=Layout.PADDED))


def _can_pad(graph: Graph, node: Node) -> bool:
    """True where the kernel writes rows with padding, and all readers find their way in them."""
    readers = _readers(graph, node.output)
    return (
        node.op in ("conv2d", "depthwise_conv2d", "zero_pad2d")
        and not _is_dense(graph, node)
        and node.output.layout is Layout.PLANAR
        and len(node.output.shape) == 3
        and node.output.name not in graph.outputs
        and bool(readers)
        and all(
            reader.op in ("conv2d", "depthwise_conv2d", "max_pool2d", "average_pool2d")
            and not _is_dense(graph, reader)
            for reader in readers
        )
    )


def _is_dense(graph: Graph, node: Node) -> bool:
    """True for a convolution whose kernel is that of a dense layer."""
    attributes: Any = node.attributes
    return node.op == "conv2d" and attributes.covers(graph.inputs_of(node)[0])


def _readers_want_it(graph: Graph, tensor: Tensor) -> bool:
    return all(
        node.op == "depthwise_conv2d" and wants_padding_s8(node.attributes, tensor)  # type: ignore[arg-type]
        for node in _readers(graph, tensor)
    )


def _is_odd_depthwise(graph: Graph, node: Node) -> bool:
    attributes: Any = node.attributes
    odd = node.output.map_shape[1] % 2 == 1
    return node.op == "depthwise_conv2d" and has_tiles_s8(attributes) and odd


def _readers(graph: Graph, tensor: Tensor) -> list[Node]:
    return [node for node in graph.nodes if tensor.name in node.inputs]
