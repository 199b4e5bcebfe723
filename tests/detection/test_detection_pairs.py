"""Faces of two detectors are matched once each, those that overlap most first."""

from __future__ import annotations

import numpy as np

from micronets.detection.detections import Detections
from micronets.detection.pairs import Pair, pair_detections


def found(*boxes: tuple[float, float, float, float]) -> Detections:
    return Detections(np.array(boxes).reshape(-1, 4), np.linspace(0.9, 0.6, len(boxes)))


def test_nearest_boxes_are_one_face():
    first = found((0, 0, 10, 10), (20, 0, 30, 10), (50, 0, 60, 10))
    second = found((21, 0, 31, 10), (0, 0, 10, 10), (80, 0, 90, 10))
    pairs = pair_detections(first, second)
    assert [(pair.first, pair.second) for pair in pairs] == [(0, 1), (1, 0), (2, None), (None, 2)]
    np.testing.assert_allclose([pair.overlap for pair in pairs], [1, 9 / 11, 0, 0])


def test_a_face_is_matched_once_with_the_one_that_it_overlaps_most():
    first = found((0, 0, 10, 10), (1, 0, 11, 10))
    assert pair_detections(first, found((1, 0, 11, 10))) == [Pair(0, None), Pair(1, 0, 1.0)]


def test_half_an_overlap_is_not_enough():
    first, second = found((0, 0, 10, 10)), found((0, 0, 10, 5))
    assert pair_detections(first, second) == [Pair(0, None), Pair(None, 0)]
    assert pair_detections(first, second, least=0.49) == [Pair(0, 0, 0.5)]


def test_detectors_that_found_nothing():
    assert pair_detections(found(), found()) == []
    assert pair_detections(found((0, 0, 1, 1)), found()) == [Pair(0, None)]
    assert pair_detections(found(), found((0, 0, 1, 1))) == [Pair(None, 0)]
