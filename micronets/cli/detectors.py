"""Face detectors that the command runs: a Keras model in a file, and a generated header."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from micronets.cli.loading import load_model
from micronets.cli.verify import read_banner
from micronets.detection.augment import resize
from micronets.detection.detections import Detections, find_detections
from micronets.detection.header_detector import HeaderDetector
from micronets.detection.pixels import net_pixels
from micronets.detection.priors import QVGA_PRIORS, make_priors
from micronets.errors import ModelError
from micronets.quiet import import_keras_quietly

# From a picture, uint8 RGB of any size, and the least score to the faces in its pixels.
Detector = Callable[[np.ndarray, float], Detections]


def load_detector(path: str) -> Detector:
    """The detector in a Keras model's file.

    Raises:
        FileNotFoundError: There is no such file.
        ModelError: It is no model, or no face detector.
    """
    return _detector_of(load_model(path), path)


def shipped_detector() -> Detector:
    """RNNPoolFaceM4 with the weights inside the package."""
    import_keras_quietly()
    from micronets.models import RNNPoolFaceM4

    return _detector_of(RNNPoolFaceM4(weights="wider").model, "RNNPoolFaceM4")


def _detector_of(model: Any, name: str) -> Detector:
    """How a Keras model looks at pictures."""
    priors = _priors_of(model, name)
    _, height, width, channels = model.input_shape

    def detect(image: np.ndarray, threshold: float) -> Detections:
        scaled, _ = resize(image, np.empty((0, 4)), (height, width))
        inputs = net_pixels(scaled, channels)[np.newaxis]
        offsets, logits = (np.asarray(output)[0] for output in model(inputs, training=False))
        size = image.shape[:2]
        return find_detections(offsets, logits, priors, size, threshold=threshold).clipped(size)

    return detect


def _priors_of(model: Any, name: str) -> np.ndarray:
    """The priors of a model, whose heads must be as those of the face nets."""
    names = [f"head_{number}_loc" for number, _ in enumerate(QVGA_PRIORS.steps, start=1)]
    layers = {layer.name: layer for layer in model.layers}
    heads = [layers[name].output.shape[1:3] for name in names if name in layers]
    if len(heads) == len(names) and len(model.inputs) == 1 and None not in model.input_shape[1:]:
        priors = make_priors(QVGA_PRIORS, model.input_shape[1:3], heads)
        shapes = [tuple(output.shape[1:]) for output in model.outputs]
        if shapes == [(len(priors), 4), (len(priors), 2)]:
            return priors
    raise ModelError(
        f"{name!r} is no face detector such as RNNPoolFaceM4: a model of one image, with the heads "
        f"{names[0]} to {names[-1]}, which gives offsets (priors, 4) and scores (priors, 2). "
        f"Received: {model.input_shape} to {[tuple(output.shape) for output in model.outputs]}"
    )


def compile_detector(path: str, target: str) -> Detector:
    """The detector in a generated header, compiled.

    Raises:
        VerificationError: It is no header of micronets, or not of a detector.
        ToolchainError: A tool is missing, or the compiler rejects the header.
        OSError: It cannot be read.
    """
    banner = read_banner(path)
    compiled = HeaderDetector(banner.string, banner["name"], target=target)
    return lambda image, threshold: compiled.detect([image], threshold)[0]
