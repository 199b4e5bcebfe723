"""A generated header finds in pictures of any size what its Python twin finds in the net's own."""

from __future__ import annotations

import numpy as np
import pytest
from toy_detector import SIZE, bright_cells, toy_box, toy_header

from micronets.data import grey_from_rgb
from micronets.detection.header_detector import HeaderDetector
from micronets.errors import ToolchainError, VerificationError


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """The toy detector as a header."""
    return toy_header(tmp_path_factory.mktemp("header") / "toy.h")


@pytest.fixture(scope="module")
def detector(export, need_target):
    """The header, compiled for this computer."""
    need_target("host")
    return HeaderDetector(export.header.text, export.class_name)


def test_knows_the_shape_of_its_input(detector):
    assert detector.input_shape == (*SIZE, 1)


def test_finds_what_the_twin_finds_to_the_bit(detector, export, rng):
    images = rng.integers(0, 256, (5, *SIZE, 3), dtype=np.uint8)
    images[0] = bright_cells((1, 1), (3, 6))
    for threshold in (0.01, 0.5):
        found = detector.detect(list(images), threshold)
        twin = export.detect(grey_from_rgb(images), threshold)
        assert sum(map(len, twin)) > 0
        for ours, theirs in zip(found, twin, strict=True):
            np.testing.assert_array_equal(ours.boxes, theirs.boxes)
            np.testing.assert_array_equal(ours.scores, theirs.scores)


def test_boxes_are_in_pixels_of_each_picture(detector):
    small, large = bright_cells((2, 3)), bright_cells((3, 4), scale=3)
    found = detector.detect([small, large])
    assert [faces.boxes.tolist() for faces in found] == [[toy_box(2, 3)], [toy_box(3, 4, scale=3)]]


def test_a_grey_picture_is_as_good(detector):
    (found,) = detector.detect([bright_cells((2, 3))[..., :1]])
    assert found.boxes.tolist() == [toy_box(2, 3)]


def test_no_pictures_have_no_faces(detector):
    assert detector.detect([]) == []


def test_a_header_without_detect_is_refused():
    with pytest.raises(VerificationError, match=r"Net has no detect\(\)"):
        HeaderDetector("class Net { int predict(); };", "Net")


def test_a_header_that_does_not_compile_is_a_clear_error(export, host):
    with pytest.raises(ToolchainError, match=r"net\.h"):
        HeaderDetector(export.header.text.replace("class ToyFace", "klass ToyFace"), "ToyFace")


def test_output_that_ends_too_early_is_noticed(detector):
    with pytest.raises(VerificationError, match="too few for 2 pictures"):
        detector._read(b"\x01\x00" + bytes(10), 2)
