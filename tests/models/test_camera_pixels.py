"""Grey and colours from a camera's pixels, over all there are."""

from __future__ import annotations

import numpy as np
import pytest

from micronets import grey_from_rgb, grey_from_rgb565, rgb_from_rgb565

_ALL = np.arange(65536, dtype=np.uint16)


def test_white_black_and_greys_are_themselves() -> None:
    levels = np.arange(256, dtype=np.uint8)
    grey = grey_from_rgb(np.stack([levels] * 3, axis=-1))
    assert grey.shape == (256, 1)
    assert (grey[:, 0] == levels).all()
    assert grey_from_rgb565(np.array([0, 65535], np.uint16)).tolist() == [[0], [255]]


def test_grey_follows_the_weights_of_bt601() -> None:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (1000, 3)).astype(np.uint8)
    exact = colours @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey_from_rgb(colours)[:, 0] - exact).max() < 1.1


def test_colours_of_565_are_the_nearest_of_8_bits() -> None:
    colours = rgb_from_rgb565(_ALL).astype(float)
    exact = np.stack([(_ALL >> 11) / 31, (_ALL >> 5 & 63) / 63, (_ALL & 31) / 31], axis=-1) * 255
    assert np.abs(colours - exact).max() < 1
    assert len(np.unique(rgb_from_rgb565(_ALL), axis=0)) == 65536


def test_grey_of_565_is_at_most_one_level_from_that_of_its_colours() -> None:
    by_colours = grey_from_rgb(rgb_from_rgb565(_ALL)).astype(int)
    assert np.abs(grey_from_rgb565(_ALL).astype(int) - by_colours).max() == 1


def test_bytes_of_a_camera_are_numbers_with_the_higher_byte_first() -> None:
    red = np.frombuffer(b"\xf8\x00", ">u2")
    assert rgb_from_rgb565(red).tolist() == [[255, 0, 0]]
    assert grey_from_rgb565(red.reshape(1, 1)).shape == (1, 1, 1)


@pytest.mark.parametrize("images", [np.zeros((2, 3)), np.zeros((3, 2), np.uint8)])
def test_other_colours_are_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"uint8 of shape \(\.\.\., 3\)\. Received"):
        grey_from_rgb(images)


@pytest.mark.parametrize("function", [grey_from_rgb565, rgb_from_rgb565])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_pixels_that_are_no_uint16_are_refused(function, dtype) -> None:
    with pytest.raises(ValueError, match=f"Received: {np.dtype(dtype)}"):
        function(np.zeros((2, 2), dtype))
