"""Weights that ship with the package: all of a model in one small file, in half precision."""

from pathlib import Path
from typing import Any

import numpy as np

from micronets.errors import InstallationError
from micronets.files import write_atomically


def flat_weights(model: Any) -> np.ndarray:
    """All weights of a Keras model one after another, in half precision.

    Raises:
        ValueError: A weight is too large for half precision, or no number.
    """
    with np.errstate(over="ignore"):
        flat = np.concatenate([np.asarray(weight).ravel() for weight in _weights(model)]).astype(
            np.float16
        )
    if not np.isfinite(flat).all():
        raise ValueError("the model has weights that half precision cannot hold")
    return flat


def set_flat_weights(model: Any, flat: np.ndarray) -> None:
    """Give a Keras model the weights that `flat_weights` took from one.

    Raises:
        ValueError: They are of another model.
    """
    weights = _weights(model)
    sizes = [int(np.prod(weight.shape)) for weight in weights]
    if flat.shape != (sum(sizes),):
        raise ValueError(f"the model has {sum(sizes):,} weights, received shape {flat.shape}")
    parts = np.split(flat.astype(np.float32), np.cumsum(sizes)[:-1])
    for weight, part in zip(weights, parts, strict=True):
        weight.assign(part.reshape(weight.shape))


def save_flat_weights(model: Any, path: Path) -> Path:
    """Write `flat_weights` to a `*.npy` file, whole or not at all; returns the path."""

    def write(unfinished: str) -> None:
        np.save(unfinished, flat_weights(model))

    return write_atomically(path, write)


def load_flat_weights(model: Any, path: Path) -> None:
    """Give a Keras model the weights in a file of the package.

    Raises:
        InstallationError: The installed package lacks the file, or it is damaged.
    """
    if not path.is_file():
        raise InstallationError(
            f"The installed package lacks {path}. Install micronets again: "
            "pip install --force-reinstall micronets"
        )
    try:
        set_flat_weights(model, np.load(path))
    except (OSError, ValueError, EOFError) as error:
        raise InstallationError(
            f"{path} of the installed package is damaged ({error}). Install micronets again: "
            "pip install --force-reinstall micronets"
        ) from error


def _weights(model: Any) -> list[Any]:
    """Without the states of random generators."""
    return [weight for weight in model.weights if "seed_generator" not in weight.path]
