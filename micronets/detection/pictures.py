"""Whatever a person calls a picture, as uint8 pixels of the size that a net wants."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from micronets.data.camera import grey_from_rgb
from micronets.data.image_files import decode_picture, import_pillow
from micronets.errors import DataError

_WANTED = (
    "a picture must be a path, or an array of shape (height, width) or (height, width, 1) in grey, "
    "(height, width, 3) in RGB, with pixels 0..255"
)


def read_picture(image: Any) -> np.ndarray:
    """Read a picture from a file or an array.

    Args:
        image: Path of a file that Pillow reads; or an array-like, uint8 or float with values of
            0..255, shape (height, width), (height, width, 1) or (height, width, 3).

    Returns:
        uint8, shape (height, width, 1) or (height, width, 3). Files come in colours.

    Raises:
        DataError: It is no picture, damaged, missing, or its pixels are not 0..255.
        InstallationError: A file is to be read and Pillow is not installed.
    """
    if isinstance(image, str | os.PathLike):
        path = Path(image)
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            raise DataError(f"{str(path)!r} cannot be read: {error}") from error
        return decode_picture(data, str(path))
    try:
        array = np.asarray(image)
    except (ValueError, TypeError) as error:
        raise DataError(f"{_WANTED}. Received no array: {error}") from error
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.ndim != 3 or array.shape[-1] not in (1, 3) or 0 in array.shape:
        raise DataError(f"{_WANTED}. {_what_came(image, array)}")
    return array if array.dtype == np.uint8 else _bytes_of(array)


def fit_picture(picture: np.ndarray, size: tuple[int, int], channels: int) -> np.ndarray:
    """Scale a picture to the size of a net's input, whatever its aspect ratio, and make it grey.

    Args:
        picture: As `read_picture` gives it.
        size: (height, width).
        channels: 1 for grey, 3 for RGB; a grey picture's channel is repeated for that.

    Returns:
        uint8, shape (*size, channels).

    Raises:
        InstallationError: It must be scaled and Pillow is not installed.
    """
    scaled = picture
    if picture.shape[:2] != size:
        pillow = import_pillow()
        pixels = pillow.fromarray(picture if picture.shape[-1] == 3 else picture[..., 0])
        scaled = np.asarray(pixels.resize(size[::-1], pillow.Resampling.BILINEAR))
        scaled = scaled.reshape(*size, picture.shape[-1])
    if scaled.shape[-1] == channels:
        return scaled
    return grey_from_rgb(scaled) if channels == 1 else np.repeat(scaled, 3, axis=-1)


def _bytes_of(array: np.ndarray) -> np.ndarray:
    """Round pixels to bytes, as a camera gives them."""
    if array.dtype.kind not in "iuf":
        raise DataError(f"{_WANTED}. Received: values of type {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not 0 <= low <= high <= 255:
        hint = "; there is a NaN" if np.isnan(low) else ""
        raise DataError(f"{_WANTED}. Received: values from {low:g} to {high:g}{hint}")
    if array.dtype.kind == "f" and 0 < high <= 1:
        raise DataError(
            f"{_WANTED}. Received: floats from {low:g} to {high:g}; multiply them by 255"
        )
    return np.rint(array).astype(np.uint8)


def _what_came(image: Any, array: np.ndarray) -> str:
    if array.ndim == 0:
        return f"Received: {image!r}"
    hints = {
        4: "; pass one picture at a time, images[0]",
        3: "; drop the transparency, image[..., :3]" if array.shape[-1] == 4 else "",
    }
    return f"Received: an array of shape {array.shape}{hints.get(array.ndim, '')}"
