"""No pass changes what a net computes, on nets that nobody thought of."""

from __future__ import annotations

import numpy as np
import pytest
from graph_text import parse_graph, random_images
from header_batch import assert_close
from hypothesis import given, settings
from random_graphs import graph_texts

from micronets.codegen.interpreter import evaluate
from micronets.codegen.passes import FLOAT_PASSES, Pass, run_pass, run_passes

_EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True, database=None)

_TOLERANCE = 1e-4
"""Random nets multiply large numbers; folding rounds once where two were."""


@pytest.mark.parametrize("pass_", FLOAT_PASSES, ids=lambda pass_: pass_.name.replace(" ", "_"))
@_EXAMPLES
@given(text=graph_texts())
def test_pass_keeps_the_meaning(pass_: Pass, text: str) -> None:
    graph = parse_graph(text)
    images = random_images(graph, 2)
    assert_close(
        evaluate(run_pass(pass_, graph), images), evaluate(graph, images), pass_.name, _TOLERANCE
    )


@_EXAMPLES
@given(text=graph_texts())
def test_all_passes_keep_the_meaning_and_come_to_an_end(text: str) -> None:
    graph = parse_graph(text)
    result = run_passes(FLOAT_PASSES, graph)
    images = random_images(graph, 2)
    assert_close(evaluate(result, images), evaluate(graph, images), "all passes", _TOLERANCE)
    assert str(run_passes(FLOAT_PASSES, result)) == str(result)
    assert len(result.outputs) == len(graph.outputs)


@_EXAMPLES
@given(text=graph_texts())
def test_text_form_reads_back(text: str) -> None:
    graph = run_passes(FLOAT_PASSES, parse_graph(text))
    assert str(parse_graph(str(graph))) == str(graph)
    for node in graph.nodes:
        assert all(np.isfinite(array).all() for array in node.constants.values())
