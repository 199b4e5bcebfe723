"""From a net's outputs to faces in pixels."""

import numpy as np
import pytest

from micronets.detection.boxes import corners_from_centres, encode
from micronets.detection.detections import Detections, face_scores, find_detections
from micronets.detection.priors import QVGA_PRIORS, make_priors
from micronets.errors import DataError

_SIZE = (48, 64)
_PRIORS = make_priors(QVGA_PRIORS, _SIZE)


def _outputs_of(faces):
    """Offsets and logits of a net that sees faces {prior: (pixels, logit)} and nothing else."""
    offsets = np.zeros((len(_PRIORS), 4), np.float32)
    logits = np.tile(np.array([5, -5], np.float32), (len(_PRIORS), 1))
    for prior, (box, logit) in faces.items():
        shares = np.array(box, np.float32) / [64, 48, 64, 48]
        offsets[prior] = encode(shares, _PRIORS[prior])
        logits[prior] = 0, logit
    return offsets, logits


def test_finds_the_faces_that_the_net_sees_in_pixels_best_first():
    weak, strong = (3, 5, 13, 18), (30, 20, 45, 41)
    outputs = _outputs_of({10: (weak, 1.0), 20: (strong, 3.0), 21: (strong, 2.0)})
    found = find_detections(*outputs, _PRIORS, _SIZE, threshold=0.5)
    np.testing.assert_allclose(found.boxes, [strong, weak], atol=1e-4)
    np.testing.assert_allclose(found.scores, 1 / (1 + np.exp([-3.0, -1.0])), rtol=1e-6)
    assert len(found) == 2


def test_boxes_are_in_pixels_of_the_image_asked_for():
    outputs = _outputs_of({10: ((3, 5, 13, 18), 1.0)})
    found = find_detections(*outputs, _PRIORS, (96, 320))
    np.testing.assert_allclose(found.boxes, [[15, 10, 65, 36]], atol=1e-4)
    small = find_detections(*outputs, _PRIORS, _SIZE)
    np.testing.assert_allclose(small.scaled(_SIZE, (96, 320)).boxes, found.boxes, atol=1e-4)


def test_threshold_counts_scores_that_reach_it():
    outputs = _outputs_of({10: ((3, 5, 13, 18), 0.0)})
    assert len(find_detections(*outputs, _PRIORS, _SIZE, threshold=0.5)) == 1
    assert len(find_detections(*outputs, _PRIORS, _SIZE, threshold=0.5001)) == 0


def test_image_without_faces_has_no_detections():
    found = find_detections(*_outputs_of({}), _PRIORS, _SIZE)
    assert len(found) == 0
    assert list(found) == []
    assert found.boxes.shape == (0, 4)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_net_gone_wrong_crashes_nothing(value):
    offsets = np.full((len(_PRIORS), 4), value, np.float32)
    logits = np.tile(np.array([0, 5], np.float32), (len(_PRIORS), 1))
    assert len(find_detections(offsets, logits, _PRIORS, _SIZE)) == 0
    offsets[7] = 0
    assert len(find_detections(offsets, logits, _PRIORS, _SIZE)) == 1
    assert len(find_detections(offsets, np.full_like(logits, np.nan), _PRIORS, _SIZE)) == 0


def test_iterating_gives_boxes_with_scores():
    found = Detections(np.array([[1, 2, 3, 4], [5, 6, 7, 8]]), np.array([0.75, 0.5]))
    first, second = found
    assert (first.left, first.top, first.right, first.bottom, first.score) == (1, 2, 3, 4, 0.75)
    assert second.score == 0.5
    assert [face.score for face in found.above(0.6)] == [0.75]


def test_clipping_cuts_boxes_at_the_borders():
    found = Detections(np.array([[-5, -1, 70, 50], [1, 2, 3, 4]]), np.array([0.9, 0.8]))
    assert found.clipped((48, 64)).boxes.tolist() == [[0, 0, 64, 48], [1, 2, 3, 4]]


def test_shapes_that_do_not_fit_are_refused():
    offsets, _ = _outputs_of({})
    with pytest.raises(DataError, match=r"logits \(120, 2\).*Received: \(120, 4\), \(120, 3\)"):
        find_detections(offsets, np.zeros((120, 3)), _PRIORS, _SIZE)
    with pytest.raises(DataError, match="2 boxes, 1 scores"):
        Detections(np.zeros((2, 4)), np.zeros(1))


def test_scores_are_the_softmax_and_never_overflow():
    logits = np.array([[1.0, 3.0], [1e4, 0], [0, 1e4], [-1e4, -1e4]])
    expected = [np.exp(3) / (np.exp(1) + np.exp(3)), 0, 1, 0.5]
    np.testing.assert_allclose(face_scores(logits), expected)


def test_priors_in_the_test_cover_the_image():
    corners = corners_from_centres(_PRIORS)
    assert corners.min() <= 0
    assert corners.max() >= 1
