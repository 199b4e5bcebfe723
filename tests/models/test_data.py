"""The digits, the scaling and the split."""

import numpy as np
import pytest

from micronets.data import load_digits, resize_images, stratified_split


def test_digits_are_the_same_every_time():
    (train_x, train_y), (test_x, test_y) = load_digits((24, 32))
    assert train_x.shape == (1438, 24, 32, 1)
    assert test_x.shape == (359, 24, 32, 1)
    assert train_x.dtype == np.float32
    assert train_x.min() == 0
    assert not train_x[:, :4].any()
    assert train_x.max() <= 1
    assert set(np.bincount(test_y)) == {35, 36, 37}
    again = load_digits((24, 32))
    assert np.array_equal(again[0][0], train_x)
    assert np.array_equal(again[1][1], test_y)
    assert train_y.dtype == np.int64


def test_digits_refuse_an_impossible_size():
    with pytest.raises(ValueError, match=r"at least \(1, 1\), received \(0, 8\)"):
        load_digits((0, 8))


def test_resize_keeps_constants_and_ramps():
    assert np.allclose(resize_images(np.full((2, 3, 5), 0.25), (7, 4)), 0.25)
    ramp = np.arange(8.0)[None, None, :].repeat(8, axis=1)
    scaled = resize_images(ramp, (8, 16))[0, 0]
    assert np.allclose(np.diff(scaled)[1:-1], 0.5)
    assert np.array_equal(resize_images(ramp, (8, 8)), ramp)


def test_resize_keeps_bytes_and_works_in_parts(monkeypatch):
    monkeypatch.setattr("micronets.data.resize._IMAGES_AT_ONCE", 2)
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 4), dtype=np.uint8)
    scaled = resize_images(images, (9, 9))
    assert scaled.dtype == np.uint8
    assert np.array_equal(scaled, np.rint(resize_images(images.astype(float), (9, 9))))


def test_resize_refuses_bad_arguments():
    with pytest.raises(ValueError, match=r"received \(4, 4\)"):
        resize_images(np.zeros((4, 4)), (8, 8))
    with pytest.raises(ValueError, match=r"received \(0, 8\)"):
        resize_images(np.zeros((1, 4, 4)), (0, 8))


def test_split_is_stratified_and_disjoint():
    labels = np.array([0] * 50 + [1] * 10 + [2])
    large, small = stratified_split(labels, 0.2)
    assert np.array_equal(np.sort(np.concatenate([large, small])), np.arange(61))
    assert list(np.bincount(labels[small])) == [10, 2]
    assert 60 in large
    assert not np.array_equal(small, stratified_split(labels, 0.2, seed=1)[1])


def test_split_refuses_bad_arguments():
    with pytest.raises(ValueError, match="between 0 and 1, received 1"):
        stratified_split(np.arange(3), 1)
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        stratified_split(np.eye(2), 0.5)
