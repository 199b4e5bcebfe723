"""Checks that a graph holds together; runs after every pass."""

from __future__ import annotations

import numpy as np

from micronets.codegen.graph import Graph, Node
from micronets.codegen.ops import REGISTRY
from micronets.errors import InternalError


def verify_graph(graph: Graph, after: str) -> Graph:
    """Returns the graph, or raises InternalError that names the pass and prints the graph."""
    problems = list(_problems(graph))
    if problems:
        raise InternalError(
            f"graph {graph.name!r} is broken after {after!r}: {'; '.join(problems)}.\n"
            f"This is a bug of micronets; please report it with this dump:\n{graph}"
        )
    return graph


def _problems(graph: Graph) -> list[str]:
    problems = []
    known = {graph.input.name}
    for node in graph.nodes:
        if node.name in known:
            problems.append(f"{node.name}: written twice")
        problems += [f"{node.name}: {name} unknown" for name in node.inputs if name not in known]
        known.add(node.name)
        if not problems:
            problems += _node_problems(graph, node)
    problems += [f"output {name} unknown" for name in graph.outputs if name not in known]
    read = {name for node in graph.nodes for name in node.inputs} | set(graph.outputs)
    problems += [f"{node.name}: nobody reads it" for node in graph.nodes if node.name not in read]
    return problems


def _node_problems(graph: Graph, node: Node) -> list[str]:
    op = REGISTRY.get(node.op)
    if op is None:
        return [f"{node.name}: unknown operator {node.op!r}"]
    inputs = graph.inputs_of(node)
    problems = []
    if op.input_count not in (None, len(inputs)):
        problems.append(f"{node.name}: {len(inputs)} inputs")
    shape = op.infer(node.attributes, inputs)
    if shape != node.output.shape:
        problems.append(f"{node.name}: shape {node.output.shape}, inferred {shape}")
    if min(node.output.shape) < 1:
        problems.append(f"{node.name}: empty shape {node.output.shape}")
    if node.output.quantization is not None:  # The operators define their own int8 constants.
        return problems
    expected = op.constant_shapes(node.attributes, inputs)
    for role, array in node.constants.items():
        if role not in expected or array.shape != expected[role]:
            problems.append(f"{node.name}: {role} {array.shape}, expected {expected.get(role)}")
        if array.dtype != np.float32:
            problems.append(f"{node.name}: {role} is {array.dtype}")
    return problems
