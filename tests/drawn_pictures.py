"""Pictures for the tests of detectors: drawn, not photographed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def draw_picture(height: int, width: int, boxes: np.ndarray, seed: int = 0) -> np.ndarray:
    """Noise with a light patch of its own shade in every box."""
    random = np.random.default_rng(seed)
    image = random.integers(0, 120, (height, width, 3)).astype(np.uint8)
    for shade, (left, top, right, bottom) in enumerate(np.rint(boxes).astype(int)):
        image[max(top, 0) : bottom, max(left, 0) : right] = 200 + shade % 50
    return image


def encode_picture(image: np.ndarray, form: str = "PNG") -> bytes:
    """The bytes of a file with this picture."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, form)
    return file.getvalue()
