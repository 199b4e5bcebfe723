"""Keras model to header to program: C++ answers what Keras answers, for floats and for pixels."""

from __future__ import annotations

import numpy as np
import pytest
from e2e_models import MODELS, ZOO, zoo_net
from header_batch import Answer, Case, assert_close, head_sizes, pixels_for, run_batch

from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.codegen.reports import labels_of

_IMAGES = 100
_KINDS = ("float", "uint8")

Batch = dict[tuple[str, str], tuple[Case, Answer]]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory, need_target) -> Batch:
    """All models in one program."""
    need_target("host")
    cases = {}
    for name, make in MODELS.items():
        # A scale and offset of one's own, where the model brings none with it.
        options = {} if name == "RescalingFirst" else {"pixel_scale": 1 / 128, "pixel_offset": -1}
        export = compile_model(make(), class_name=name, **options)
        shape = export.graph.input.shape
        pixels = pixels_for(shape, _IMAGES)
        floats = pixels.astype(np.float32) * (1 if options == {} else 1 / 64) - 2
        cases[name, "float"] = Case(export, floats)
        cases[name, "uint8"] = Case(export, pixels)
    folder = tmp_path_factory.mktemp("models")
    answers = run_batch(list(cases.values()), folder)
    return {key: (case, answer) for (key, case), answer in zip(cases.items(), answers, strict=True)}


def _as_keras_sees(case: Case) -> np.ndarray:
    if case.images.dtype != np.uint8:
        return case.images
    options = case.export.options
    return (case.images * options.pixel_scale + options.pixel_offset).astype(np.float32)


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("name", MODELS)
def test_header_answers_as_keras(name: str, kind: str, batch: Batch) -> None:
    case, answer = batch[name, kind]
    expected = [head.reshape(_IMAGES, -1) for head in case.export.reference(_as_keras_sees(case))]
    assert_close(answer.heads, expected, f"{name}, {kind}")
    assert (answer.labels == labels_of(expected[0], name == "SingleSigmoid")).all()


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("name", MODELS)
def test_python_twin_answers_as_the_header(name: str, kind: str, batch: Batch) -> None:
    case, answer = batch[name, kind]
    twin = case.export.predict(case.images)
    heads = twin if isinstance(twin, list) else [twin]
    assert_close(answer.heads, [head.reshape(_IMAGES, -1) for head in heads], f"{name}, {kind}")


@pytest.mark.parametrize("name", MODELS)
def test_outputs_differ_between_images(name: str, batch: Batch) -> None:
    """A net that answers the same to everything would agree with anything."""
    _, answer = batch[name, "float"]
    assert all(np.ptp(head, axis=0).max() > 1e-3 for head in answer.heads)


def test_heads_stand_in_the_order_of_the_model(batch: Batch) -> None:
    case, _ = batch["SeveralHeads", "float"]
    assert head_sizes(case.export) == [4, 1, 2 * 5 * 4, 5 * 5 * 4]


def test_single_sigmoid_is_a_label(batch: Batch) -> None:
    case, answer = batch["SingleSigmoid", "float"]
    assert set(answer.labels) == {0, 1}
    assert (answer.labels == (answer.heads[0][:, 0] >= 0.5)).all()
    assert (answer.labels == labels_of(case.export.reference(case.images)[0], True)).all()


def _verified(export: Export) -> None:
    shape = export.graph.input.shape
    rng = np.random.default_rng(1)
    pixels = pixels_for(shape, _IMAGES)
    for images in ((pixels / 255 + rng.normal(0, 0.01, pixels.shape)).astype(np.float32), pixels):
        report = export.verify(images)
        assert report.ok, str(report)
        assert len(report.labels) == _IMAGES
        # A net that answers the same to everything would agree with anything.
        assert np.ptp(report.outputs, axis=0).max() > 1e-3
        assert report.tolerance <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "batch_norm"])
@pytest.mark.parametrize("name", ZOO)
def test_zoo_net_agrees_with_keras(name: str, batch_norm: bool, need_target) -> None:
    need_target("host")
    _verified(compile_model(zoo_net(name, batch_norm)))


@pytest.mark.parametrize("name", ["OneOutput", "SingleSigmoid"])
def test_verify_counts_labels_as_the_header_does(name: str, need_target) -> None:
    """One value is a label only where it is a probability."""
    need_target("host")
    export = compile_model(MODELS[name](), class_name=name)
    assert export.verify(pixels_for(export.graph.input.shape, 20)).label_mismatches == 0


@pytest.mark.slow
def test_net_of_the_zoo_exports_itself(tmp_path, need_target) -> None:
    need_target("host")
    net = zoo_net("PicoMobileNet")
    export = net.export_cpp(tmp_path / "model.h")
    assert export.path == tmp_path / "model.h"
    assert (tmp_path / "model.h").read_text(encoding="utf-8") == export.header.text
    images = np.random.default_rng(0).random((10, 96, 96, 1), np.float32)
    assert_close([export.predict(images)], [net.predict(images)], "Net.predict")
    assert export.verify(images).ok
