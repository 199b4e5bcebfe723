"""Random Keras models of supported layers: import, passes, schedule, header, program = Keras."""

from __future__ import annotations

import numpy as np
import pytest
from header_batch import Case, assert_close, run_batch
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import batches
from random_models import random_model

from micronets.codegen.pipeline import compile_model

_NETS = 20
_IMAGES = 4

_BATCHES = batches(2)


@pytest.mark.slow
# Keras warns of a softmax over one channel, which random nets have.
@pytest.mark.filterwarnings("ignore:(?s).*axis has size 1:UserWarning")
@_BATCHES
@given(seeds=st.lists(st.integers(0, 10**9), min_size=_NETS, max_size=_NETS, unique=True))
def test_header_computes_what_keras_computes(
    tmp_path_factory: pytest.TempPathFactory, need_target, seeds: list[int]
) -> None:
    need_target("host")
    models = [random_model(seed) for seed in seeds]
    cases = []
    for number, (model, _) in enumerate(models):
        export = compile_model(model, class_name=f"Net{number}", pixel_scale=1 / 100)
        rng = np.random.default_rng(number)
        shape = (_IMAGES, *export.graph.input.shape)
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        floats = rng.normal(0, 1, shape).astype(np.float32)
        cases.append(Case(export, pixels if number % 3 == 0 else floats))
    answers = run_batch(cases, tmp_path_factory.mktemp("keras"))
    for (_, recipe), case, answer in zip(models, cases, answers, strict=True):
        images = case.images
        if images.dtype == np.uint8:
            images = (images / np.float32(100)).astype(np.float32)
        expected = [head.reshape(_IMAGES, -1) for head in case.export.reference(images)]
        assert_close(answer.heads, expected, f"the net\n{recipe}\n")
