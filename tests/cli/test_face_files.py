"""What the command needs to know of a face net is found in its file."""

from __future__ import annotations

import re

import numpy as np
import pytest
from toy_detector import bright_cells, toy_model

from micronets.models import RNNPoolFaceM4
from micronets.models.saved_detector import SavedDetector


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> str:
    """A small detector, saved."""
    path = tmp_path_factory.mktemp("faces") / "toy.keras"
    toy_model().save(path)
    return str(path)


@pytest.fixture
def images(tmp_path) -> str:
    """Pictures to calibrate it with."""
    cells = [(row, column) for row in range(6) for column in range(8)]
    np.save(tmp_path / "images.npy", np.stack([bright_cells(cell)[..., :1] for cell in cells]))
    return str(tmp_path / "images.npy")


def test_an_exported_detector_hands_out_boxes(micronets, toy, images, tmp_path, host):
    path = tmp_path / "toy.h"
    result = micronets("export", toy, "-o", path, "--int8", images, "--stream")
    assert result.exit_code == 0, result.stderr
    text = path.read_text(encoding="utf-8")
    assert "detect(const uint8_t* pixels" in text
    assert "read as value - 117.312" in text
    assert micronets("verify", toy, "--header", path, "--int8", images, "--stream").exit_code == 0


def test_a_detector_is_reported_and_verified(micronets, toy, host):
    assert "detect, 48 px every 16" in micronets("report", toy).stdout
    result = micronets("verify", toy, "--count", "2")
    assert result.exit_code == 0, result.stderr
    assert len(re.findall(r"agree on 2 images with \d+ detections", result.stdout)) == 2


def test_a_detector_is_measured(micronets, toy, cortex_m4):
    result = micronets("bench", toy, "--optimize", "-Os")
    assert result.exit_code == 0, result.stderr
    assert "cortex-m4" in result.stdout


def test_options_that_are_given_win(micronets, toy, tmp_path):
    path = tmp_path / "toy.h"
    arguments = ("--pixel-offset", "-100", "--pixel-scale", "0.5", "--class-name", "Mine")
    assert micronets("export", toy, "-o", path, *arguments).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert "class Mine {" in text
    assert "117.312" not in text


def test_our_own_nets_keep_their_class_names():
    net = RNNPoolFaceM4((40, 52, 1))
    assert SavedDetector(net.model, "saved").export_options()["class_name"] == "RNNPoolFaceM4"


def test_a_saved_net_finds_what_the_net_finds(rng):
    net = RNNPoolFaceM4((48, 64, 1))
    picture = rng.integers(0, 256, (60, 70, 3), dtype=np.uint8)
    expected, found = (
        net.detect(picture, 0.4),
        SavedDetector(net.model, "saved").detect(picture, 0.4),
    )
    assert len(expected) > 0
    np.testing.assert_array_equal(found.boxes, expected.boxes)
    np.testing.assert_array_equal(found.scores, expected.scores)
