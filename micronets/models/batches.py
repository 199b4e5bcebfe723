"""Feeds Keras: arrays batch by batch, and data sets that already come in batches."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from micronets.models.augment import shift_randomly
from micronets.models.checks import Examples

# So many images are kept to choose the ranges of an int8 export.
CALIBRATION_IMAGES = 256
_MOST_BATCHES = 16


class ArrayBatches(keras.utils.PyDataset):
    """Cuts examples into batches, and turns bytes into floats only then.

    A data set of bytes is a quarter of the same in floats, so it is never converted whole.

    Args:
        examples: Checked arrays.
        batch_size: Images per batch; the last batch may be smaller.
        scale, offset: uint8 pixels become pixel * scale + offset, as in the C++ class.
        indices: Which examples to serve; None serves all.
        shuffle_seed: Serve them in a new order every epoch; None keeps the order.
        shift: Move every image by up to this share of its size, each time by another way.
    """

    def __init__(
        self,
        examples: Examples,
        batch_size: int,
        scale: float,
        offset: float,
        *,
        indices: np.ndarray | None = None,
        shuffle_seed: int | None = None,
        shift: float = 0.0,
    ) -> None:
        super().__init__()
        self._examples = examples
        self._batch_size = batch_size
        self._scale, self._offset = np.float32(scale), np.float32(offset)
        height, width = examples.images.shape[1:3]
        self._most = (round(shift * height), round(shift * width))
        self._shifts = np.random.default_rng(shuffle_seed)
        self._order = np.arange(len(examples.images)) if indices is None else indices
        self._random = None if shuffle_seed is None else np.random.default_rng(shuffle_seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self._order) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        images = self._examples.images[chosen]
        if any(self._most):
            images = shift_randomly(images, self._most, self._shifts)
        parts = [to_float(images, self._scale, self._offset)]
        for array in (self._examples.labels, self._examples.weights):
            if array is not None:
                parts.append(array[chosen])
        return tuple(parts)

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        if self._random is not None:
            self._order = self._random.permutation(self._order)


def to_float(images: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """Turn uint8 pixels into the floats that the net sees; floats stay what they are."""
    if images.dtype != np.uint8:
        return images
    return images.astype(np.float32) * np.float32(scale) + np.float32(offset)


def is_array_like(data: Any) -> bool:
    """Tell arrays, tensors and lists from data sets and generators, which come in batches."""
    return data is None or np.isscalar(data) or isinstance(data, list) or hasattr(data, "__array__")


def sample_examples(
    examples: Examples, indices: np.ndarray, scale: float, offset: float
) -> np.ndarray:
    """Take up to 256 images, evenly spaced, as float32."""
    count = min(CALIBRATION_IMAGES, len(indices))
    chosen = indices[np.linspace(0, len(indices) - 1, count).astype(int)]
    return to_float(examples.images[chosen], scale, offset)


def peek(data: Any) -> tuple[Any, list[Any]]:
    """Look at the first batches of a data set: enough for a sample, and never many.

    Returns:
        The data set to go on with (a generator gets back what was read) and the batches.
    """
    if isinstance(data, keras.utils.PyDataset):
        count = 1 if data.num_batches is None else min(data.num_batches, _MOST_BATCHES)
        return data, _enough(data[index] for index in range(count))
    head = _enough(iter(data))
    return (_put_back(head, data) if hasattr(data, "__next__") else data), head


def sample_batches(batches: list[Any]) -> np.ndarray | None:
    """Join the images of some batches into one array of up to 256, or None."""
    images = [np.asarray(_first(batch), np.float32) for batch in batches]
    return np.concatenate(images)[:CALIBRATION_IMAGES] if images else None


def _enough(batches: Iterator[Any]) -> list[Any]:
    """Take batches until there are images for a sample."""
    taken: list[Any] = []
    images = 0
    for batch in itertools.islice(batches, _MOST_BATCHES):
        taken.append(batch)
        images += len(_first(batch))
        if images >= CALIBRATION_IMAGES:
            break
    return taken


def _first(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple | list) else batch


def _put_back(head: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    # A generator function, because Keras tells generators from other iterators.
    yield from head
    yield from rest
