"""Outputs that are maps are handed out in Keras's order."""

from __future__ import annotations

from dataclasses import replace

from micronets.codegen.graph import Graph, Layout, Node, Tensor
from micronets.codegen.ops.reshape import ReshapeAttributes
from micronets.codegen.passes.base import Pass


class OrderOutputs(Pass):
    """Appends a copy from planar rows to interleaved ones, where the two differ."""

    name = "order outputs"

    def match(self, graph: Graph, node: Node) -> bool:
        output = node.output
        return (
            node.name in graph.outputs
            and output.layout is Layout.PLANAR
            and not output.layouts_agree
        )

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        names = {graph.input.name, *(other.name for other in graph.nodes)}
        name = f"{node.name}_ordered"
        while name in names:
            name += "_"
        shape = node.output.shape
        ordered = Node(
            "reshape",
            ReshapeAttributes(shape, Layout.INTERLEAVED),
            (node.name,),
            Tensor(name, shape, Layout.INTERLEAVED),
            layers=node.layers[-1:],
        )
        outputs = tuple(name if output == node.name else output for output in graph.outputs)
        return replace(graph, nodes=(*graph.nodes, ordered), outputs=outputs)
