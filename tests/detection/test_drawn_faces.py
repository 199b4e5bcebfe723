"""Drawn faces: exact boxes, the same pictures for the same seed, nobody hidden."""

from __future__ import annotations

import numpy as np
import pytest

from micronets.data import cartoon, draw_faces
from micronets.detection.boxes import intersection_over_union
from micronets.errors import DataError


def test_a_face_fills_its_box_and_nothing_else(monkeypatch, rng):
    whole = cartoon.make_figure(rng)
    white = np.full(3, 255.0)
    faces = [part for part in whole if (part.across, part.down) == (0.5, 0.5)]
    assert [(part.x, part.y) for part in faces] == [(0.5, 0.5)]
    bare = cartoon.Ellipse(0.5, 0.5, 0.5, 0.5, white, faces[0].softness)
    monkeypatch.setattr(cartoon, "make_figure", lambda random: [bare])
    for left, top, width, height in [(5, 7, 12, 15), (0, 0, 40, 52), (30, 20, 33, 40)]:
        canvas = np.zeros((64, 80, 3), np.float32)
        cartoon.paint_figure(canvas, (left, top, left + width, top + height), rng)
        rows, columns = np.nonzero(canvas.max(axis=-1) > 1)
        assert (columns.min(), rows.min()) == (left, top)
        assert (columns.max() + 1, rows.max() + 1) == (left + width, top + height)


def test_no_pixel_beyond_the_reach_of_a_figure_changes(rng):
    canvas = np.zeros((200, 200, 3), np.float32)
    cartoon.paint_figure(canvas, (80, 70, 120, 120), rng)
    rows, columns = np.nonzero(canvas.any(axis=-1))
    before_x, before_y, after_x, after_y = cartoon.REACH
    assert columns.min() >= 80 - before_x * 40
    assert rows.min() >= 70 - round(before_y * 50)
    assert columns.max() < 120 + after_x * 40
    assert rows.max() < 120 + round(after_y * 50)


def test_a_picture_depends_on_seed_and_index_alone():
    first = draw_faces(3, (96, 128), sides=(12, 40), seed=4)
    more = draw_faces(5, (96, 128), sides=(12, 40), seed=4)
    other = draw_faces(3, (96, 128), sides=(12, 40), seed=5)
    for index in range(3):
        np.testing.assert_array_equal(first[index].image, more[index].image)
        np.testing.assert_array_equal(first[index].boxes, more[index].boxes)
        assert (first[index].image != other[index].image).any()
    np.testing.assert_array_equal(more.take([4, 2])[1].image, first[2].image)
    assert (more[3].image != more[4].image).any()


def test_boxes_lie_inside_apart_and_within_the_limits():
    dataset = draw_faces(40, (120, 160), faces=(0, 4), sides=(12, 40), seed=1)
    counts = [len(boxes) for boxes in dataset.boxes]
    assert min(counts) == 0
    assert max(counts) > 2
    for boxes in dataset.boxes:
        assert (boxes >= 0).all()
        assert (boxes <= [160, 120, 160, 120]).all()
        sides = boxes[:, 2:] - boxes[:, :2]
        assert ((sides[:, 0] >= 12) & (sides[:, 0] <= 40)).all()
        assert (sides[:, 1] > sides[:, 0]).all()
        overlaps = intersection_over_union(boxes, boxes)
        assert np.array_equal(overlaps, np.eye(len(boxes)))


def test_no_face_is_hidden_behind_a_figure(rng):
    """Of all figures only its own paints on a face."""
    dataset = draw_faces(12, faces=(3, 5), seed=2)
    checked = 0
    for boxes in dataset.boxes:
        covered = np.zeros((240, 320), int)
        for box in boxes.astype(int).tolist():
            canvas = np.full((240, 320, 3), -1e3, np.float32)
            cartoon.paint_figure(canvas, tuple(box), rng)
            covered += (canvas != -1e3).any(axis=-1)
        for left, top, right, bottom in boxes.astype(int):
            assert (covered[top:bottom, left:right] <= 1).all()
            checked += 1
    assert checked > 25


def test_every_picture_can_be_read_and_has_contrast():
    dataset = draw_faces(4, (96, 128), sides=(16, 40))
    dataset.check_pictures()
    for example in dataset:
        assert example.image.shape == (96, 128, 3)
        assert example.image.std() > 10


def test_a_picture_that_is_not_there_is_an_error():
    with pytest.raises(DataError, match=r"no 'drawn_9\.png' among the drawn faces, seed 0"):
        draw_faces(2).files.read("drawn_9.png")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": -1}, "must not be negative"),
        ({"faces": (3, 1)}, r"faces=\(3, 1\)"),
        ({"sides": (0, 10)}, r"sides=\(0, 10\)"),
        ({"size": (60, 80)}, "too large for pictures"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments, words):
    with pytest.raises(DataError, match=words):
        draw_faces(**{"count": 1, **arguments})
