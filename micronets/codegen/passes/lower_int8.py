"""From a float graph and the ranges of its tensors to an int8 graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from micronets.codegen.calibrate import Ranges
from micronets.codegen.graph import Graph, Node, Tensor
from micronets.codegen.numerics import HIGHEST, LOWEST, Quantization, range_quantization
from micronets.codegen.ops import REGISTRY
from micronets.codegen.verifier import verify_graph
from micronets.errors import QuantizationError


def lower_int8(graph: Graph, ranges: Ranges, pixel: tuple[float, float]) -> Graph:
    """Quantizes every tensor and every constant.

    Args:
        graph: The float graph after all passes.
        ranges: Lowest and highest value of each tensor.
        pixel: Scale and offset with which pixels 0..255 become the net's input: they fix its
            quantization, `code = pixel - 128`.
    """
    quantization, remainder = input_quantization(graph, pixel)
    source = replace(graph.input, quantization=quantization)
    tensors: dict[str, Tensor] = {source.name: source}
    nodes = []
    for node in graph.nodes:
        inputs = [tensors[name] for name in node.inputs]
        real = node
        if remainder and graph.input.name in node.inputs:
            real = REGISTRY[node.op].shifted(node, remainder)
        output = replace(node.output, quantization=_output(real, inputs, ranges))
        constants = REGISTRY[node.op].lower_s8(real, inputs, output)
        nodes.append(replace(node, output=output, constants=constants))
        tensors[node.name] = output
    lowered = replace(graph, input=source, nodes=tuple(nodes), input_scale=1.0, input_offset=0.0)
    return verify_graph(lowered, after="lower to int8")


def input_quantization(graph: Graph, pixel: tuple[float, float]) -> tuple[Quantization, float]:
    """The input's codes are pixels less 128, whatever they mean.

    Returns:
        The quantization, and what its code of 0 is off by: real 0 may lie between two pixels.

    Raises:
        QuantizationError: Larger pixels mean smaller numbers, or no pixel means about 0.
    """
    scale = pixel[0] * graph.input_scale
    offset = pixel[1] * graph.input_scale + graph.input_offset
    exact = LOWEST - offset / scale
    zero_point = round(exact)
    if scale < 0 or not LOWEST <= zero_point <= HIGHEST:
        raise QuantizationError(
            f"int8 reads a pixel as value * {scale:.6g} + {offset:.6g}; the factor must be above "
            "0 and some pixel from 0 to 255 must mean 0. Change pixel_scale and pixel_offset, or "
            "the Rescaling at the beginning of the model."
        )
    return Quantization(scale, zero_point), scale * (zero_point - exact)


def _output(node: Node, inputs: list[Tensor], ranges: Ranges) -> Quantization:
    lowest, highest = ranges[node.name]
    attributes: Any = node.attributes
    activation = getattr(attributes, "activation", None)
    if activation is not None and activation.ceiling is not None:
        # The saturation of int8 is then the clamp.
        lowest, highest = 0.0, min(highest, activation.ceiling)
    observed = range_quantization(lowest, highest)
    return REGISTRY[node.op].output_quantization(node, inputs, observed)
