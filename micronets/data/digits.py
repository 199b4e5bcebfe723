"""scikit-learn's bundled handwritten digits, scaled to the size of a net."""

import numpy as np

from micronets.data.resize import resize_images
from micronets.data.split import stratified_split

_TEST_FRACTION = 0.2
_SPLIT_SEED = 0
# scikit-learn's digits count inked dots per 4x4 cell, 0 to 16.
_LARGEST_VALUE = 16.0

Part = tuple[np.ndarray, np.ndarray]


def load_digits(size: tuple[int, int] = (96, 96)) -> tuple[Part, Part]:
    """Load 1,797 digits as (train_x, train_y), (test_x, test_y); the same every time.

    The split is stratified: 1,438 images to train with and 359 to test with. It works without
    a network, since the images come with scikit-learn.

    Args:
        size: Wanted (height, width); the originals are 8x8 and are scaled bilinearly.

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
    images = resize_images(originals.images / _LARGEST_VALUE, size)[..., np.newaxis]
    labels = originals.target.astype(np.int64)
    train, test = stratified_split(labels, _TEST_FRACTION, seed=_SPLIT_SEED)
    return (images[train], labels[train]), (images[test], labels[test])
