"""Average precision: by hand, against loops, and what must not change it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micronets.detection.average_precision import average_precision, precision_recall
from micronets.detection.boxes import intersection_over_union
from micronets.detection.detections import Detections
from micronets.errors import DataError

_A, _B, _FAR = [0, 0, 20, 20], [40, 0, 60, 20], [200, 200, 220, 220]
_SMALL = [100, 100, 110, 110]


def _found(*pairs):
    boxes = np.array([box for box, _ in pairs], np.float32).reshape(-1, 4)
    return Detections(boxes, np.array([score for _, score in pairs], np.float32))


def _faces(*boxes):
    return np.array(boxes, np.float32).reshape(-1, 4)


def _ap_by_loops(detections, faces):
    """The area under the envelope, threshold by threshold, without shared code but the overlaps."""
    points = []
    for threshold in sorted({score for one in detections for score in one.scores.tolist()}):
        finds = alarms = 0
        for one, boxes in zip(detections, faces, strict=True):
            free = list(range(len(boxes)))
            for face in sorted(one, key=lambda face: -face.score):
                if face.score < threshold:
                    continue
                box = np.array([[face.left, face.top, face.right, face.bottom]], np.float32)
                overlaps = intersection_over_union(box, boxes)[0]
                best = max(free, key=lambda index: overlaps[index], default=None)
                if best is not None and overlaps[best] >= 0.5:
                    free.remove(best)
                    finds += 1
                else:
                    alarms += 1
        points.append((finds / sum(map(len, faces)), finds / (finds + alarms)))
    area = reached = 0.0
    for recall in sorted({recall for recall, _ in points}):
        best = max(precision for other, precision in points if other >= recall)
        area, reached = area + (recall - reached) * best, recall
    return area


def _random_case(seed):
    random = np.random.default_rng(seed)
    detections, faces = [], []
    for _ in range(4):
        low = random.uniform(0, 80, (random.integers(0, 5), 2))
        boxes = np.concatenate([low, low + random.uniform(10, 40, low.shape)], axis=1)
        faces.append(boxes.astype(np.float32))
        near = np.concatenate([boxes, boxes[:2]]) + random.normal(
            0, 4, (len(boxes[:2]) + len(boxes), 4)
        )
        scores = random.integers(1, 8, len(near)) / 8
        detections.append(_found(*zip(near, scores, strict=True)))
    return detections, faces


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_is_that_of_plain_loops_and_has_no_order_of_images(seed):
    detections, faces = _random_case(seed)
    value = average_precision(detections, faces)
    if not sum(map(len, faces)):
        assert math.isnan(value)
        return
    assert value == pytest.approx(_ap_by_loops(detections, faces))
    assert 0 <= value <= 1
    assert average_precision(detections[::-1], faces[::-1]) == pytest.approx(value)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_perfect_detections_score_one_and_false_ones_below_them_cost_nothing(seed):
    _, faces = _random_case(seed)
    faces = [*faces, _faces(_A)]
    perfect = [_found(*((box, 0.9) for box in boxes)) for boxes in faces]
    # Faces of one image may overlap; then each still finds itself first.
    assert average_precision(perfect, faces) == 1
    worse = [_found(*((box, 0.9) for box in boxes), (_FAR, 0.1)) for boxes in faces]
    assert average_precision(worse, faces) == 1


def test_half_of_the_faces_found_behind_a_false_alarm():
    result = precision_recall([_found((_FAR, 0.9), (_A, 0.8))], [_faces(_A, _B)])
    assert result.average_precision == pytest.approx(0.5 * 0.5)
    assert result.precision.tolist() == [0, 0.5]
    assert result.recall.tolist() == [0, 0.5]
    assert (result.faces, result.ignored) == (2, 0)
    assert result.at(0.8) == (0.5, 0.5)
    assert result.at(0.95) == (1, 0)


def test_second_detection_of_a_face_is_a_false_alarm():
    result = precision_recall([_found((_A, 0.9), (_A, 0.8), (_B, 0.7))], [_faces(_A, _B)])
    assert result.average_precision == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_equal_scores_count_together_whatever_their_order():
    faces = [_faces(_A)]
    for order in ([(_A, 0.5), (_FAR, 0.5)], [(_FAR, 0.5), (_A, 0.5)]):
        assert average_precision([_found(*order)], faces) == pytest.approx(0.5)


def test_small_faces_are_neither_to_be_found_nor_false_alarms():
    faces = [_faces(_A, _SMALL)]
    for found in (_found((_A, 0.5)), _found((_SMALL, 0.9), (_SMALL, 0.8), (_A, 0.5))):
        result = precision_recall([found], faces, smallest=16)
        assert result.average_precision == 1
        assert (result.faces, result.ignored) == (1, 1)
    assert average_precision([_found((_A, 0.5))], faces) == pytest.approx(0.5)


def test_the_shorter_side_makes_a_face_small():
    result = precision_recall([_found()], [_faces([0, 0, 15.9, 40], [0, 0, 16, 16])], smallest=16)
    assert (result.faces, result.ignored) == (1, 1)


def test_small_detection_of_nothing_is_a_false_alarm():
    found = [_found((_SMALL, 0.9), (_A, 0.5))]
    assert average_precision(found, [_faces(_A)], smallest=16) == pytest.approx(0.5)


def test_marked_faces_are_ignored():
    faces, marks = [_faces(_A, _B)], [np.array([False, True])]
    assert average_precision([_found((_B, 0.9), (_A, 0.8))], faces, marks) == 1


def test_a_face_to_be_found_comes_before_an_ignored_one():
    ignored = [1, 1, 21, 21]
    faces, marks = [_faces(_A, ignored)], [np.array([False, True])]
    assert average_precision([_found((ignored, 0.9))], faces, marks) == 1


def test_overlap_decides():
    # 20x20 moved by 6: 280 / 520 = 0.54; by 7: 260 / 540 = 0.48.
    assert average_precision([_found(([6, 0, 26, 20], 0.9))], [_faces(_A)]) == 1
    assert average_precision([_found(([7, 0, 27, 20], 0.9))], [_faces(_A)]) == 0
    assert average_precision([_found(([7, 0, 27, 20], 0.9))], [_faces(_A)], least_overlap=0.4) == 1


def test_nothing_found_scores_zero_and_nothing_to_find_is_no_number():
    assert average_precision([_found()], [_faces(_A)]) == 0
    assert math.isnan(average_precision([_found((_A, 0.5))], [_faces()]))
    assert math.isnan(average_precision([], []))


def test_lists_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"one entry per image\. Received: 1, 2, none"):
        average_precision([_found()], [_faces(), _faces()])
    with pytest.raises(DataError, match="image 0: 2 marks, 1 faces"):
        average_precision([_found()], [_faces(_A)], [np.array([True, False])])
