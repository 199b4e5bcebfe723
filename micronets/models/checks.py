"""Checks of training and test data, before any of it reaches Keras.

Each check appends to a list of problems, so that one error names them all.
"""

import dataclasses
from typing import Any

import numpy as np

from micronets.errors import DataError

# Inputs are meant to lie in [0, 1], or to be standardized around 0. What is never negative and
# goes beyond this bound is unscaled pixels.
_LARGEST_UNSIGNED = 2.0
# Soft labels that went through float16 or a mix of images sum to one only about.
_SUM_TOLERANCE = 1e-2

INTEGER = "integer"
ONE_HOT = "one-hot"


@dataclasses.dataclass(frozen=True)
class Examples:
    """Arrays that passed the checks.

    Attributes:
        images: (count, height, width, channels), uint8 or float32.
        labels: (count,) int64 or (count, classes) float32.
        weights: (count,) float32 or None.
        any_labels: True if the labels suit a loss of the user's own, and may be anything.
    """

    images: np.ndarray
    labels: np.ndarray
    weights: np.ndarray | None = None
    any_labels: bool = False

    @property
    def label_kind(self) -> str | None:
        """INTEGER or ONE_HOT; None for labels of a loss of the user's own."""
        if self.any_labels:
            return None
        return ONE_HOT if self.labels.ndim == 2 else INTEGER

    @property
    def classes(self) -> np.ndarray:
        """What to split by: the class of every image, zeros if the labels are no classes."""
        if self.any_labels:
            return np.zeros(len(self.images), np.int64)
        return self.labels if self.labels.ndim == 1 else self.labels.argmax(axis=1)


@dataclasses.dataclass(frozen=True)
class Expectation:
    """What a net wants to get.

    Attributes:
        caller: Goes before the list of problems, such as "PicoMobileNet.fit".
        input_shape: (height, width, channels).
        num_classes: How many classes the labels may name.
        any_labels: True with a loss of the user's own: only the number of labels is checked.
    """

    caller: str
    input_shape: tuple[int, int, int]
    num_classes: int
    any_labels: bool = False


def raise_problems(expected: Expectation, problems: list[str]) -> None:
    """Raise one DataError that lists all problems, if there are any."""
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise DataError(f"{expected.caller} cannot use this data ({count}):\n{lines}")


def check_examples(
    expected: Expectation,
    problems: list[str],
    images: Any,
    labels: Any,
    weights: Any = None,
    *,
    prefix: str = "",
) -> Examples | None:
    """Check images, labels and sample weights against each other and against the net.

    Args:
        expected: What the net wants.
        problems: Grows by one line per problem.
        images: Array-like.
        labels: Array-like.
        weights: Array-like or None.
        prefix: Goes before the names x, y and sample_weight in the messages, such as "val_".

    Returns:
        The examples, or None if a problem was found.
    """
    before = len(problems)
    image_array = check_images(expected, problems, images, f"{prefix}x")
    label_array = _check_labels(expected, problems, labels, f"{prefix}y")
    weight_array = _check_weights(problems, weights, f"{prefix}sample_weight")
    count = _length(images)
    for array, name in ((label_array, "y"), (weight_array, "sample_weight")):
        if array is not None and count is not None and len(array) != count:
            problems.append(
                f"{prefix}{name}: {len(array)} entries for {count} images; give one per image"
            )
    if len(problems) > before or image_array is None or label_array is None:
        return None
    return Examples(image_array, label_array, weight_array, expected.any_labels)


def check_images(
    expected: Expectation, problems: list[str], images: Any, name: str
) -> np.ndarray | None:
    """Check an image array; returns it as uint8 or float32 with four dimensions, or None."""
    array = _to_array(problems, images, name, "images")
    if array is None:
        return None
    height, width, channels = expected.input_shape
    if array.ndim == 3 and channels == 1 and array.shape[1:] == (height, width):
        array = array[..., np.newaxis]
    if array.shape[1:] != expected.input_shape or array.ndim != 4:
        problems.append(_describe_shape(array.shape, expected.input_shape, name))
        return None
    if len(array) == 0:
        problems.append(f"{name}: empty (0 images); give at least one")
        return None
    return _check_pixels(problems, array, name)


def _length(values: Any) -> int | None:
    try:
        return len(values)
    except TypeError:
        return None


def _to_array(problems: list[str], values: Any, name: str, kind: str) -> np.ndarray | None:
    """Turn array-likes into numpy; what cannot be turned is a problem."""
    if values is None:
        problems.append(f"{name}: missing; give the {kind} as an array")
        return None
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        problems.append(f"{name}: no array of {kind} ({error}); all must have one size")
        return None
    if array.ndim == 0:
        problems.append(
            f"{name}: received {values!r}, expected an array of {kind}; pass Keras's other "
            "arguments by name (batch_size=, epochs=)"
        )
        return None
    return array


