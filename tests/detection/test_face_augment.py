"""Augmentations move boxes with their pixels, keep the size asked for, and follow their seed."""

import numpy as np
import pytest
from drawn_pictures import draw_picture
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from micronets.detection.augment import (
    FILTERS,
    Augmentation,
    augment,
    distort_colours,
    mirror,
    pad_to_aspect,
    paste_on_canvas,
    reduce_faces,
    resize,
)
from micronets.detection.pixels import MEAN_RGB

_SIZE = (60, 80)
_sides = st.integers(8, 150)
_seeds = st.integers(0, 2**32 - 1)


def _random_case(seed, height, width, count=3):
    random = np.random.default_rng(seed)
    low = np.floor(random.uniform(0, 0.6, (count, 2)) * [width, height])
    high = low + np.ceil(random.uniform(0.1, 0.4, (count, 2)) * [width, height])
    boxes = np.concatenate([low, high], axis=1).astype(np.float32)
    return draw_picture(height, width, boxes, seed), boxes, random


def _is_inside(boxes, image):
    height, width = image.shape[:2]
    return (boxes[:, :2] >= -1e-3).all() and (boxes[:, 2:] <= [width + 1e-3, height + 1e-3]).all()


@settings(max_examples=40, deadline=None)
@given(seed=_seeds, height=_sides, width=_sides)
def test_all_together_give_pictures_of_the_size_and_boxes_inside(seed, height, width):
    image, boxes, _ = _random_case(seed, height, width)
    before = image.copy(), boxes.copy()
    results = [augment(image, boxes, _SIZE, np.random.default_rng(seed)) for _ in range(2)]
    for changed, moved in results:
        assert changed.shape == (*_SIZE, 3)
        assert changed.dtype == np.uint8
        assert moved.shape == boxes.shape
        assert _is_inside(moved, changed)
        assert (moved[:, 2:] > moved[:, :2]).all()
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(boxes, before[1])


