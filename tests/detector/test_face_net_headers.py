"""Face nets as headers: L2Norm, max-out, RNNPool and heads together, boxes out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from header_batch import pixels_for
from keras_nets import randomise

from micronets.codegen.detector import Detector
from micronets.codegen.export import Export
from micronets.codegen.ops.detect_head import attributes_of, detector_heads
from micronets.detection.detections import Detections
from micronets.models.face import RNNPoolFaceM4

pytestmark = pytest.mark.slow

SHAPE = (56, 72, 1)


@pytest.fixture(scope="module")
def net() -> RNNPoolFaceM4:
    net = RNNPoolFaceM4(SHAPE)
    randomise(net.model, seed=1)
    return net


def export(net: RNNPoolFaceM4, tmp_path: Any, dtype: str = "int8", **options: Any) -> Export:
    if dtype == "int8":
        options["calibration"] = pixels_for(SHAPE, 4)
    return net.export_cpp(tmp_path / "face.h", dtype=dtype, **options)


@pytest.mark.parametrize(("dtype", "memory"), [("float32", "pingpong"), ("int8", "stream")])
def test_boxes_are_those_of_python(need_target, tmp_path, net, dtype: str, memory: str) -> None:
    need_target("host")
    compiled = export(net, tmp_path, dtype, memory=memory)
    result = compiled.verify(pixels_for(SHAPE, 3))
    assert result.ok, str(result)
    assert sum(map(len, result.found)) > 10


def test_float_header_finds_what_the_net_finds(net, tmp_path) -> None:
    compiled = export(net, tmp_path, "float32", max_candidates=400, max_detections=200)
    images = pixels_for(SHAPE, 3, seed=9)
    inputs = (images.astype(np.float32) + net.pixel_offset) * net.pixel_scale
    everything = zip(compiled.detect_all(images, 0.5), net.detect_inputs(inputs, 0.5), strict=True)
    for found, unclipped in everything:
        boxes = unclipped.clipped(SHAPE[:2]).boxes
        corners = np.floor(boxes + 0.5)
        inside = (corners[:, :2] < corners[:, 2:]).all(axis=1)
        expected = Detections(boxes[inside], unclipped.scores[inside])
        assert len(found) == len(expected) > 0
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)
        assert np.abs(found.boxes - expected.boxes).max() <= 1


def test_limits_are_options_of_the_export(net, tmp_path) -> None:
    def detector_of(**options: Any) -> Detector:
        compiled = export(net, tmp_path, **options)
        return attributes_of(detector_heads(compiled.graph)[0]).detector

    usual = detector_of()
    assert (usual.steps, usual.sides) == (net.priors.steps, net.priors.sides)
    assert (usual.max_detections, usual.max_candidates, usual.most_overlap) == (32, 128, 0.3)
    chosen = detector_of(max_detections=5, max_candidates=9, most_overlap=0.5)
    assert (chosen.max_detections, chosen.max_candidates, chosen.most_overlap) == (5, 9, 0.5)
    given = Detector((8, 8, 16, 16), (9, 9, 9, 9))
    assert detector_of(detector=given).sides == (9, 9, 9, 9)


def test_detector_may_be_left_out(net, tmp_path) -> None:
    raw = export(net, tmp_path, detector=None)
    assert not raw.is_detector
    assert [array.shape[1:] for array in raw.predict(pixels_for(SHAPE, 1))] == [(166, 4), (166, 2)]
    with pytest.raises(TypeError, match="max_detections"):
        export(net, tmp_path, detector=None, max_detections=3)
