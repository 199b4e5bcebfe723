"""ReLU and its relatives with a ceiling, applied by the kernel in front of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from micronets.codegen.graph import Graph, Node, bypass_node, replace_node
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.activation import LINEAR, ReluAttributes
from micronets.codegen.passes.base import Pass


class FuseActivation(Pass):
    """Needs a producer that clamps its own output and that nobody else reads."""

    name = "fuse activation"

    def match(self, graph: Graph, node: Node) -> bool:
        source = graph.producer(node.inputs[0])
        return (
            node.op == "relu"
            and source is not None
            and REGISTRY[source.op].fuses_activation
            and getattr(source.attributes, "activation", None) == LINEAR
            and graph.only_reader(source.name) is node
        )

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        assert isinstance(node.attributes, ReluAttributes)
        source = graph.node(node.inputs[0])
        attributes: Any = source.attributes
        fused = replace(
            source,
            attributes=replace(attributes, activation=node.attributes.activation),
            layers=source.layers + node.layers,
        )
        return bypass_node(replace_node(graph, source, [fused]), node)
