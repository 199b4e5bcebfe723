"""Small random changes of training images that keep their class."""

import numpy as np


def shift_randomly(
    images: np.ndarray, most: tuple[int, int], random: np.random.Generator
) -> np.ndarray:
    """Move every image by its own whole number of pixels; edges are repeated.

    Args:
        images: (count, height, width, channels).
        most: Longest way down or up, and to the right or left, in pixels.
        random: Source of the ways.

    Returns:
        A new array of the same shape and type.
    """
    count, height, width, _ = images.shape
    down = random.integers(-most[0], most[0] + 1, (count, 1))
    right = random.integers(-most[1], most[1] + 1, (count, 1))
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    image = np.arange(count)[:, np.newaxis, np.newaxis]
    return images[image, rows[:, :, np.newaxis], columns[:, np.newaxis, :]]
