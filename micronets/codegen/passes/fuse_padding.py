"""ZeroPadding2D in front of convolutions becomes their own padding."""

from __future__ import annotations

from dataclasses import replace

from micronets.codegen.graph import Graph, Node, bypass_node
from micronets.codegen.ops.window import WindowAttributes
from micronets.codegen.ops.zero_pad2d import ZeroPad2DAttributes
from micronets.codegen.passes.base import Pass

_READERS = ("conv2d", "depthwise_conv2d")


class FusePadding(Pass):
    """Needs readers that treat padding as zero, so pooling keeps its frame of real zeros."""

    name = "fuse padding"

    def match(self, graph: Graph, node: Node) -> bool:
        if node.op != "zero_pad2d" or node.name in graph.outputs:
            return False
        return all(reader.op in _READERS for reader in graph.readers(node.name))

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        assert isinstance(node.attributes, ZeroPad2DAttributes)
        frame = node.attributes.padding

        def padded(reader: Node) -> Node:
            if node.name not in reader.inputs:
                return reader
            assert isinstance(reader.attributes, WindowAttributes)
            top, left, bottom, right = (
                own + more for own, more in zip(reader.attributes.padding, frame, strict=True)
            )
            attributes = replace(reader.attributes, padding=(top, left, bottom, right))
            return replace(reader, attributes=attributes, layers=node.layers + reader.layers)

        return bypass_node(graph.with_nodes(padded(other) for other in graph.nodes), node)
