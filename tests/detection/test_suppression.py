"""Greedy suppression against loops and the reference, and what it promises."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_vectors import load_vectors

from micronets.detection.boxes import decode, intersection_over_union
from micronets.detection.nms import MOST_DETECTIONS, suppress

_seeds = st.integers(0, 2**32 - 1)


def _random_case(seed, count=60):
    random = np.random.default_rng(seed)
    low = random.uniform(0, 0.6, (count, 2))
    boxes = np.concatenate([low, low + random.uniform(0.05, 0.4, (count, 2))], axis=1)
    # Few values, so that scores are equal.
    return boxes.astype(np.float32), (random.integers(1, 20, count) / 20).astype(np.float32)


def _suppress_by_loops(boxes, scores, most_overlap):
    """Keep a box unless one already kept overlaps it by more."""
    overlaps = intersection_over_union(boxes.astype(float), boxes.astype(float))
    kept = []
    for index in sorted(range(len(scores)), key=lambda index: (-scores[index], index)):
        if all(overlaps[index, other] <= most_overlap for other in kept):
            kept.append(index)
    return kept


@settings(max_examples=50, deadline=None)
@given(seed=_seeds, most_overlap=st.sampled_from([0.0, 0.25, 0.31, 0.7]))
def test_keeps_what_plain_loops_keep(seed, most_overlap):
    boxes, scores = _random_case(seed)
    kept = suppress(boxes, scores, most_overlap=most_overlap)
    assert kept.tolist() == _suppress_by_loops(boxes, scores, most_overlap)


@settings(max_examples=50, deadline=None)
@given(seed=_seeds)
def test_no_two_kept_boxes_overlap_much_and_every_other_has_a_better_neighbour(seed):
    boxes, scores = _random_case(seed)
    kept = suppress(boxes, scores, most_overlap=0.3)
    overlaps = intersection_over_union(boxes, boxes)
    pairs = overlaps[np.ix_(kept, kept)] - np.eye(len(kept))
    assert pairs.max() <= 0.3 + 1e-6
    assert (np.diff(scores[kept]) <= 0).all()
    for other in set(range(len(boxes))) - set(kept.tolist()):
        assert any(
            overlaps[other, index] > 0.3 - 1e-6 and scores[index] >= scores[other] for index in kept
        )


def test_keeps_what_the_reference_keeps():
    golden = load_vectors("edgeml_multibox.npz")
    scores, expected = golden["det_in_prob"][0, :, 1], golden["det_out"]
    chosen = np.flatnonzero(scores > 0.05)
    boxes = decode(golden["det_in_loc"][0, chosen], golden["priors"][chosen])
    kept = suppress(boxes, scores[chosen])
    found = np.column_stack([scores[chosen][kept], boxes[kept]])
    np.testing.assert_array_equal(found[:, 0], expected[:, 0])
    # The reference takes equal scores in the order of an unstable sort. The last score is cut by
    # the limit of 750, so there even which boxes are kept is open.
    last = found[-1, 0]
    for score in np.unique(found[:, 0]):
        ours, theirs = (table[table[:, 0] == score] for table in (found, expected))
        if score != last:
            ours, theirs = (table[np.lexsort(table.T)] for table in (ours, theirs))
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert len(found) == len(expected) == MOST_DETECTIONS


def test_limits_keep_the_best():
    boxes, scores = _random_case(1)
    everything = suppress(boxes, scores, most_overlap=0.3)
    assert (
        suppress(boxes, scores, most_overlap=0.3, most_kept=3).tolist() == everything[:3].tolist()
    )
    few = np.argsort(-scores, kind="stable")[:10]
    assert suppress(boxes, scores, most_candidates=10).tolist() == [
        int(few[index]) for index in suppress(boxes[few], scores[few])
    ]


def test_box_that_overlaps_by_just_the_limit_stays():
    boxes = np.array([[0, 0, 4, 2], [2, 0, 4, 2], [0, 0, 4, 1.9]], np.float32)
    assert suppress(boxes, np.array([3, 2, 1]), most_overlap=0.5).tolist() == [0, 1]


def test_nothing_is_kept_of_nothing():
    assert suppress(np.empty((0, 4), np.float32), np.empty(0)).tolist() == []


def test_boxes_without_area_are_no_problem():
    boxes = np.zeros((3, 4), np.float32)
    assert suppress(boxes, np.array([0.1, 0.3, 0.2])).tolist() == [1, 2, 0]
