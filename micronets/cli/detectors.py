"""Face detectors that the command runs: a Keras model in a file, and a generated header."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from micronets.cli.loading import load_model
from micronets.cli.verify import read_banner
from micronets.detection.detections import Detections
from micronets.detection.header_detector import HeaderDetector
from micronets.quiet import import_keras_quietly

# From a picture, uint8 RGB of any size, and the least score to the faces in its pixels.
Detector = Callable[[np.ndarray, float], Detections]


SHIPPED = ("RNNPoolFaceM4", "RNNPoolFaceQVGA")
"""Nets whose weights are inside the package, the default first."""


def load_detector(model: str) -> Detector:
    """The detector in a Keras model's file, or one that ships.

    Args:
        model: A path, or a name of `SHIPPED`.

    Raises:
        FileNotFoundError: There is no such file.
        ModelError: It is no model, or no face detector.
    """
    if model in SHIPPED:
        import_keras_quietly()
        from micronets import models

        shipped: Detector = getattr(models, model)(weights="wider").detect
        return shipped
    loaded = load_model(model)
    from micronets.models.saved_detector import SavedDetector

    return SavedDetector(loaded, model).detect


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
