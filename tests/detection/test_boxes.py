"""Overlaps against loops, and offsets there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micronets.detection.boxes import (
    centres_from_corners,
    corners_from_centres,
    decode,
    encode,
    intersection_over_union,
)

# float32 keeps seven digits; offsets divide by variances and take a logarithm.
_TOLERANCE = 1e-4

_seeds = st.integers(0, 2**32 - 1)


def _random_boxes(random: np.random.Generator, count: int) -> np.ndarray:
    low = random.uniform(0, 0.9, (count, 2))
    return np.concatenate([low, low + random.uniform(0.01, 0.5, (count, 2))], axis=1)


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes, from the definition."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = width * height if width > 0 and height > 0 else 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / union


@settings(max_examples=30, deadline=None)
@given(seed=_seeds)
def test_overlaps_are_those_of_the_definition(seed):
    random = np.random.default_rng(seed)
    first, second = _random_boxes(random, 7), _random_boxes(random, 5)
    expected = [[_overlap(a, b) for b in second] for a in first]
    np.testing.assert_allclose(intersection_over_union(first, second), expected, atol=1e-12)


def test_overlap_is_symmetric_and_one_with_itself(rng):
    boxes = _random_boxes(rng, 9)
    overlaps = intersection_over_union(boxes, boxes)
    np.testing.assert_array_equal(overlaps, overlaps.T)
    np.testing.assert_allclose(np.diag(overlaps), 1)


def test_boxes_without_area_or_with_swapped_corners_overlap_nothing():
    boxes = np.array([[1, 1, 1, 1], [2, 2, 0, 0], [0, 0, 2, 2]], np.float32)
    overlaps = intersection_over_union(boxes, boxes)
    assert overlaps[2, 2] == 1
    assert overlaps.sum() == 1


def test_no_boxes_have_no_overlaps(rng):
    assert intersection_over_union(np.empty((0, 4)), _random_boxes(rng, 3)).shape == (0, 3)
    assert intersection_over_union(_random_boxes(rng, 3), np.empty((0, 4))).shape == (3, 0)


@settings(max_examples=50, deadline=None)
@given(seed=_seeds, kind=st.sampled_from([np.float32, np.float64]))
def test_decoding_undoes_encoding(seed, kind):
    random = np.random.default_rng(seed)
    boxes = _random_boxes(random, 20).astype(kind)
    priors = centres_from_corners(_random_boxes(random, 20)).astype(kind)
    offsets = encode(boxes, priors)
    assert offsets.dtype == kind
    np.testing.assert_allclose(decode(offsets, priors), boxes, atol=1e-5)
    np.testing.assert_allclose(
        encode(decode(offsets, priors), priors), offsets, atol=_TOLERANCE * 50
    )


def test_centres_undo_corners(rng):
    boxes = _random_boxes(rng, 20)
    np.testing.assert_allclose(corners_from_centres(centres_from_corners(boxes)), boxes)


def test_offsets_are_tenths_of_the_prior_and_fifths_of_the_logarithm():
    prior = np.array([[0.5, 0.5, 0.2, 0.4]])
    np.testing.assert_allclose(encode(np.array([[0.4, 0.3, 0.6, 0.7]]), prior), 0, atol=1e-12)
    wider = np.array([[0.52 - 0.2, 0.1, 0.52 + 0.2, 0.9]])
    expected = [[0.02 / 0.2 / 0.1, 0, np.log(2) / 0.2, np.log(2) / 0.2]]
    np.testing.assert_allclose(encode(wider, prior), expected, atol=1e-12)


@pytest.mark.parametrize("value", [1e4, -1e4, np.inf, -np.inf])
def test_offsets_of_a_net_gone_wrong_do_not_overflow(value):
    prior = np.array([[0.5, 0.5, 0.1, 0.1]], np.float32)
    offsets = np.array([[0, 0, value, value]], np.float32)
    assert np.isfinite(decode(offsets, prior)).all()
