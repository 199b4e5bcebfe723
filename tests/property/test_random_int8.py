"""Random int8 nets: what the host and the chips compute is what Python computes, to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graph_text import parse_graph
from header_batch import (
    Case,
    assert_same_codes,
    export_graph_s8,
    images_for,
    pixels_for,
    run_batch,
)
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import batches, graph_texts
from random_models import random_model

from micronets.codegen.pipeline import compile_model

_COUNT = 25
_IMAGES = 2
_PIXELS = (0.02, -1.0)

# The first example that hypothesis draws is the smallest one there is; the others are random.
_BATCH = batches(3)

# Rows of up to 13 pixels and 9 filters fill the register tiles of the kernels and leave rests.
_NETS = graph_texts(largest_side=13, most_filters=9)
_TINY_NETS = graph_texts(largest_side=5, most_filters=4)


def _check(texts: list[str], folder: Path, target: str, *, floats: bool = True, **build) -> None:
    """Every third net reads floats."""
    cases = []
    for number, text in enumerate(texts):
        export = export_graph_s8(parse_graph(text), f"Net{number}", _PIXELS)
        make = images_for if floats and number % 3 == 0 else pixels_for
        cases.append(Case(export, make(export.graph.input.shape, _IMAGES, number)))
    answers = run_batch(cases, folder, target, **build)
    for text, case, answer in zip(texts, cases, answers, strict=True):
        assert_same_codes(case, answer, f"the net\n{text}\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "build"),
    [
        ("host", {"optimize": "-O1", "warnings": True, "standard": "c++11"}),
        ("host-clang", {"optimize": "-O2", "warnings": True}),
        ("host", {"optimize": "-O0", "sanitize": True}),
    ],
    ids=["gcc", "clang", "sanitized"],
)
@_BATCH
@given(texts=st.lists(_NETS, min_size=_COUNT, max_size=_COUNT))
def test_random_graphs_on_the_host(
    tmp_path_factory: pytest.TempPathFactory, need_target, target: str, build, texts: list[str]
) -> None:
    need_target(target)
    _check(texts, tmp_path_factory.mktemp("random"), target, **build)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55", "rv32"])
@_BATCH
@given(texts=st.lists(_NETS, min_size=_COUNT, max_size=_COUNT))
def test_random_graphs_on_chips(
    tmp_path_factory: pytest.TempPathFactory, need_target, target: str, texts: list[str]
) -> None:
    need_target(target)
    _check(texts, tmp_path_factory.mktemp("chip"), target, optimize="-O2")


# The micro:bit's Cortex-M0 faults on what is not aligned; the larger board above forgives it.
@pytest.mark.slow
@pytest.mark.parametrize("target", ["avr", "cortex-m0-microbit"])
@_BATCH
@given(texts=st.lists(_TINY_NETS, min_size=6, max_size=6))
def test_tiny_random_graphs_on_small_boards(
    tmp_path_factory: pytest.TempPathFactory, need_target, target: str, texts: list[str]
) -> None:
    need_target(target)
    _check(texts, tmp_path_factory.mktemp("board"), target, floats=False, optimize="-Os")


@pytest.mark.slow
# Keras warns of a softmax over one channel, which random nets have.
@pytest.mark.filterwarnings("ignore:(?s).*axis has size 1:UserWarning")
@_BATCH
@given(seeds=st.lists(st.integers(0, 10**9), min_size=_COUNT, max_size=_COUNT, unique=True))
def test_random_keras_nets(
    tmp_path_factory: pytest.TempPathFactory, need_target, seeds: list[int]
) -> None:
    need_target("host")
    cases, recipes = [], []
    for number, seed in enumerate(seeds):
        model, recipe = random_model(seed)
        shape = tuple(model.input_shape[1:])
        export = compile_model(
            model,
            class_name=f"Net{number}",
            pixel_scale=1 / 100,
            dtype="int8",
            calibration=pixels_for(shape, 8, number),
        )
        floats = np.random.default_rng(number).normal(0, 1, (_IMAGES, *shape)).astype(np.float32)
        cases.append(Case(export, floats if number % 3 == 0 else pixels_for(shape, _IMAGES)))
        recipes.append(recipe)
    answers = run_batch(cases, tmp_path_factory.mktemp("keras"))
    for case, answer, recipe in zip(cases, answers, recipes, strict=True):
        assert_same_codes(case, answer, recipe)
