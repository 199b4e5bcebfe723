"""From a float graph and the ranges of its tensors to an int8 graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from micronets.codegen.calibrate import Ranges
from micronets.codegen.graph import Graph, Node, Tensor
from micronets.codegen.numerics import LOWEST, Quantization, range_quantization
from micronets.codegen.ops import REGISTRY
from micronets.codegen.verifier import verify_graph


def lower_int8(graph: Graph, ranges: Ranges, pixel: tuple[float, float]) -> Graph:
    """Quantizes every tensor and every constant.

    Args:
        graph: The float graph after all passes.
        ranges: Lowest and highest value of each tensor.
        pixel: Scale and offset with which pixels 0..255 become the net's input: they fix its
            quantization, `code = pixel - 128`.
    """
    source = replace(graph.input, quantization=input_quantization(graph, pixel))
    tensors: dict[str, Tensor] = {source.name: source}
    nodes = []
    for node in graph.nodes:
        inputs = [tensors[name] for name in node.inputs]
        output = replace(node.output, quantization=_output(node, inputs, ranges))
        constants = REGISTRY[node.op].lower_s8(node, inputs, output)
        nodes.append(replace(node, output=output, constants=constants))
        tensors[node.name] = output
    lowered = replace(graph, input=source, nodes=tuple(nodes), input_scale=1.0, input_offset=0.0)
    return verify_graph(lowered, after="lower to int8")


def input_quantization(graph: Graph, pixel: tuple[float, float]) -> Quantization:
    """The input's codes are pixels less 128, whatever they mean."""
    scale = pixel[0] * graph.input_scale
    offset = pixel[1] * graph.input_scale + graph.input_offset
    zero_point = round(LOWEST - offset / scale) if scale > 0 else LOWEST
    return Quantization(abs(scale), int(np.clip(zero_point, LOWEST, -LOWEST - 1)))


def _output(node: Node, inputs: list[Tensor], ranges: Ranges) -> Quantization:
    lowest, highest = ranges[node.name]
    attributes: Any = node.attributes
    activation = getattr(attributes, "activation", None)
    if activation is not None and activation.ceiling is not None:
        # The saturation of int8 is then the clamp.
        lowest, highest = 0.0, min(highest, activation.ceiling)
    observed = range_quantization(lowest, highest)
    return REGISTRY[node.op].output_quantization(node, inputs, observed)
