"""A Rescaling right behind the input is applied while the input is read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from micronets.codegen.graph import Graph, Node, bypass_node
from micronets.codegen.ops.activation import LINEAR
from micronets.codegen.passes.base import Pass


class AbsorbInputScale(Pass):
    """Turns one factor and one offset for all channels into the graph's input scale.

    Costs no buffer, and stays exact at the borders: padding is zero behind the rescaling.
    """

    name = "absorb input scale"

    def match(self, graph: Graph, node: Node) -> bool:
        if node.op != "affine" or node.inputs != (graph.input.name,) or node.name in graph.outputs:
            return False
        if getattr(node.attributes, "activation", LINEAR) != LINEAR:
            return False
        uniform = all(np.ptp(array) == 0 for array in node.constants.values())
        return uniform and graph.only_reader(graph.input.name) is node

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        scale = float(node.constants["scale"][0])
        offset = float(node.constants["offset"][0])
        return replace(
            bypass_node(graph, node),
            input_scale=graph.input_scale * scale,
            input_offset=graph.input_offset * scale + offset,
        )
