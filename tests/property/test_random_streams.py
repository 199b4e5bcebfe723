"""Random nets as streams of rows: the same bits as with whole maps, in one program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graph_text import parse_graph
from header_batch import (
    Case,
    export_graph,
    export_graph_s8,
    images_for,
    pixels_for,
    run_batch,
)
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import batches, folding_texts, graph_texts

_COUNT = 12
_PIXELS = (0.02, -1.0)

_BATCH = batches(3)
_TEXTS = st.one_of(graph_texts(largest_side=13, most_filters=9), folding_texts())
_NETS = st.lists(_TEXTS, min_size=_COUNT, max_size=_COUNT)


def _check(texts: list[str], folder: Path, target: str, *, is_int8: bool, **build) -> None:
    """Every net with whole maps, as one segment, and cut into segments in any two ways."""
    make = export_graph_s8 if is_int8 else export_graph
    cases = []
    for number, text in enumerate(texts):
        images_of = images_for if number % 3 == 0 else pixels_for
        graph = parse_graph(text)
        images = images_of(graph.input.shape, 2, number)
        for way, cut in enumerate((None, 0, 2 * number + 1, 2 * number + 2)):
            export = make(graph, f"Net{number}Way{way}", pixels=_PIXELS, cut=cut)
            cases.append(Case(export, images))
    answers = run_batch(cases, folder, target, **build)
    for number, text in enumerate(texts):
        whole, *streams = answers[4 * number : 4 * number + 4]
        for rows in streams:
            np.testing.assert_array_equal(rows.labels, whole.labels, err_msg=text)
            for one, other in zip(whole.heads, rows.heads, strict=True):
                np.testing.assert_array_equal(
                    other.view(np.uint8), one.view(np.uint8), err_msg=text
                )


@pytest.mark.slow
@pytest.mark.parametrize("is_int8", [True, False], ids=["int8", "float32"])
@pytest.mark.parametrize(
    ("target", "build"),
    [
        ("host", {"optimize": "-O1", "warnings": True, "standard": "c++11"}),
        ("host", {"optimize": "-O0", "sanitize": True}),
        ("host-m32", {"optimize": "-O2"}),
        ("cortex-m4", {"optimize": "-O2"}),
        ("cortex-m55", {"optimize": "-Os"}),
    ],
    ids=["gcc", "sanitized", "m32", "m4", "m55"],
)
@_BATCH
@given(texts=_NETS)
def test_streams_equal_whole_maps(
    tmp_path_factory: pytest.TempPathFactory,
    need_target,
    target: str,
    build,
    is_int8: bool,
    texts: list[str],
) -> None:
    need_target(target)
    _check(texts, tmp_path_factory.mktemp("nets"), target, is_int8=is_int8, **build)
