"""Which prior finds which face: against loops, against the reference, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_vectors import load_vectors

from micronets.detection.boxes import (
    centres_from_corners,
    corners_from_centres,
    decode,
    intersection_over_union,
)
from micronets.detection.matching import make_targets, match
from micronets.detection.priors import QVGA_PRIORS, make_priors


def _match_by_loops(boxes, priors):
    """S3FD's rules one prior and one face at a time."""
    overlaps = intersection_over_union(boxes, corners_from_centres(priors))
    face_of, overlap_of = {}, {}
    for prior in range(len(priors)):
        for face in range(len(boxes)):
            if prior not in face_of or overlaps[face, prior] > overlap_of[prior]:
                face_of[prior], overlap_of[prior] = face, overlaps[face, prior]
    enough = good = 0
    for face in range(len(boxes)):
        best = max(range(len(priors)), key=lambda prior, face=face: overlaps[face, prior])
        enough += overlaps[face, best] >= 0.35
        good += overlaps[face, best] >= 0.5
        face_of[best], overlap_of[best] = face, 2.0
    positive = {prior for prior, overlap in overlap_of.items() if overlap >= 0.35}
    maybe = [prior for prior, overlap in overlap_of.items() if 0.1 < overlap < 0.35]

    def rank(prior):
        middle = centres_from_corners(boxes[face_of[prior]])[:2]
        return -overlap_of[prior], np.square(middle - priors[prior, :2]).sum(), prior

    positive.update(sorted(maybe, key=rank)[: (enough + good) // 2])
    return {prior: face_of[prior] for prior in positive}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12))
