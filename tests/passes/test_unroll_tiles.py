"""Which nets' convolutions take more pairs of channels a turn, and that nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graph_text import parse_graph
from test_pad_rows import int8_graph

from micronets.codegen.graph import Graph
from micronets.codegen.passes.unroll_tiles import MANY_PRODUCTS, unroll_tiles

_SIDE = 43


def _net(filters: int) -> str:
    """Of `43 * 43 * (9 * 2 * 8 + 8 * filters)` products in convolutions, and others elsewhere."""
    return f"""
        x = input {_SIDE}x{_SIDE}x2
        a = conv2d(x) [window=(3, 3) padding=(1, 1, 1, 1) filters=8]
        b = conv2d(a) [window=(1, 1) filters={filters}]
        c = depthwise_conv2d(b) [window=(3, 3)]
        d = dense(c) [units=10]
        return d
        """


def _unrolled(graph: Graph) -> list[int]:
    convolutions: list[Any] = [node.attributes for node in graph.nodes if node.op == "conv2d"]
    return [attributes.unrolled for attributes in convolutions]


def test_nets_with_many_products_get_the_longer_loop_everywhere() -> None:
    few, many = int8_graph(_net(32)), int8_graph(_net(33))
    assert _SIDE**2 * (144 + 8 * 32) < MANY_PRODUCTS <= _SIDE**2 * (144 + 8 * 33)
    assert unroll_tiles(few) is few
    assert _unrolled(few) == [2, 2]
    assert _unrolled(unroll_tiles(many)) == [8, 8]


def test_nothing_else_changes() -> None:
    graph = int8_graph(_net(40))
    for before, after in zip(graph.nodes, unroll_tiles(graph).nodes, strict=True):
        attributes: Any = after.attributes
        if before.op == "conv2d":
            attributes = replace(attributes, unrolled=2)
        assert str(replace(after, attributes=attributes)) == str(before)
        assert all(after.constants[role] is before.constants[role] for role in before.constants)


def test_float_nets_stay_as_they_are() -> None:
    graph = parse_graph(_net(40))
    assert unroll_tiles(graph) is graph
