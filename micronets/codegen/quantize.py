"""From a float graph and calibration images to an int8 graph and a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from micronets.codegen.calibrate import calibrate
from micronets.codegen.graph import Graph
from micronets.codegen.inputs import Images, as_trained, input_codes
from micronets.codegen.passes.lower_int8 import lower_int8
from micronets.codegen.receipt import Receipt, write_receipt
from micronets.errors import QuantizationError

_RECEIPT_IMAGES = 256


@dataclass(frozen=True, eq=False)
class Sample:
    """Calibration images, and their labels where they are known."""

    images: Images
    labels: npt.NDArray[np.int64] | None = None


def calibration_sample(graph: Graph, name: str, calibration: Any) -> Sample:
    """Checks `calibration=`: images, or images and labels.

    Raises:
        QuantizationError: Images are missing, of the wrong shape, NaN or infinite; labels do not
            fit. Lists every problem.
    """
    if calibration is None:
        raise QuantizationError(
            f"int8 needs calibration images for {name}: pass calibration=images, a "
            "hundred or more like those that the net will see. A net of the zoo keeps some when "
            "it is trained."
        )
    images, labels = calibration if isinstance(calibration, tuple) else (calibration, None)
    images, shape = np.asarray(images), graph.input.shape
    if shape[-1] == 1 and images.shape[1:] == shape[:-1]:
        images = images[..., np.newaxis]
    problems = []
    if images.ndim != len(shape) + 1 or images.shape[1:] != shape or len(images) == 0:
        wanted = ", ".join(map(str, shape))
        problems.append(f"images of shape (count, {wanted}) expected. Received: {images.shape}")
    if images.dtype.kind not in "fiub" or not np.isfinite(images).all():
        problems.append(f"finite floats or uint8 pixels expected. Received: {images.dtype}")
    if labels is not None:
        labels = np.asarray(labels)
        labels = labels.argmax(axis=1) if labels.ndim == 2 else labels
        if labels.shape != images.shape[:1]:
            problems.append(f"one label per image expected. Received: {labels.shape}")
    if problems:
        raise QuantizationError(f"calibration of {name}: " + "; ".join(problems))
    if images.dtype != np.uint8:
        images = images.astype(np.float32)
    return Sample(images, labels)


def quantize(
    graph: Graph, pixel: tuple[float, float], sample: Sample, observer: str
) -> tuple[Graph, Receipt]:
    """Lowers a float graph to int8 and compares the two on the calibration images."""
    real = as_trained(sample.images, *pixel)
    lowered = lower_int8(graph, calibrate(graph, real, observer), pixel)
    few = slice(0, _RECEIPT_IMAGES)
    codes = input_codes(sample.images[few], *pixel)
    labels = None if sample.labels is None else sample.labels[few]
    return lowered, write_receipt(graph, lowered, real[few], codes, labels)
