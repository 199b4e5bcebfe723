"""How many detections two detectors share."""

import numpy as np

from micronets.detection.agreement import detection_agreement
from micronets.detection.detections import Detections

FACE = [10, 10, 30, 30]
NEAR = [12, 10, 32, 30]
FAR = [60, 10, 80, 30]


def _found(*rows):
    return Detections([box for box, _ in rows], [score for _, score in rows])


def test_equal_detections_agree():
    found = [_found((FACE, 0.9), (FAR, 0.7)), _found((FACE, 0.6))]
    result = detection_agreement(found, found)
    assert (result.matched, result.counted, result.excluded) == (6, 6, 0)
    assert result.share == 1


def test_moved_ones_agree_and_missing_ones_do_not():
    result = detection_agreement([_found((FACE, 0.9), (FAR, 0.9))], [_found((NEAR, 0.8))])
    assert (result.matched, result.counted) == (2, 3)
    assert str(result) == "66.7% of 3 detections agree, 0 near the threshold left out"


def test_scores_near_the_threshold_are_partners_but_need_none():
    result = detection_agreement([_found((FACE, 0.53))], [_found((FACE, 0.49), (FAR, 0.51))])
    assert (result.matched, result.counted, result.excluded) == (1, 1, 2)


def test_what_scores_less_is_nothing():
    result = detection_agreement([_found((FACE, 0.9), (FAR, 0.3))], [_found((FACE, 0.3))])
    assert (result.matched, result.counted, result.excluded) == (0, 1, 0)


def test_nothing_agrees_with_nothing():
    empty = [Detections(np.empty((0, 4)), np.empty(0))]
    assert detection_agreement(empty, empty).share == 1
    assert detection_agreement([], []).share == 1
