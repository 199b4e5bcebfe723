"""Random graphs through passes, schedule, memory plan, templates and the host's compiler."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graph_text import parse_graph
from header_batch import Case, assert_close, export_graph, images_for, pixels_for, run_batch
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import batches, graph_texts

_NETS = 20
"""Nets of one program: nearly all of the time goes into the kernels, which they share."""

_TOLERANCE = 1e-4
"""Random weights are not normalised: sums cancel, and orders of summation show."""

_PIXELS = (0.02, -1.0)

_BATCHES = batches(2)


def _case(text: str, number: int) -> Case:
    export = export_graph(parse_graph(text), f"Net{number}", pixels=_PIXELS)
    shape = export.graph.input.shape
    images = pixels_for if number % 3 == 0 else images_for
    return Case(export, images(shape, 2, number))


def _expected(case: Case) -> list[np.ndarray]:
    images = case.images.astype(np.float32)
    if case.images.dtype == np.uint8:
        images = images * np.float32(_PIXELS[0]) + np.float32(_PIXELS[1])
    return case.export.reference(images)


def _check(texts: list[str], folder: Path, **build: object) -> None:
    cases = [_case(text, number) for number, text in enumerate(texts)]
    answers = run_batch(cases, folder, **build)
    for text, case, answer in zip(texts, cases, answers, strict=True):
        assert_close(answer.heads, _expected(case), f"the net\n{text}\n", _TOLERANCE)


@pytest.mark.slow
@_BATCHES
@given(texts=st.lists(graph_texts(), min_size=_NETS, max_size=_NETS))
def test_header_computes_the_graph(
    tmp_path_factory: pytest.TempPathFactory, need_target, texts: list[str]
) -> None:
    need_target("host")
    _check(texts, tmp_path_factory.mktemp("random"), warnings=True, standard="c++11")


@pytest.mark.slow
@_BATCHES
@given(texts=st.lists(graph_texts(), min_size=_NETS, max_size=_NETS))
def test_header_stays_inside_its_memory(
    tmp_path_factory: pytest.TempPathFactory, need_target, texts: list[str]
) -> None:
    need_target("host")
    _check(texts, tmp_path_factory.mktemp("sanitized"), sanitize=True, optimize="-O0")
