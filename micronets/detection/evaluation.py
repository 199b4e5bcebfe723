"""Runs a detector over a data set and judges what it finds."""

from collections.abc import Callable, Sequence

import numpy as np

from micronets.data.faces import FaceDataset
from micronets.detection.augment import resize
from micronets.detection.average_precision import PrecisionRecall, precision_recall
from micronets.detection.detections import Detections
from micronets.detection.pixels import net_pixels
from micronets.errors import DataError

# Below this score the precision of these nets is so small that the rest of the curve adds nothing.
LEAST_SCORE = 0.05
SMALLEST_FACE = 16.0


def evaluate_detector(
    detect: Callable[[np.ndarray], Sequence[Detections]],
    dataset: FaceDataset,
    size: tuple[int, int],
    channels: int,
    *,
    smallest: float = SMALLEST_FACE,
    batch_size: int = 32,
) -> PrecisionRecall:
    """Judge a detector on pictures scaled to the size of its input, whatever their aspect ratio.

    Args:
        detect: Called with inputs, float32 of shape (count, *size, channels); returns the faces of
            each in its pixels, down to a score of LEAST_SCORE.
        dataset: Pictures; their ignored faces are ignored.
        size: (height, width) of the input.
        channels: 1 for grey, 3 for RGB.
        smallest: Faces with a side below so many pixels of the input are ignored.
        batch_size: Pictures per call of `detect`.

    Returns:
        The precision-recall curve; see `average_precision` for the protocol.

    Raises:
        DataError: There are no pictures, or `detect` returns too many or too few results.
        ValueError: `batch_size` is below 1.
    """
    if not len(dataset):
        raise DataError(f"No picture in this part of {dataset.files.place}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1. Received: {batch_size}")
    found: list[Detections] = []
    faces, ignored = [], []
    for start in range(0, len(dataset), batch_size):
        inputs = []
        for index in range(start, min(start + batch_size, len(dataset))):
            example = dataset[index]
            image, boxes = resize(example.image, example.boxes, size)
            inputs.append(net_pixels(image, channels))
            faces.append(boxes)
            ignored.append(example.ignored)
        found.extend(detect(np.stack(inputs)))
    return precision_recall(found, faces, ignored, smallest=smallest)
