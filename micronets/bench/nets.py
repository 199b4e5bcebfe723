"""The nets that are measured, as Keras models: the zoo trained, and three architectures of others.

The zoo's weights are committed, since training is neither quick nor the same everywhere:
`python -m micronets.bench --train` makes them. They are those of the nets as trained, batch
normalizations included, in half precision; export folds them as it would a user's.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from micronets.bench.cases import FACES
from micronets.data import load_digits
from micronets.models import create_model
from micronets.models.flat_weights import load_flat_weights

NUM_CLASSES = 10
CALIBRATION_IMAGES = 64
_WEIGHTS = Path(__file__).with_name("weights")


def make_net(name: str) -> Any:
    """The Keras model (or net of the zoo) of that name, with the weights it is measured with."""
    from micronets.bench.architectures import ARCHITECTURES

    if name in FACES:
        return face_net(name)
    if name not in ARCHITECTURES:
        return trained_net(name)
    make, shape = ARCHITECTURES[name]
    return make(calibration_pixels(shape).astype(np.float32) / 255)


@cache
def calibration_pixels(shape: tuple[int, int, int]) -> np.ndarray:
    """Handwritten digits as pixels `(count, *shape)`; in colour, each of a colour of its own."""
    height, width, channels = shape
    (images, _), _ = load_digits((height, width))
    gray = images[:CALIBRATION_IMAGES] * 255
    colors = np.random.default_rng(1).uniform(0.2, 1, (len(gray), 1, 1, channels))
    return np.rint(gray * (colors if channels > 1 else 1)).astype(np.uint8)


def trained_net(name: str) -> Any:
    """A net of the zoo with its committed weights.

    Raises:
        InstallationError: The installed package lacks them.
    """
    net = create_model(f"{name}_mobilenet", NUM_CLASSES)
    load_flat_weights(net.model, weights_path(name))
    return net


def face_net(name: str) -> Any:
    """A face detector with the weights that ship."""
    from micronets.models import RNNPoolFaceM4, RNNPoolFaceQVGA

    nets = {"face_m4": RNNPoolFaceM4, "face_qvga": RNNPoolFaceQVGA}
    return nets[name](weights="wider")


def weights_path(name: str) -> Path:
    """Where the weights of a net of the zoo are kept."""
    return _WEIGHTS / f"{name}.npy"
