"""Boxes on pictures: where the lines are, whose label is written, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from micronets.detection.drawing import FOUND, draw_boxes
from micronets.errors import DataError


def line_pixels(image: np.ndarray) -> np.ndarray:
    """Where a picture has the colour of the lines."""
    return (image == FOUND).all(axis=-1)


def test_a_line_runs_just_inside_its_box():
    image = np.full((60, 80, 3), 120, np.uint8)
    drawn = draw_boxes(image, np.array([[10, 20, 50, 45]], np.float32))
    expected = np.zeros((60, 80), bool)
    expected[20:45, 10:50] = True
    expected[21:44, 11:49] = False
    np.testing.assert_array_equal(line_pixels(drawn), expected)
    assert (image == 120).all()


def test_lines_grow_with_the_picture():
    boxes = np.array([[200, 200, 800, 700]], np.float32)
    column = line_pixels(draw_boxes(np.zeros((1000, 1200, 3), np.uint8), boxes))[:, 500]
    assert column.sum() == 10


def test_a_box_beyond_the_picture_is_cut_off():
    drawn = draw_boxes(np.zeros((30, 40, 1), np.uint8), np.array([[-9.0, -5, 99, 50]]))
    assert drawn.shape == (30, 40, 3)
    lines = line_pixels(drawn)
    assert lines[0].all() and lines[-1].all() and lines[:, 0].all() and lines[:, -1].all()
    assert not lines[1:-1, 1:-1].any()


@pytest.mark.parametrize("box", [[5, 5, 5, 5], [90, 90, 99, 99], [-9, -9, -2, -2]])
def test_a_box_of_which_nothing_is_left_is_no_error(box):
    drawn = draw_boxes(np.zeros((30, 40, 3), np.uint8), np.array([box]), np.array([0.5]))
    assert drawn.shape == (30, 40, 3)


def test_no_boxes_leave_the_picture_as_it_is(rng):
    image = rng.integers(0, 256, (7, 9, 3), dtype=np.uint8)
    drawn = draw_boxes(image, np.zeros((0, 4)), np.zeros(0))
    np.testing.assert_array_equal(drawn, image)


def test_a_score_stands_above_its_box_or_inside_at_the_top():
    blank = np.zeros((120, 160, 3), np.uint8)
    boxes = np.array([[40, 60, 100, 110], [10, 2, 80, 50]], np.float32)
    for box, above in zip(boxes, (True, False), strict=True):
        plain = draw_boxes(blank, box[np.newaxis])
        written = draw_boxes(blank, box[np.newaxis], np.array([0.87]))
        rows, columns = np.nonzero((plain != written).any(axis=-1))
        assert columns.min() >= box[0] - 1
        assert (rows.max() < box[1]) if above else (rows.min() >= box[1])


def test_of_two_scores_in_one_place_the_first_is_written():
    blank = np.zeros((120, 160, 3), np.uint8)
    boxes = np.array([[40, 60, 100, 110], [42, 61, 98, 108]], np.float32)
    both = draw_boxes(blank, boxes, np.array([0.9, 0.3]))
    only = draw_boxes(blank, boxes[:1], np.array([0.9]))
    np.testing.assert_array_equal(both[:59], only[:59])


@pytest.mark.parametrize(
    ("image", "boxes", "scores"),
    [
        (np.zeros((5, 5), np.uint8), np.zeros((1, 4)), None),
        (np.zeros((5, 5, 3), np.float32), np.zeros((1, 4)), None),
        (np.zeros((5, 5, 3), np.uint8), np.zeros(4), None),
        (np.zeros((5, 5, 3), np.uint8), np.full((1, 4), np.nan), None),
        (np.zeros((5, 5, 3), np.uint8), np.zeros((2, 4)), np.zeros(1)),
    ],
)
def test_other_shapes_are_refused(image, boxes, scores):
    with pytest.raises(DataError, match="Received"):
        draw_boxes(image, boxes, scores)
