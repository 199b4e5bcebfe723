"""Branches that end soon run first, where less is held for less long."""

from __future__ import annotations

import numpy as np
from graph_text import parse_graph, random_images
from hypothesis import given, settings
from random_graphs import graphs

from micronets.codegen.graph import Graph
from micronets.codegen.interpreter import trace
from micronets.codegen.passes.order_nodes import order_nodes
from micronets.codegen.verifier import verify_graph


def names(graph: Graph) -> list[str]:
    return [node.name for node in graph.nodes]


def test_a_head_runs_as_soon_as_its_map_is_there() -> None:
    graph = parse_graph(
        """
        x = input 8x8x1 interleaved
        a = conv2d(x) [filters=9 window=(1, 1)]
        b = conv2d(a) [filters=9 window=(1, 1) stride=(2, 2)]
        c = conv2d(b) [filters=9 window=(1, 1)]
        norm = l2_norm(a)
        first = conv2d(norm) [filters=2 window=(1, 1)]
        second = conv2d(b) [filters=2 window=(1, 1)]
        return c, first, second
        """
    )
    # Nothing waits for the last two, which keep their order.
    assert names(order_nodes(graph)) == ["a", "norm", "first", "b", "c", "second"]


def test_heads_of_one_map_keep_their_order() -> None:
    graph = parse_graph(
        """
        x = input 8x8x1 interleaved
        a = conv2d(x) [filters=9 window=(1, 1)]
        trunk = conv2d(a) [filters=5 window=(1, 1)]
        loc = conv2d(a) [filters=4 window=(1, 1)]
        conf = conv2d(a) [filters=2 window=(1, 1)]
        end = conv2d(trunk) [filters=5 window=(1, 1)]
        return loc, conf, end
        """
    )
    ordered = order_nodes(graph)
    assert names(ordered) == ["a", "loc", "conf", "trunk", "end"]
    assert ordered.outputs == graph.outputs


def test_an_order_that_holds_no_less_stays() -> None:
    """The short branch is large, and the longer one would have to run beside it."""
    graph = parse_graph(
        """
        x = input 8x8x2
        a = conv2d(x) [filters=3 window=(1, 1)]
        b = conv2d(a) [filters=3 window=(1, 1)]
        c = conv2d(x) [filters=30 window=(1, 1)]
        d = concatenate(b, c)
        return d
        """
    )
    assert order_nodes(graph) is graph


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_any_order_gives_the_same_values(graph: Graph) -> None:
    ordered = verify_graph(order_nodes(graph), after="order nodes")
    assert sorted(names(ordered)) == sorted(names(graph))
    images = random_images(graph, 2)
    expected, actual = trace(graph, images), trace(ordered, images)
    for name, array in expected.items():
        np.testing.assert_array_equal(actual[name], array)
