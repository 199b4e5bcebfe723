"""A pass: find a place, rewrite it, until there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from micronets.codegen.graph import Graph, Node
from micronets.codegen.verifier import verify_graph
from micronets.errors import InternalError


class Pass:
    """Base class; a pass changes no meaning."""

    name: ClassVar[str]

    def match(self, graph: Graph, node: Node) -> bool:
        """True where `rewrite` applies to the node."""
        raise NotImplementedError

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        """The graph without this place."""
        raise NotImplementedError


def run_pass(pass_: Pass, graph: Graph) -> Graph:
    """Applies a pass until nothing matches any more."""
    limit = 4 * len(graph.nodes) + 4
    for _ in range(limit):
        node = next((node for node in graph.nodes if pass_.match(graph, node)), None)
        if node is None:
            return graph
        graph = verify_graph(pass_.rewrite(graph, node), after=pass_.name)
    raise InternalError(f"pass {pass_.name!r} does not come to an end on:\n{graph}")


def run_passes(passes: Sequence[Pass], graph: Graph) -> Graph:
    """Applies passes in order."""
    for pass_ in passes:
        graph = run_pass(pass_, graph)
    return graph
