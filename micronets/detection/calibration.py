"""Pictures that calibrate a face net for int8 where nobody has better ones at hand."""

import numpy as np

from micronets.data.camera import grey_from_rgb
from micronets.data.drawn_faces import DrawnFiles, draw_faces

_PICTURES = 16


def drawn_calibration(size: tuple[int, int]) -> np.ndarray:
    """Draw pictures with faces of all sizes: the same ones every time, so exports are the same.

    `python -m micronets.experiments.face_int8` compares what int8 finds after them with what it
    finds after photographs.

    Args:
        size: (height, width).

    Returns:
        Grey pixels, uint8, shape (count, height, width, 1).
    """
    largest = min(size[0] // 2, size[1])
    drawn = draw_faces(_PICTURES, size, sides=(max(1, largest // 10), largest))
    assert isinstance(drawn.files, DrawnFiles)
    return np.stack([grey_from_rgb(drawn.files.draw(name)) for name in drawn.paths])
