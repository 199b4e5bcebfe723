"""Which node runs when: branches that end soon go first, where less is held for less long."""

from __future__ import annotations

from micronets.codegen.graph import Graph, Node


def order_nodes(graph: Graph) -> Graph:
    """Runs the head of a map as soon as the map is there, instead of behind all of the trunk.

    Keras sorts layers by their distance from the outputs, so that every head of a detector comes
    last and its map is held until then. Where another order holds no less, the graph stays as
    it is.
    """
    ordered = graph.with_nodes(_short_branches_first(graph))
    return ordered if _held(ordered) < _held(graph) else graph


def _short_branches_first(graph: Graph) -> list[Node]:
    """Of all nodes that can run, always the one on which the fewest others wait."""
    waiting = _waiting(graph)
    known, left = {graph.input.name}, list(graph.nodes)
    ordered: list[Node] = []
    while left:
        ready = [node for node in left if known.issuperset(node.inputs)]
        # The first of several: those keep their order.
        node = min(ready, key=lambda node: len(waiting[node.name]))
        left.remove(node)
        ordered.append(node)
        known.add(node.name)
    return ordered


def _waiting(graph: Graph) -> dict[str, set[str]]:
    """The nodes that need a tensor, directly or not, for every tensor."""
    names = [graph.input.name, *(node.name for node in graph.nodes)]
    waiting: dict[str, set[str]] = {name: set() for name in names}
    for node in reversed(graph.nodes):
        for name in node.inputs:
            waiting[name] |= {node.name} | waiting[node.name]
    return waiting


def _held(graph: Graph) -> tuple[int, int]:
    """Values that are held in the busiest step, and in all steps together."""
    last = {name: step for step, node in enumerate(graph.nodes) for name in node.inputs}
    last |= dict.fromkeys(graph.outputs, len(graph.nodes))
    held: dict[str, int] = {}
    totals = []
    for step, node in enumerate(graph.nodes):
        held[node.name] = node.output.size
        totals.append(sum(held.values()))
        held = {name: size for name, size in held.items() if last[name] > step}
    return max(totals, default=0), sum(totals)
