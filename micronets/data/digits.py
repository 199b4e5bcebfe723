"""scikit-learn's bundled handwritten digits, scaled to the size of a net."""

import numpy as np

from micronets.data.resize import resize_images
from micronets.data.split import stratified_split

_TEST_FRACTION = 0.2
_SPLIT_SEED = 0
# The originals are cropped to the ink. A margin puts the digit where a camera would see it, and
# lets a small net's window of 45 pixels see most of it; MNIST's digits fill 5/7 of their frame.
_BOX = 2 / 3
# scikit-learn's digits count inked dots per 4x4 cell, 0 to 16.
_LARGEST_VALUE = 16.0

Part = tuple[np.ndarray, np.ndarray]


def load_digits(size: tuple[int, int] = (96, 96)) -> tuple[Part, Part]:
    """Load 1,797 digits as (train_x, train_y), (test_x, test_y); the same every time.

    The split is stratified: 1,438 images to train with and 359 to test with. It works without
    a network, since the images come with scikit-learn. The 8x8 originals are scaled up
    bilinearly to two thirds of the wanted size and stand in the middle of a black frame.

    Args:
        size: Wanted (height, width).

    Returns:
        Images as float32 in [0, 1], shape (count, height, width, 1); labels as int64, 0 to 9.

    Raises:
        ValueError: If a size is below 1.

    Example:
        >>> (train_x, train_y), (test_x, test_y) = load_digits((24, 24))
        >>> train_x.shape, test_x.shape
        ((1438, 24, 24, 1), (359, 24, 24, 1))
    """
    from sklearn.datasets import load_digits as load_originals

    originals = load_originals()
    images = _frame(originals.images / _LARGEST_VALUE, size)[..., np.newaxis]
    labels = originals.target.astype(np.int64)
    train, test = stratified_split(labels, _TEST_FRACTION, seed=_SPLIT_SEED)
    return (images[train], labels[train]), (images[test], labels[test])


def _frame(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale images into the middle of black ones of `size`."""
    if min(size) < 1:
        raise ValueError(f"size must be at least (1, 1), received {size}")
    height, width = (max(1, round(side * _BOX)) for side in size)
    framed = np.zeros((len(images), *size), np.float32)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    framed[:, top : top + height, left : left + width] = resize_images(images, (height, width))
    return framed
