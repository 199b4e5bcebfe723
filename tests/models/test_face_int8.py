"""int8 exports of face nets that were given no pictures to calibrate with."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from micronets.detection.calibration import drawn_calibration
from micronets.models import RNNPoolFaceM4


@pytest.mark.parametrize("size", [(240, 320), (48, 64), (15, 15), (64, 20)])
def test_drawn_pictures_fit_the_net_and_have_faces(size):
    pictures = drawn_calibration(size)
    assert pictures.shape[1:] == (*size, 1)
    assert pictures.dtype == np.uint8
    assert len(pictures) >= 16
    assert pictures.std() > 20
    np.testing.assert_array_equal(pictures, drawn_calibration(size))


def test_a_face_net_is_exported_without_pictures_and_without_pillow(tmp_path, monkeypatch):
    net = RNNPoolFaceM4((48, 64, 1))
    given = net.export_cpp(
        tmp_path / "given.h", dtype="int8", calibration=drawn_calibration((48, 64))
    )
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert (
        net.export_cpp(tmp_path / "face.h", dtype="int8").header.text.replace("face.h", "given.h")
        == given.header.text
    )


def test_pictures_that_are_given_win(tmp_path, rng):
    net = RNNPoolFaceM4((48, 64, 1))
    noise = rng.integers(0, 256, (4, 48, 64, 1), dtype=np.uint8)
    text = net.export_cpp(tmp_path / "noise.h", dtype="int8", calibration=noise).header.text
    net.calibration = noise
    own = net.export_cpp(tmp_path / "noise.h", dtype="int8").header.text
    assert own == text
    net.calibration = None
    assert net.export_cpp(tmp_path / "noise.h", dtype="int8").header.text != text