def test_matches_are_those_of_plain_loops(seed, count):
    random = np.random.default_rng(seed)
    priors = make_priors(QVGA_PRIORS, (48, 64))
    centres = random.uniform(0, 1, (count, 2))
    half = random.uniform(0.02, 0.4, (count, 2)) / 2
    boxes = np.concatenate([centres - half, centres + half], axis=1).astype(np.float32)
    # Faces that share their best prior, and faces twice.
    boxes = np.concatenate([boxes, boxes[: count // 2] + np.float32(1e-3), boxes[:1]])
    labels, face = match(boxes, priors)
    chosen = {int(prior): int(face[prior]) for prior in np.flatnonzero(labels)}
    assert chosen == _match_by_loops(boxes, priors)


def test_matches_and_offsets_are_those_of_the_reference():
    golden = load_vectors("edgeml_multibox.npz")
    targets = [
        make_targets(golden[f"target{index}"][:, :4], golden["priors"]) for index in range(3)
    ]
    np.testing.assert_array_equal(np.stack(targets)[..., 4], golden["conf_t"])
    offsets = np.concatenate([one[one[:, 4] == 1, :4] for one in targets])
    np.testing.assert_allclose(offsets, golden["loc_t_pos"], atol=1e-4)


def test_last_of_faces_with_one_best_prior_gets_it():
    priors = np.array([[0.5, 0.5, 0.2, 0.2]], np.float32)
    boxes = np.array([[0.4, 0.4, 0.6, 0.6], [0.41, 0.41, 0.6, 0.6]], np.float32)
    for order in ([0, 1], [1, 0]):
        labels, face = match(boxes[order], priors)
        assert labels.tolist() == [1]
        assert face.tolist() == [1]


def test_tiny_face_gets_its_best_prior_however_little_they_overlap():
    priors = make_priors(QVGA_PRIORS, (240, 320))
    labels, face = match(np.array([[0.5, 0.5, 0.503, 0.504]], np.float32), priors)
    assert labels.sum() == 1
    assert face[labels == 1].tolist() == [0]


def test_scale_compensation_adds_the_priors_that_overlap_most():
    # Two faces that priors overlap fully: N = (2 + 2) // 2 = 2 of the three that overlap by less.
    priors = np.array(
        [[0.2, 0.2, 0.1, 0.1], [0.8, 0.8, 0.1, 0.1]]
        + [[0.2 + shift, 0.2, 0.1, 0.1] for shift in (0.055, 0.06, 0.07)]
    )
    labels, _ = match(corners_from_centres(priors[:2]), priors)
    assert labels.tolist() == [1, 1, 1, 1, 0]


def test_scale_compensation_adds_no_prior_that_overlaps_by_a_tenth_or_less():
    # Moved by 0.082 of 0.1 the overlap is 0.099, by 0.081 it is 0.105.
    for shift, wanted in ((0.082, 0), (0.081, 1)):
        exact = [[0.2, 0.2, 0.1, 0.1], [0.8, 0.8, 0.1, 0.1]]
        priors = np.array([*exact, [0.2 + shift, 0.2, 0.1, 0.1]])
        labels, _ = match(corners_from_centres(priors[:2]), priors)
        assert labels.tolist() == [1, 1, wanted]


@pytest.mark.parametrize("boxes", [np.empty((0, 4)), np.array([[0.5, 0.5, 0.5, 0.9]])])
def test_no_face_with_an_area_makes_all_priors_background(boxes):
    priors = make_priors(QVGA_PRIORS, (48, 64))
    assert not make_targets(boxes.astype(np.float32), priors).any()


def test_faces_without_an_area_do_not_move_the_numbers_of_others():
    priors = make_priors(QVGA_PRIORS, (48, 64))
    boxes = np.array([[0.3, 0.3, 0.3, 0.3], [0.2, 0.2, 0.5, 0.6]], np.float32)
    labels, face = match(boxes, priors)
    assert set(face[labels == 1]) == {1}


def test_targets_decode_to_the_faces(rng):
    priors = make_priors(QVGA_PRIORS, (240, 320))
    centres = rng.uniform(0.1, 0.9, (6, 2))
    half = rng.uniform(0.02, 0.08, (6, 2))
    boxes = np.concatenate([centres - half, centres + half], axis=1).astype(np.float32)
    targets = make_targets(boxes, priors)
    positive = targets[:, 4] == 1
    found = decode(targets[positive, :4], priors[positive])
    distance = np.abs(found[:, np.newaxis] - boxes).max(axis=2)
    assert distance.min(axis=1).max() < 1e-5
    assert set(distance.argmin(axis=1)) == set(range(6))


def test_of_priors_that_overlap_as_much_the_nearest_to_the_centre_comes_first():
    corner, middle, other = [0.25, 0.25], [0.5, 0.5], [0.25, 0.5]
    inside = [[*centre, 0.25, 0.25] for centre in (corner, other, middle)]
    priors = np.array([*inside, [0.9, 0.05, 0.05, 0.05]])
    # The second face, found well, makes N = (1 + 1) // 2; the first one's best prior is the first.
    boxes = np.concatenate([[[0.125, 0.125, 0.875, 0.875]], corners_from_centres(priors[3:])])
    labels, _ = match(boxes, priors)
    assert labels.tolist() == [1, 0, 1, 1]


def test_priors_on_ignored_faces_are_neither_faces_nor_background():
    priors = make_priors(QVGA_PRIORS, (48, 64))
    face, other = np.array([[0.1, 0.1, 0.4, 0.5]]), np.array([[0.6, 0.5, 0.9, 0.9]])
    both = make_targets(face, priors, np.concatenate([face, other]))
    overlaps = intersection_over_union(other, corners_from_centres(priors))[0]
    np.testing.assert_array_equal(both[both[:, 4] > 0], make_targets(face, priors)[both[:, 4] > 0])
    assert (both[:, 4] == 1).sum() == make_targets(face, priors)[:, 4].sum()
    assert (both[overlaps >= 0.15, 4] == -1).all()
    assert (both[both[:, 4] == -1, :4] == 0).all()
    none = make_targets(face, priors, np.empty((0, 4)))
    np.testing.assert_array_equal(none, make_targets(face, priors))
