"""Feeds a detector: pictures become batches of inputs and targets for its two outputs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from micronets.data.faces import FaceDataset
from micronets.detection.augment import Augmentation, augment, resize
from micronets.detection.matching import make_targets
from micronets.detection.pixels import net_pixels
from micronets.detection.windows import GreyPictures, Windows, cut_window
from micronets.errors import DataError

if TYPE_CHECKING:
    import tensorflow as tf

# Smaller faces than this, in pixels of the net's input, cannot be seen and are not to be found.
_SMALLEST_SIDE = 1.0

# An input and its targets.
Example = tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class InputForm:
    """What a detector takes and what it is to give.

    Attributes:
        size: (height, width) of its input.
        channels: 1 for grey, 3 for RGB.
        priors: As `make_priors` gives them for this size.
    """

    size: tuple[int, int]
    channels: int
    priors: np.ndarray


@dataclasses.dataclass(frozen=True)
class TrainingFeed:
    """Batches without end: `fit(feed.batches, steps_per_epoch=feed.steps, shuffle=False)`.

    Attributes:
        batches: Yields (images, (targets of LocationLoss, targets of ConfidenceLoss)): float32,
            shapes (batch_size, height, width, channels), (batch_size, priors, 5) and (batch_size,
            priors, 1).
        steps: Batches per epoch.
    """

    batches: tf.data.Dataset
    steps: int


def training_feed(
    dataset: FaceDataset,
    form: InputForm,
    *,
    batch_size: int,
    augmentation: Augmentation | Windows | None = None,
    seed: int = 0,
    first_epoch: int = 0,
) -> TrainingFeed:
    """Serve augmented pictures, in a new order and changed in new ways every epoch.

    The order and the changes follow from the seed, the number of the epoch and the picture: a
    training that goes on at an epoch sees what it would have seen without the break, however many
    threads and workers there are. Pictures without faces are left out: the loss takes its
    background from pictures with faces.

    Args:
        dataset: Pictures.
        form: The net's input and priors; of its size are the pictures, or the windows if they are
            cut.
        batch_size: Pictures per batch; all batches are full, what is left over differs by epoch.
            With fewer pictures than this a batch has all of them.
        augmentation: How pictures are changed, or windows cut out of them; None takes the defaults
            of Augmentation.
        seed: Same seed, same batches.
        first_epoch: Number of the epoch that the first batches belong to.

    Raises:
        DataError: No picture has a face.
        ValueError: `batch_size` is below 1.
    """
    chosen = dataset.with_faces()
    if not len(chosen):
        raise DataError(f"No face in the {len(dataset)} pictures of {dataset.files.place}")
    batch = min(_check_batch_size(batch_size), len(chosen))
    steps = len(chosen) // batch
    make = _maker(chosen, form, augmentation or Augmentation())

    def draw_order(epoch: np.ndarray) -> np.ndarray:
        random = np.random.default_rng([seed, int(epoch)])
        return random.permutation(len(chosen))[: steps * batch]

    def load(epoch: np.ndarray, index: np.ndarray) -> Example:
        return make(int(index), np.random.default_rng([seed, int(epoch), int(index)]))

    import tensorflow as tf

    def serve_epoch(epoch: tf.Tensor) -> tf.data.Dataset:
        order = tf.numpy_function(draw_order, [epoch], tf.int64, stateful=False)
        order.set_shape((steps * batch,))
        return tf.data.Dataset.from_tensor_slices(order).map(lambda index: (epoch, index))

    positions = tf.data.Dataset.counter(first_epoch).flat_map(serve_epoch)
    return TrainingFeed(_load_batches(positions, load, form, batch, drop_remainder=True), steps)


def validation_batches(
    dataset: FaceDataset, form: InputForm, *, batch_size: int
) -> tf.data.Dataset:
    """Serve pictures as they are, but scaled to the net's size, in the order of the data set.

    Args:
        dataset: Pictures.
        form: The net's input and priors.
        batch_size: Pictures per batch; the last batch may be smaller.

    Returns:
        Yields what `TrainingFeed.batches` does, once through.

    Raises:
        DataError: There are no pictures.
        ValueError: `batch_size` is below 1.
    """
    if not len(dataset):
        raise DataError(f"No picture in this part of {dataset.files.place}")

    def load(epoch: np.ndarray, index: np.ndarray) -> Example:
        example = dataset[int(index)]
        wanted = example.boxes[~example.ignored]
        return to_example(*resize(example.image, wanted, form.size), form)

    import tensorflow as tf

    order = np.arange(len(dataset))
    positions = tf.data.Dataset.from_tensor_slices((np.zeros_like(order), order))
    batches = _load_batches(positions, load, form, _check_batch_size(batch_size))
    return batches.apply(
        tf.data.experimental.assert_cardinality(math.ceil(len(order) / batch_size))
    )


def _maker(
    dataset: FaceDataset, form: InputForm, how: Augmentation | Windows
) -> Callable[[int, np.random.Generator], Example]:
    """What makes an example of a picture's number."""

    def change(index: int, random: np.random.Generator) -> Example:
        assert isinstance(how, Augmentation)
        example = dataset[index]
        wanted = example.boxes[~example.ignored]
        return to_example(*augment(example.image, wanted, form.size, random, how), form)

    if isinstance(how, Augmentation):
        return change
    if form.channels != 1:
        raise ValueError("Windows are grey, but the net takes colours: use an Augmentation")
    pictures = GreyPictures(dataset)

    def cut(index: int, random: np.random.Generator) -> Example:
        window = cut_window(*pictures[index], form.size, random, how)
        wanted, others = window.boxes[~window.ignored], window.boxes[window.ignored]
        return to_example(window.image, wanted, form, others)

    return cut


def to_example(
    image: np.ndarray, boxes: np.ndarray, form: InputForm, ignored: np.ndarray | None = None
) -> Example:
    """Turn a picture of the net's size into the net's input and targets.

    Args:
        image: uint8 RGB of `form.size`.
        boxes: Corners of faces in its pixels.
        form: The net's input and priors.
        ignored: Corners of faces that are neither to be found nor background; None is none.

    Returns:
        float32, shapes (height, width, channels) and (priors, 5).
    """
    height, width = form.size
    seen = boxes[(boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf) >= _SMALLEST_SIDE]
    whole = np.array([width, height, width, height], np.float32)
    others = None if ignored is None else ignored / whole
    targets = make_targets(seen / whole, form.priors, others)
    return net_pixels(image, form.channels), targets


def _check_batch_size(batch_size: int) -> int:
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1. Received: {batch_size}")
    return batch_size


def _load_batches(
    positions: tf.data.Dataset,
    load: Callable[[np.ndarray, np.ndarray], Example],
    form: InputForm,
    batch_size: int,
    *,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Load the pictures at (epoch, index) in several threads, and batch them."""
    import tensorflow as tf

    def load_tensors(
        epoch: tf.Tensor, index: tf.Tensor
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
        types = (tf.float32, tf.float32)
        image, targets = tf.numpy_function(load, [epoch, index], types, stateful=False)
        image.set_shape((*form.size, form.channels))
        targets.set_shape((len(form.priors), 5))
        return image, (targets, targets[:, 4:])

    examples = positions.map(load_tensors, num_parallel_calls=tf.data.AUTOTUNE)
    batches = examples.batch(batch_size, drop_remainder=drop_remainder).prefetch(tf.data.AUTOTUNE)
    options = tf.data.Options()
    # There are no files that workers could divide among themselves: they divide the batches.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return batches.with_options(options)
