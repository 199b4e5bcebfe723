"""Bottlenecks and the heads of face nets, in whole maps and by rows, through the whole compiler."""

from __future__ import annotations

import numpy as np
import pytest
from e2e_models import MODELS
from header_batch import images_for, pixels_for

from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model


def export_of(name: str, dtype: str, memory: str) -> Export:
    model = MODELS[name]()
    pixels = pixels_for(tuple(model.input_shape[1:]), 16)
    calibration = pixels if dtype == "int8" else None
    return compile_model(
        model, class_name=name, dtype=dtype, memory=memory, calibration=calibration
    )


@pytest.mark.parametrize("memory", ["pingpong", "stream"])
@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("name", ["Bottlenecks", "FaceHeads"])
def test_header_equals_its_twin(name: str, dtype: str, memory: str, need_target) -> None:
    need_target("host")
    export = export_of(name, dtype, memory)
    report = export.verify(pixels_for(export.graph.input.shape, 4))
    assert report.ok, report
    if dtype == "int8":
        assert report.max_difference == 0


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4"])
@pytest.mark.parametrize("memory", ["pingpong", "stream"])
def test_face_heads_give_the_same_codes_on_chips(memory: str, target: str, need_target) -> None:
    need_target(target)
    export = export_of("FaceHeads", "int8", memory)
    report = export.verify(pixels_for(export.graph.input.shape, 2), target=target)
    assert report.ok, report
    assert report.max_difference == 0


def test_heads_keep_the_order_of_their_priors() -> None:
    """Keras is the judge: head after head, row by row, four offsets of a prior together."""
    model, images = MODELS["FaceHeads"](), images_for((19, 26, 1), 2)
    export = compile_model(model, class_name="Heads")
    for actual, expected in zip(export.predict(images), model(images), strict=True):
        np.testing.assert_allclose(actual, expected.numpy(), atol=1e-4)
