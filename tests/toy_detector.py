"""A face detector that can be checked by hand: every bright cell of 16x16 pixels is a face.

It takes 96x128 grey pixels; a face's box is 48 pixels wide and has the cell in its middle. It is a
Keras model with the heads of the face nets, and nothing behind them.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from micronets.codegen.export import Export
from micronets.detection.pixels import MEAN_GREY
from micronets.models.saved_detector import SavedDetector

SIZE = (96, 128)
CELL = 16
SIDE = 48


def toy_model(half: float = 200) -> keras.Model:
    """The detector; a cell of grey level `half` has the score 0.5."""
    layers = keras.layers
    image = keras.Input((*SIZE, 1), name="image")
    offsets, logits = [], []
    for number, step in enumerate((8, 8, 16, 16), start=1):
        cells = layers.AveragePooling2D(step)(image)
        loc = layers.Conv2D(4, 1, kernel_initializer="zeros", name=f"head_{number}_loc")(cells)
        conf = layers.Conv2D(2, 1, name=f"head_{number}_conf")(cells)
        offsets.append(layers.Reshape((-1, 4))(loc))
        logits.append(layers.Reshape((-1, 2))(conf))
    outputs = [
        layers.Concatenate(axis=1, name="loc")(offsets),
        layers.Concatenate(axis=1, name="conf")(logits),
    ]
    model = keras.Model(image, outputs, name="toy_face")
    for number in range(1, 5):
        # Inputs are levels minus the mean grey; only the last head finds anything.
        sees = number == 4
        kernel = np.array([[[[0.0, 0.1 * sees]]]], np.float32)
        bias = np.array([0.0, -0.1 * (half - MEAN_GREY) if sees else -20], np.float32)
        model.get_layer(f"head_{number}_conf").set_weights([kernel, bias])
    return model


def toy_header(path: Path, half: float = 200) -> Export:
    """The detector as users put it on chips: int8, row by row."""
    levels = np.linspace(0, 255, 48).reshape(6, 8)
    calibration = np.kron(levels, np.ones((CELL, CELL)))[np.newaxis, ..., np.newaxis]
    return SavedDetector(toy_model(half), "toy").export_cpp(
        path,
        class_name="ToyFace",
        dtype="int8",
        memory="stream",
        calibration=calibration.astype(np.uint8),
    )


def bright_cells(*cells: tuple[int, int], scale: int = 1, level: int = 255) -> np.ndarray:
    """A dark picture of `scale` times the net's size with bright cells (row, column)."""
    image = np.full((SIZE[0] * scale, SIZE[1] * scale, 3), 40, np.uint8)
    side = CELL * scale
    for row, column in cells:
        image[row * side : (row + 1) * side, column * side : (column + 1) * side] = level
    return image


def toy_box(row: int, column: int, scale: int = 1) -> list[float]:
    """The box of a bright cell that is not at the border."""
    x, y = (CELL * (column + 0.5)) * scale, (CELL * (row + 0.5)) * scale
    half = SIDE / 2 * scale
    return [x - half, y - half, x + half, y + half]
