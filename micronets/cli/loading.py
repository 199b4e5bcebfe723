"""Reading what a subcommand is given: Keras models, images, names of the classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from micronets.errors import DataError, ModelError
from micronets.quiet import import_keras_quietly

_IMAGE_NAMES = ("images", "x", "x_test", "test_images", "arr_0")
_MOST_LINES = 6


def load_model(path: str) -> Any:
    """Reads a Keras model, without what TensorFlow logs.

    Raises:
        FileNotFoundError: There is no such file.
        ModelError: Keras cannot read it.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"There is no file {path!r}; save a model with model.save({path!r})"
        )
    import_keras_quietly()
    import keras

    import micronets.models  # noqa: F401 - Keras finds our layers and regularizers by their names.

    try:
        return keras.models.load_model(path, compile=False)
    # A damaged file makes Keras raise whatever its parsers do: zipfile, json, h5py, its own code.
    except Exception as error:
        said = "\n".join(f"  {line}" for line in str(error).strip().splitlines()[:_MOST_LINES])
        raise ModelError(
            f"Keras {keras.__version__} cannot read {path!r} as a model:\n"
            f"{said or '  ' + type(error).__name__}\n"
            "Save it with model.save('model.keras') and a Keras that is not newer than this one."
        ) from error


def with_known_options(model: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Options of an export, and those that our own face nets need unless they are given."""
    from micronets.models.saved_detector import SavedDetector

    try:
        known = SavedDetector(model, model.name).export_options()
    except (ModelError, ValueError):
        return options
    return known | {name: value for name, value in options.items() if value is not None}


def load_images(path: str) -> np.ndarray:
    """Reads images `(count, *input shape)` from a .npy or .npz file.

    Raises:
        DataError: It holds no images, or several arrays of which none has a usual name.
        OSError: The file cannot be read.
    """
    try:
        content = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(f"{path!r} is no .npy or .npz file of numbers: {error}") from error
    if isinstance(content, np.ndarray):
        return content
    with content as arrays:
        names = [name for name in _IMAGE_NAMES if name in arrays.files] or arrays.files
        if not names or (len(arrays.files) > 1 and names == arrays.files):
            raise DataError(
                f"{path!r} must hold one array, or call the images {_IMAGE_NAMES[0]!r}. "
                f"Received: {arrays.files}"
            )
        return arrays[names[0]]


def read_labels(text: str | None) -> list[str] | None:
    """Names of the classes: `a,b,c`, or a file with one on each line."""
    if text is None:
        return None
    if Path(text).is_file():
        lines = Path(text).read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line.strip()]
    return [name.strip() for name in text.split(",")]