def _describe_shape(shape: tuple[int, ...], wanted: tuple[int, int, int], name: str) -> str:
    """Say what is wrong with a shape and how to mend it."""
    height, width, channels = wanted
    text = f"{name}: shape {shape}, expected (count, {height}, {width}, {channels})"
    if shape in (wanted, wanted[:2]):
        return f"{text}; for a single image pass image[np.newaxis]"
    if shape[1:] == (channels, height, width):
        return f"{text}; channels come last, use np.moveaxis(images, 1, -1)"
    if len(shape) == 4 and shape[1:3] == (height, width):
        return f"{text}; convert the images, or build the net with input_shape={shape[1:]}"
    if len(shape) in (3, 4) and 0 not in shape[1:]:
        own = (*shape[1:], 1) if len(shape) == 3 else shape[1:]
        return f"{text}; resize the images, or build the net with input_shape={own}"
    return text


def _check_pixels(problems: list[str], array: np.ndarray, name: str) -> np.ndarray | None:
    """Check type and range; bytes stay bytes, everything else becomes float32."""
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "fb":
        hint = "; use .astype('uint8') for pixels 0..255" if array.dtype.kind in "iu" else ""
        problems.append(f"{name}: type {array.dtype}, expected uint8 (0..255) or float{hint}")
        return None
    array = array.astype(np.float32, copy=False)
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        bad = ~np.isfinite(array).all(axis=(1, 2, 3))
        problems.append(
            f"{name}: NaN or infinity in {bad.sum():,} of {len(array):,} images, first in image "
            f"{bad.argmax()}; remove or repair them"
        )
        return None
    if low >= 0 and high > _LARGEST_UNSIGNED:
        problems.append(
            f"{name}: float pixels from {low:g} to {high:g}, expected 0 to 1; divide them by 255, "
            "or pass them as uint8"
        )
        return None
    return array


def _check_labels(
    expected: Expectation, problems: list[str], labels: Any, name: str
) -> np.ndarray | None:
    """Check labels; returns int64 (count,) or float32 (count, classes), or None."""
    array = _to_array(problems, labels, name, "labels")
    if array is None or expected.any_labels:
        return array
    classes = expected.num_classes
    problem = _describe_labels(array, classes)
    if problem:
        problems.append(f"{name}: {problem}")
        return None
    if array.ndim == 2 and array.shape[1] == classes:
        return _check_one_hot(problems, array, name)
    return _check_class_numbers(classes, problems, array.reshape(-1), name)


def _describe_labels(array: np.ndarray, classes: int) -> str:
    """Say what makes an array no labels at all; empty if nothing does."""
    if array.dtype.kind not in "iufb":
        return (
            f"type {array.dtype}, expected class numbers 0..{classes - 1}; number the classes, "
            "for example with np.unique(y, return_inverse=True)[1]"
        )
    if len(array) == 0:
        return "empty (0 labels)"
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return "NaN or infinity among the labels; remove the unlabeled images"
    if array.ndim != 1 and not (array.ndim == 2 and array.shape[1] in (1, classes)):
        return (
            f"shape {array.shape}, expected (count,) class numbers or (count, {classes}) one-hot "
            "rows"
        )
    return ""


def _check_class_numbers(
    classes: int, problems: list[str], array: np.ndarray, name: str
) -> np.ndarray | None:
    """Check class numbers; whole numbers stored as floats are welcome."""
    numbers = array.astype(np.int64)
    if array.dtype.kind == "f" and (numbers != array).any():
        index = int((numbers != array).argmax())
        problems.append(
            f"{name}: class numbers must be whole, received {array[index]:g} at index {index}"
        )
        return None
    outside = (numbers < 0) | (numbers >= classes)
    if outside.any():
        problems.append(
            f"{name}: {outside.sum():,} of {len(numbers):,} labels outside 0..{classes - 1} "
            f"(smallest {numbers.min()}, largest {numbers.max()}); number the classes from 0, or "
            "build the net with more classes"
        )
        return None
    return numbers


def _check_one_hot(problems: list[str], array: np.ndarray, name: str) -> np.ndarray | None:
    """Check one-hot rows; soft labels pass, rows of zeros do not."""
    rows = array.astype(np.float32)
    wrong = (rows < 0).any(axis=1) | (np.abs(rows.sum(axis=1) - 1) > _SUM_TOLERANCE)
    if wrong.any():
        index = int(wrong.argmax())
        problems.append(
            f"{name}: {wrong.sum():,} of {len(rows):,} one-hot rows do not sum to 1 (first at "
            f"index {index}, sum {rows[index].sum():g}); remove the unlabeled images"
        )
        return None
    return rows


def _check_weights(problems: list[str], weights: Any, name: str) -> np.ndarray | None:
    """Check sample weights; returns float32 (count,) or None."""
    if weights is None:
        return None
    array = _to_array(problems, weights, name, "weights")
    if array is None:
        return None
    is_number = array.dtype.kind in "iufb"
    if array.ndim != 1 or not is_number or not np.isfinite(array).all() or (array < 0).any():
        problems.append(f"{name}: expected one finite number of at least 0 per image")
        return None
    return array.astype(np.float32)
