"""A colour camera's pixels as a generated header reads them, to the bit.

`predict_rgb565` and `predict_rgb888` of the header equal `predict` of what these functions return:
cpp/include/micronets/core/camera.h is their twin.
"""

import numpy as np


def grey_from_rgb(images: np.ndarray) -> np.ndarray:
    """Grey of 8-bit colours: `(77 R + 150 G + 29 B + 128) >> 8`, the weights of BT.601.

    Args:
        images: uint8, shape (..., 3).

    Returns:
        uint8, shape (..., 1).

    Raises:
        ValueError: `images` is no array of bytes, or its last axis is not three long.

    Example:
        >>> int(grey_from_rgb(np.array([255, 0, 0], np.uint8))[0])
        77
    """
    if images.dtype != np.uint8 or images.shape[-1:] != (3,):
        raise ValueError(
            "images must be uint8 of shape (..., 3). "
            f"Received: {images.dtype} of shape {images.shape}"
        )
    weighted = images.astype(np.uint32) @ np.array([77, 150, 29], np.uint32)
    return ((weighted + 128) >> 8).astype(np.uint8)[..., np.newaxis]


def grey_from_rgb565(pixels: np.ndarray) -> np.ndarray:
    """Grey of RGB565: `(633 R + 607 G + 239 B + 128) >> 8` of its 5, 6 and 5 bits.

    The same weights as those of `grey_from_rgb`, and at most one level from
    `grey_from_rgb(rgb_from_rgb565(pixels))`: without the way over 8 bits, chips convert two pixels
    at a time.

    Args:
        pixels: uint16 of any shape. Cameras deliver bytes, the higher one first:
            `np.frombuffer(data, ">u2")` reads them.

    Returns:
        uint8, shape (..., 1).

    Raises:
        ValueError: `pixels` are not uint16.
    """
    red, green, blue = _fields(pixels)
    return ((red * 633 + green * 607 + blue * 239 + 128) >> 8).astype(np.uint8)[..., np.newaxis]


def rgb_from_rgb565(pixels: np.ndarray) -> np.ndarray:
    """8-bit colours of RGB565: 5 and 6 bits are repeated to fill 8.

    Args:
        pixels: uint16 of any shape, as for `grey_from_rgb565`.

    Returns:
        uint8, shape (..., 3).

    Raises:
        ValueError: `pixels` are not uint16.
    """
    red, green, blue = _fields(pixels)
    channels = [red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2]
    return np.stack(channels, axis=-1).astype(np.uint8)


def _fields(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Five, six and five bits as uint32."""
    if pixels.dtype.kind != "u" or pixels.dtype.itemsize != 2:
        raise ValueError(
            "pixels must be uint16, five bits of red on top. Bytes of a camera become such numbers "
            f"by np.frombuffer(data, '>u2'). Received: {pixels.dtype}"
        )
    wide = pixels.astype(np.uint32)
    return wide >> 11, wide >> 5 & 63, wide & 31
