"""Flatten in front of Dense: the dense layer reads the map itself."""

from __future__ import annotations

from dataclasses import replace

from micronets.codegen.graph import Graph, Node, bypass_node
from micronets.codegen.passes.base import Pass


class FoldFlatten(Pass):
    """Gives the weights of all dense readers the shape of the map."""

    name = "fold flatten"

    def match(self, graph: Graph, node: Node) -> bool:
        if node.op != "reshape" or node.name in graph.outputs:
            return False
        return all(reader.op == "dense" for reader in graph.readers(node.name))

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        shape = graph.tensor(node.inputs[0]).shape

        def reading_map(reader: Node) -> Node:
            if node.name not in reader.inputs:
                return reader
            weights = reader.constants["weights"]
            constants = {**reader.constants, "weights": weights.reshape(len(weights), *shape)}
            return replace(reader, constants=constants, layers=node.layers + reader.layers)

        return bypass_node(graph.with_nodes(reading_map(other) for other in graph.nodes), node)
