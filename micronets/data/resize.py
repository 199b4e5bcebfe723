"""Bilinear scaling of image stacks in numpy."""

import numpy as np

# Images per step: bounds the temporary memory to some 40 MB at 96x96.
_IMAGES_AT_ONCE = 1024


def resize_images(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale images bilinearly, pixel centres on pixel centres, edges repeated.

    Args:
        images: Shape (count, height, width), any numeric type.
        size: Wanted (height, width).

    Returns:
        Shape (count, *size); uint8 stays uint8 (rounded), everything else becomes float32.

    Raises:
        ValueError: If `images` is not three-dimensional or a size is below 1.

    Example:
        >>> resize_images(np.zeros((5, 8, 8), np.float32), (96, 96)).shape
        (5, 96, 96)
    """
    if images.ndim != 3:
        raise ValueError(f"images must have shape (count, height, width), received {images.shape}")
    if min(size) < 1:
        raise ValueError(f"size must be at least (1, 1), received {size}")
    rows = _interpolation_matrix(images.shape[1], size[0])
    columns = _interpolation_matrix(images.shape[2], size[1])
    keeps_bytes = images.dtype == np.uint8
    result = np.empty((len(images), *size), np.uint8 if keeps_bytes else np.float32)
    for start in range(0, len(images), _IMAGES_AT_ONCE):
        part = images[start : start + _IMAGES_AT_ONCE].astype(np.float32)
        scaled = rows @ part @ columns.T
        result[start : start + len(part)] = np.rint(scaled) if keeps_bytes else scaled
    return result


def _interpolation_matrix(old: int, new: int) -> np.ndarray:
    """Weights of shape (new, old) whose rows sum to one."""
    centres = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    left = np.floor(centres).astype(int)
    right = np.minimum(left + 1, old - 1)
    fraction = centres - left
    matrix = np.zeros((new, old), np.float32)
    matrix[np.arange(new), left] += 1 - fraction
    matrix[np.arange(new), right] += fraction
    return matrix
