"""Runs a graph in numpy: the reference that the generated code is compared with."""

from __future__ import annotations

import numpy as np

from micronets.codegen.graph import FloatArray, Graph
from micronets.codegen.numerics import Int8Array
from micronets.codegen.ops import REGISTRY


def trace(graph: Graph, x: FloatArray) -> dict[str, FloatArray]:
    """Evaluates all nodes.

    Args:
        graph: The net.
        x: Inputs `(batch, *graph.input.shape)`.

    Returns:
        Every tensor by name, with the batch axis in front.
    """
    scale, offset = np.float32(graph.input_scale), np.float32(graph.input_offset)
    values = {graph.input.name: x.astype(np.float32) * scale + offset}
    for node in graph.nodes:
        inputs = [values[name] for name in node.inputs]
        values[node.name] = REGISTRY[node.op].evaluate(node.attributes, inputs, node.constants)
    return values


def evaluate(graph: Graph, x: FloatArray, batch: int = 64) -> list[FloatArray]:
    """Evaluates the outputs, a few images at a time.

    Args:
        graph: The net.
        x: Inputs `(count, *graph.input.shape)`.
        batch: Images at a time, which bounds the memory.

    Returns:
        One array `(count, *shape)` per head.
    """
    parts = [trace(graph, x[start : start + batch]) for start in range(0, len(x), batch)]
    return [np.concatenate([part[name] for part in parts]) for name in graph.outputs]


def trace_codes(graph: Graph, codes: Int8Array) -> dict[str, Int8Array]:
    """Evaluates all nodes of an int8 graph, to the bit.

    Args:
        graph: A graph that was lowered to int8.
        codes: Inputs `(batch, *graph.input.shape)`.

    Returns:
        The codes of every tensor by name, with the batch axis in front.
    """
    values = {graph.input.name: codes}
    for node in graph.nodes:
        inputs = [values[name] for name in node.inputs]
        values[node.name] = REGISTRY[node.op].evaluate_s8(node, graph.inputs_of(node), inputs)
    return values


def evaluate_codes(graph: Graph, codes: Int8Array, batch: int = 64) -> list[Int8Array]:
    """The codes of the outputs of an int8 graph, one array `(count, *shape)` per head."""
    parts = [trace_codes(graph, codes[i : i + batch]) for i in range(0, len(codes), batch)]
    return [np.concatenate([part[name] for part in parts]) for name in graph.outputs]
