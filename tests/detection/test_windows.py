"""Windows: of the right size, with faces where the boxes are, the same for the same seed."""

import dataclasses

import numpy as np
import pytest
from drawn_pictures import draw_picture, encode_picture

from micronets.data.camera import grey_from_rgb
from micronets.data.faces import FaceDataset
from micronets.data.image_files import open_files
from micronets.detection.augment import Augmentation
from micronets.detection.feed import InputForm, training_feed
from micronets.detection.priors import QVGA_PRIORS, make_priors
from micronets.detection.windows import GreyPictures, Windows, cut_window

SIZE = (48, 64)
# Geometry only.
PLAIN = Windows(frame=(96, 128), contrast=0.0, brightness=0.0, noise=0.0)
BOXES = np.array([[10, 20, 50, 70], [200, 100, 230, 140], [120, 10, 124, 13]], np.float32)


def _picture(boxes=BOXES, height=180, width=260):
    return grey_from_rgb(draw_picture(height, width, boxes))[..., 0]


def _cut(seed, how=PLAIN, boxes=BOXES, ignored=None, size=SIZE):
    marks = np.zeros(len(boxes), bool) if ignored is None else np.array(ignored)
    return cut_window(_picture(boxes), boxes, marks, size, np.random.default_rng(seed), how)


@pytest.mark.parametrize("seed", range(30))
def test_boxes_follow_the_faces(seed):
    cut = _cut(seed)
    assert cut.image.shape == (*SIZE, 1)
    assert cut.image.dtype == np.uint8
    assert cut.boxes.min() >= 0
    assert (cut.boxes.max(axis=0) <= [64, 48, 64, 48]).all()
    for left, top, right, bottom in np.rint(cut.boxes[~cut.ignored]).astype(int):
        inside = cut.image[top + 2 : bottom - 2, left + 2 : right - 2]
        assert inside.mean() > 190


def test_windows_show_a_face_unless_there_is_none():
    shown = [(~_cut(seed).ignored).any() for seed in range(40)]
    assert all(shown)
    none = _cut(0, boxes=np.empty((0, 4), np.float32))
    assert len(none.boxes) == len(none.ignored) == 0


def test_ignored_small_and_cut_faces_are_neither_found_nor_background():
    assert all(_cut(seed, ignored=[True] * 3).ignored.all() for seed in range(10))
    tiny = [
        cut.ignored[(cut.boxes[:, 2:] - cut.boxes[:, :2]).min(axis=1) < 6]
        for cut in map(_cut, range(40))
    ]
    assert sum(map(len, tiny)) > 0
    assert all(marks.all() for marks in tiny)
    large = dataclasses.replace(PLAIN, largest_face=400.0, least_scale=6.0, most_scale=6.0)
    assert all(_cut(seed, large, BOXES[:1]).ignored.all() for seed in range(5))


def test_large_faces_are_made_smaller():
    how = dataclasses.replace(PLAIN, least_scale=3.0, most_scale=3.0, largest_face=30.0)
    sides = [
        (cut.boxes[~cut.ignored][:, 2:] - cut.boxes[~cut.ignored][:, :2]).max(initial=0)
        for cut in (_cut(seed, how, BOXES[:1]) for seed in range(10))
    ]
    assert max(sides) == pytest.approx(30, abs=0.1)


def test_pictures_smaller_than_the_window_are_padded():
    how = dataclasses.replace(PLAIN, least_scale=0.25, most_scale=0.25, aspect=1.0)
    cut = _cut(3, how)
    assert (cut.image == 117).mean() > 0.6


def test_the_same_seed_cuts_the_same_and_pixels_change_only_if_asked():
    np.testing.assert_array_equal(_cut(1).image, _cut(1).image)
    assert not np.array_equal(_cut(1).image, _cut(2).image)
    changed = [
        _cut(seed, dataclasses.replace(PLAIN, contrast=0.5, brightness=50.0, noise=9.0))
        for seed in range(10)
    ]
    assert any(
        np.abs(c.image.astype(int) - _cut(s).image).max() > 20 for s, c in enumerate(changed)
    )
    mirrored = [_cut(seed, dataclasses.replace(PLAIN, mirror=1.0)).image for seed in (1, 2)]
    straight = [_cut(seed, dataclasses.replace(PLAIN, mirror=0.0)).image for seed in (1, 2)]
    for one, other in zip(mirrored, straight, strict=True):
        np.testing.assert_array_equal(one, other[:, ::-1])


@pytest.fixture
def dataset(tmp_path):
    for index in range(3):
        (tmp_path / f"{index}.png").write_bytes(encode_picture(draw_picture(60, 80, BOXES[:0])))
    names = ("0.png", "1.png", "2.png")
    boxes = (np.array([[20, 20, 52, 52], [2, 2, 30, 18]], np.float32),) * 3
    marks = (np.array([False, True]),) * 3
    return FaceDataset(open_files(tmp_path), names, names, boxes, marks)


def test_feeds_of_windows_mark_ignored_faces(dataset):
    form = InputForm(SIZE, 1, make_priors(QVGA_PRIORS, SIZE))
    how = Windows(frame=(60, 80), least_scale=0.7, most_scale=0.8)
    feed = training_feed(dataset, form, batch_size=3, augmentation=how)
    images, (targets, labels) = next(iter(feed.batches))
    assert images.shape == (3, *SIZE, 1)
    np.testing.assert_array_equal(targets[..., 4:], labels)
    assert set(np.unique(labels)) == {-1, 0, 1}
    assert not targets.numpy()[labels.numpy()[..., 0] != 1][:, :4].any()


def test_colours_need_another_augmentation(dataset):
    form = InputForm(SIZE, 3, make_priors(QVGA_PRIORS, SIZE))
    with pytest.raises(ValueError, match="use an Augmentation"):
        training_feed(dataset, form, batch_size=3, augmentation=Windows())
    assert training_feed(dataset, form, batch_size=3, augmentation=Augmentation()).steps == 1


def test_pictures_are_decoded_once_as_long_as_there_is_room(dataset, monkeypatch):
    reads = []
    read = type(dataset.files).read
    monkeypatch.setattr(
        type(dataset.files), "read", lambda self, name: reads.append(name) or read(self, name)
    )
    pictures = GreyPictures(dataset, most_bytes=2 * 60 * 80)
    for index in (0, 1, 2, 0, 1, 2):
        assert pictures[index][0].shape == (60, 80)
    assert reads == ["0.png", "1.png", "2.png", "2.png"]
