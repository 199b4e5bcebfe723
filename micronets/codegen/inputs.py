"""The caller's images as the numbers that a graph reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import FloatArray, Graph
from micronets.codegen.numerics import LOWEST, Int8Array
from micronets.errors import DataError

Images = npt.NDArray[np.float32] | npt.NDArray[np.uint8]


def checked_images(x: Images, shape: tuple[int, ...], name: str) -> Images:
    """Gives images the shape `(count, *shape)`; one image may lack the axis.

    Args:
        x: Floats or uint8 pixels.
        shape: Of one image.
        name: Who expects them, for the message.

    Raises:
        DataError: They have another shape, or are not finite numbers.
    """
    images = np.asarray(x)
    if images.shape == shape:
        images = images[np.newaxis]
    if shape[-1] == 1 and images.shape[1:] == shape[:-1]:
        images = images[..., np.newaxis]
    if images.shape[1:] != shape or len(images) == 0:
        raise DataError(
            f"{name} expects images of shape (count, {', '.join(map(str, shape))}). "
            f"Received: {np.shape(x)}"
        )
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    if images.dtype.kind not in "fiu" or not np.isfinite(images).all():
        raise DataError(
            f"{name} expects finite floats or uint8 pixels. "
            f"Received: {images.dtype}, finite: {images.dtype.kind in 'fiu'}"
        )
    return np.ascontiguousarray(images, dtype=np.float32)


def reading_pixels(graph: Graph, scale: float, offset: float) -> Graph:
    """A float graph whose input are pixels: `value * scale + offset` is what it was trained on."""
    return replace(
        graph,
        input_scale=scale * graph.input_scale,
        input_offset=offset * graph.input_scale + graph.input_offset,
    )


def as_trained(images: Images, scale: float, offset: float) -> FloatArray:
    """Pixels as the numbers that Keras sees; floats as they are."""
    if images.dtype != np.uint8:
        return images.astype(np.float32, copy=False)
    return (images * np.float64(scale) + offset).astype(np.float32)


def quantizing_factors(scale: float, offset: float) -> tuple[float, float]:
    """Factor and addend, float32, that turn floats as trained on into pixels."""
    return float(np.float32(1 / scale)), float(np.float32(-offset / scale)) + 0.0


def input_codes(images: Images, scale: float, offset: float) -> Int8Array:
    """What an int8 net reads, to the bit; cpp/include/micronets/core/input_s8.h is its twin.

    Args:
        images: Pixels, whose codes are themselves less 128, or floats as trained on.
        scale: What a step of a pixel means.
        offset: What pixel 0 means.
    """
    if images.dtype == np.uint8:
        return (images.astype(np.int16) + LOWEST).astype(np.int8)
    factor, addend = (np.float32(number) for number in quantizing_factors(scale, offset))
    level = (images.astype(np.float32) * factor).astype(np.float32) + addend
    level = np.clip(np.nan_to_num(level, nan=0.0), 0, 255)
    whole = np.floor(level)
    return np.asarray(whole + (level - whole >= 0.5) + LOWEST, np.int8)
