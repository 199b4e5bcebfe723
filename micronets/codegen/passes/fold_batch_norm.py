"""Batch normalisation (any factor and offset per channel) behind a convolution or dense layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from micronets.codegen.graph import Graph, Node, bypass_node, replace_node
from micronets.codegen.ops.activation import LINEAR
from micronets.codegen.ops.affine import AffineAttributes
from micronets.codegen.passes.base import Pass


class FoldBatchNorm(Pass):
    """Multiplies the factor into the weights and adds the offset to the bias, in float64."""

    name = "fold batch norm"

    def match(self, graph: Graph, node: Node) -> bool:
        source = graph.producer(node.inputs[0])
        return (
            node.op == "affine"
            and source is not None
            and source.op in ("conv2d", "depthwise_conv2d", "dense")
            and getattr(source.attributes, "activation", None) == LINEAR
            and graph.only_reader(source.name) is node
        )

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        source = graph.node(node.inputs[0])
        scale = node.constants["scale"].astype(np.float64)
        weights = source.constants["weights"].astype(np.float64)
        # The filters are the last axis of a depthwise convolution and the first elsewhere.
        if source.op == "depthwise_conv2d":
            weights = weights * scale
        else:
            weights = weights * scale.reshape(-1, *[1] * (weights.ndim - 1))
        bias = source.constants.get("bias", np.zeros_like(scale)) * scale
        constants = {
            "weights": weights.astype(np.float32),
            "bias": (bias + node.constants["offset"]).astype(np.float32),
        }
        assert isinstance(node.attributes, AffineAttributes)
        attributes: Any = source.attributes
        folded = replace(
            source,
            attributes=replace(attributes, activation=node.attributes.activation),
            constants=constants,
            layers=source.layers + node.layers,
        )
        return bypass_node(replace_node(graph, source, [folded]), node)