def test_boxes_stay_on_their_faces():
    # Colours stay, so that the patch is far lighter than all around it.
    how = Augmentation(largest_face=12, distort=0)
    for seed in range(40):
        random = np.random.default_rng(seed)
        left, top = random.integers(0, 60, 2)
        box = np.array([[left, top, left + 30, top + 30]], np.float32)
        image = np.zeros((90 + seed, 160 - seed, 3), np.uint8)
        image[top : top + 30, left : left + 30] = 255
        changed, (moved,) = augment(image, box, _SIZE, random, how)
        x, y = np.rint((moved[:2] + moved[2:]) / 2).astype(int)
        middle = changed[min(y, 59), min(x, 79)].mean()
        assert middle > 215
        left, top, right, bottom = np.clip(np.rint(moved).astype(int), 0, [80, 60, 80, 60])
        light = changed[..., 1] > 200
        assert light[top:bottom, left:right].mean() > 0.6
        light[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = False
        assert not light.any()


def test_with_no_faces_all_still_works(rng):
    image = draw_picture(50, 70, np.empty((0, 4)))
    changed, boxes = augment(image, np.empty((0, 4), np.float32), _SIZE, rng)
    assert changed.shape == (*_SIZE, 3)
    assert boxes.shape == (0, 4)


@settings(max_examples=30, deadline=None)
@given(seed=_seeds, height=_sides, width=_sides)
def test_mirroring_twice_changes_nothing(seed, height, width):
    image, boxes, _ = _random_case(seed, height, width)
    once = mirror(image, boxes)
    twice = mirror(*once)
    np.testing.assert_array_equal(twice[0], image)
    np.testing.assert_array_equal(twice[1], boxes)
    for (left, top, right, bottom), other in zip(
        boxes.astype(int), once[1].astype(int), strict=True
    ):
        patch = once[0][other[1] : other[3], other[0] : other[2]]
        np.testing.assert_array_equal(patch[:, ::-1], image[top:bottom, left:right])


@settings(max_examples=60, deadline=None)
@given(seed=_seeds, height=_sides, width=_sides)
def test_padding_reaches_the_aspect_ratio_within_the_slack(seed, height, width):
    image, boxes, random = _random_case(seed, height, width)
    padded, moved = pad_to_aspect(image, boxes, _SIZE, random, slack=5)
    np.testing.assert_array_equal(moved, boxes)
    np.testing.assert_array_equal(padded[:height, :width], image)
    assert padded.shape[0] == height or padded.shape[1] == width
    assert (padded[height:] == MEAN_RGB).all()
    assert (padded[:, width:] == MEAN_RGB).all()
    down = padded.shape[0] - padded.shape[1] * 60 / 80
    across = padded.shape[1] - padded.shape[0] * 80 / 60
    assert min(abs(down), abs(across)) <= 5.5


def test_padding_misses_the_aspect_ratio_by_every_number_up_to_the_slack():
    image, boxes, random = _random_case(0, 40, 100)
    heights = {pad_to_aspect(image, boxes, (80, 80), random, 3)[0].shape[0] for _ in range(200)}
    assert heights == set(range(97, 104))
    assert pad_to_aspect(image[:, :43], boxes, (80, 80), random, 3)[0].shape == (40, 43, 3)


@settings(max_examples=40, deadline=None)
@given(seed=_seeds, height=_sides, width=_sides)
def test_the_largest_face_becomes_as_large_as_asked_for(seed, height, width):
    image, boxes, _ = _random_case(seed, height, width)
    sides = boxes[:, 2:] - boxes[:, :2]
    largest = np.sqrt(sides.prod(axis=1).max())
    reduced, moved = reduce_faces(image, boxes, 10.0)
    after = np.sqrt((moved[:, 2:] - moved[:, :2]).prod(axis=1).max())
    if largest <= 10:
        np.testing.assert_array_equal(reduced, image)
    else:
        # Sizes of pictures are whole pixels.
        assert after == pytest.approx(10, rel=0.6 / min(reduced.shape[:2]))
        assert _is_inside(moved, reduced)


@settings(max_examples=40, deadline=None)
@given(seed=_seeds, height=_sides, width=_sides)
def test_small_pictures_are_pasted_whole_onto_larger_ones(seed, height, width):
    image, boxes, random = _random_case(seed, height, width)
    canvas, moved = paste_on_canvas(image, boxes, _SIZE, random)
    if height >= 60 and width >= 80:
        np.testing.assert_array_equal(canvas, image)
        return
    assert canvas.shape[0] >= 60
    assert canvas.shape[1] >= 80
    assert canvas.shape[0] / canvas.shape[1] == pytest.approx(height / width, rel=0.02)
    left, top = (moved - boxes)[0, :2].astype(int)
    np.testing.assert_array_equal(moved - boxes, np.tile([left, top, left, top], (3, 1)))
    np.testing.assert_array_equal(canvas[top : top + height, left : left + width], image)
    outside = np.ones(canvas.shape[:2], bool)
    outside[top : top + height, left : left + width] = False
    assert (canvas[outside] == MEAN_RGB).all()


@pytest.mark.parametrize("name", FILTERS)
def test_scaling_is_that_of_pillow_and_takes_boxes_along(name, rng):
    image = rng.integers(0, 256, (30, 50, 3)).astype(np.uint8)
    scaled, boxes = resize(image, np.array([[5, 3, 10, 9]], np.float32), _SIZE, name)
    expected = Image.fromarray(image).resize((80, 60), Image.Resampling[name])
    np.testing.assert_array_equal(scaled, np.asarray(expected))
    np.testing.assert_allclose(boxes, [[8, 6, 16, 18]])


def test_colours_change_within_their_bounds():
    # Grey has no hue and no saturation: only brightness and contrast can change it.
    grey = np.full((4, 4, 3), 100, np.uint8)
    values = [int(distort_colours(grey, np.random.default_rng(s), 1.0)[0, 0, 0]) for s in range(99)]
    assert 86 <= min(values) < 95
    assert 105 < max(values) <= 113
    halves = np.repeat(np.array([80, 120], np.uint8), 24).reshape(4, 4, 3)
    colour = np.tile(np.array([120, 80, 80], np.uint8), (2, 2, 1))
    spans = [[], []]
    for seed in range(300):
        for span, image in zip(spans, (halves, colour), strict=True):
            changed = distort_colours(image, np.random.default_rng(seed), 1.0)
            span.append(int(changed.max()) - int(changed.min()))
    # Brightness alone keeps a difference of 40 within 35 and 45, contrast within half and 1.5 of
    # it, and saturation does the same to colours once more.
    assert min(spans[0]) < 25
    assert 55 < max(spans[0]) <= 69
    assert min(spans[1]) < 15
    assert 75 < max(spans[1]) <= 104
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 200
    reds = [distort_colours(red, np.random.default_rng(s), 1.0)[0, 0] for s in range(99)]
    assert len({tuple(one) for one in reds}) > 90


def test_colours_stay_where_nothing_is_to_change(rng):
    image = draw_picture(8, 9, np.empty((0, 4)))
    np.testing.assert_array_equal(distort_colours(image, rng, 0.0), image)
    half = [distort_colours(image, np.random.default_rng(seed), 0.5) for seed in range(100)]
    # Four changes, each as often made as not: 1 in 16 pictures stays.
    assert 1 <= sum(np.array_equal(one, image) for one in half) <= 15


def test_settings_turn_changes_off(rng):
    image, boxes, _ = _random_case(3, 60, 80)
    still = Augmentation(distort=0, reduce=0, mirror=0)
    for _ in range(5):
        changed, moved = augment(image, boxes, _SIZE, rng, still)
        np.testing.assert_array_equal(changed, image)
        np.testing.assert_array_equal(moved, boxes)
    turned, _ = augment(image, boxes, _SIZE, rng, Augmentation(distort=0, reduce=0, mirror=1))
    np.testing.assert_array_equal(turned, image[:, ::-1])
