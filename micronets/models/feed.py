"""Turns what the user hands to `fit` or `evaluate` into what Keras gets."""

import dataclasses
from typing import Any

import numpy as np

from micronets.data.split import stratified_split
from micronets.models.batches import (
    ArrayBatches,
    is_array_like,
    peek,
    sample_batches,
    sample_examples,
)
from micronets.models.checks import Examples, Expectation, check_examples, raise_problems


@dataclasses.dataclass(frozen=True)
class Feed:
    """Checked data, ready for Keras.

    Attributes:
        train: First argument of Keras's fit or evaluate.
        validation: Keras's validation_data, or None.
        label_kind: "integer", "one-hot", or None if the loss is the user's own.
        sample: Up to 256 float32 images of the training data, or None.
    """

    train: Any
    validation: Any = None
    label_kind: str | None = None
    sample: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class Feeding:
    """How arrays become batches: see ArrayBatches and Config."""

    batch_size: int
    scale: float
    offset: float
    seed: int
    shuffle: bool = True
    validation_split: float = 0.0
    random_shift: float = 0.0


def feed_training(
    expected: Expectation, how: Feeding, train: tuple[Any, Any, Any], validation: Any
) -> Feed:
    """Check training and validation data together and prepare both.

    Args:
        expected: What the net wants.
        how: Batch size, scaling, shuffling and the share to set aside.
        train: Images (or a data set), labels and sample weights.
        validation: None, a data set, or (images, labels) with or without sample weights.

    Raises:
        DataError: Lists all that is wrong with either.
    """
    problems: list[str] = []
    feed, kind = _check(expected, problems, how, train)
    held_out, held_out_kind = _check_validation(expected, problems, how, validation)
    if None not in (kind, held_out_kind) and kind != held_out_kind:
        problems.append(f"val_y: {held_out_kind} labels, but y has {kind} ones; use one form")
    raise_problems(expected, problems)
    if isinstance(feed, Examples):
        return _feed_arrays(how, feed, held_out)
    source, batches = feed
    return Feed(source, held_out, kind, sample_batches(batches))


def feed_evaluation(expected: Expectation, how: Feeding, data: tuple[Any, Any, Any]) -> Feed:
    """Check test data and prepare it; the order stays.

    Raises:
        DataError: Lists all that is wrong.
    """
    problems: list[str] = []
    feed, kind = _check(expected, problems, how, data)
    raise_problems(expected, problems)
    return Feed(_in_order(how, feed) if isinstance(feed, Examples) else feed[0], label_kind=kind)


def _check(
    expected: Expectation,
    problems: list[str],
    how: Feeding,
    data: tuple[Any, Any, Any],
    prefix: str = "",
) -> tuple[Any, str | None]:
    """Check arrays, or the first batches of a data set.

    Returns:
        Examples or (data set, first batches), and the kind of labels if it is known.
    """
    images, labels, weights = data
    if is_array_like(images):
        examples = check_examples(expected, problems, images, labels, weights, prefix=prefix)
        return examples, examples.label_kind if examples else None
    if labels is not None or weights is not None:
        problems.append(f"{prefix}y: given beside a data set; let the data set yield the labels")
    source, batches = peek(images)
    if not batches:
        problems.append(f"{prefix}x: the data set yields no batch")
        return None, None
    first = batches[0]
    if not isinstance(first, tuple | list) or len(first) not in (2, 3):
        problems.append(f"{prefix}x: the data set must yield (images, labels) batches")
        return None, None
    if getattr(first[0], "dtype", None) == "uint8":
        problems.append(
            f"{prefix}x: uint8 images in a data set reach Keras as they are; scale them, for "
            "example with data.map(lambda x, y: (x / 255, y))"
        )
        return None, None
    examples = check_examples(expected, problems, *first, prefix=f"first batch, {prefix}")
    return (source, batches), examples.label_kind if examples else None


def _check_validation(
    expected: Expectation, problems: list[str], how: Feeding, validation: Any
) -> tuple[Any, str | None]:
    """Prepare validation data; returns it for Keras, and the kind of its labels."""
    if validation is None:
        return None, None
    if isinstance(validation, tuple | list):
        if len(validation) not in (2, 3):
            problems.append(
                "validation_data: expected (images, labels) or (images, labels, weights), "
                f"received {len(validation)} entries"
            )
            return None, None
        validation = (*validation, None)[:3]
    else:
        validation = (validation, None, None)
    feed, kind = _check(expected, problems, how, validation, "val_")
    if feed is None:
        return None, kind
    return (_in_order(how, feed) if isinstance(feed, Examples) else feed[0]), kind


def _in_order(how: Feeding, examples: Examples, indices: np.ndarray | None = None) -> ArrayBatches:
    return ArrayBatches(examples, how.batch_size, how.scale, how.offset, indices=indices)


def _feed_arrays(how: Feeding, examples: Examples, validation: Any) -> Feed:
    """Set a part aside if nothing else judges the epochs, and cut the rest into batches."""
    train = np.arange(len(examples.images))
    if validation is None and how.validation_split > 0:
        train, held_out = stratified_split(examples.classes, how.validation_split, seed=how.seed)
        if len(held_out):
            validation = _in_order(how, examples, held_out)
    batches = ArrayBatches(
        examples,
        how.batch_size,
        how.scale,
        how.offset,
        indices=train,
        shuffle_seed=how.seed if how.shuffle else None,
        shift=how.random_shift,
    )
    sample = sample_examples(examples, train, how.scale, how.offset)
    return Feed(batches, validation, examples.label_kind, sample)
