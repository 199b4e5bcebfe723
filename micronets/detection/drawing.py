"""Draws boxes and their scores on a picture, so that both can be seen at any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from micronets.data.image_files import import_pillow
from micronets.errors import DataError

Colour = tuple[int, int, int]

FOUND: Colour = (60, 230, 110)
COMPARED: Colour = (255, 165, 40)
_EDGE: Colour = (15, 15, 15)

# Widths of lines and heights of letters are parts of the picture's shorter side.
_LINES_PER_SIDE = 200
_LETTERS_PER_SIDE = 32
_SMALLEST_LETTER = 9


def draw_boxes(
    image: np.ndarray,
    boxes: np.ndarray,
    scores: np.ndarray | None = None,
    *,
    colour: Colour = FOUND,
) -> np.ndarray:
    """Draw boxes on a copy of a picture, each with a thin dark edge and its score.

    Lines and letters grow with the picture. A score that would cover one drawn before is left out,
    so give the best boxes first, as detectors do.

    Args:
        image: uint8, shape (height, width, 3), or (height, width, 1) in grey.
        boxes: (left, top, right, bottom) in pixels, shape (count, 4); they are cut off at the
            picture's borders.
        scores: One per box, from 0 to 1; None writes nothing.
        colour: Of lines and labels, RGB.

    Returns:
        uint8 RGB, as large as the picture.

    Raises:
        DataError: The shapes are others.
        InstallationError: Pillow is not installed.

    Example:
        >>> found = np.array([[5, 5, 20, 25]], np.float32)
        >>> draw_boxes(np.zeros((40, 60, 1), np.uint8), found).shape
        (40, 60, 3)
    """
    image, boxes = _checked(image, boxes, scores)
    picture = import_pillow().fromarray(image)
    from PIL import ImageDraw

    pen = ImageDraw.Draw(picture)
    height, width = image.shape[:2]
    line = max(1, round(min(height, width) / _LINES_PER_SIDE))
    whole = np.rint(np.clip(boxes, 0, [width, height, width, height])).astype(int)
    corners = [tuple(box) for box in np.maximum(whole - [0, 0, 1, 1], whole[:, [0, 1, 0, 1]])]
    # All dark edges first: none may cross the line of another box.
    for left, top, right, bottom in corners:
        pen.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=_EDGE, width=line + 2)
    for corner in corners:
        pen.rectangle(corner, outline=colour, width=line)
    if scores is not None:
        _write_scores(pen, corners, scores, colour, (height, width))
    return np.array(picture)


def _checked(
    image: np.ndarray, boxes: np.ndarray, scores: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] not in (1, 3):
        raise DataError(
            "A picture must be uint8 of shape (height, width, 3), or (height, width, 1) in grey. "
            f"Received: {image.dtype} of shape {image.shape}"
        )
    boxes = np.asarray(boxes)
    if boxes.ndim != 2 or boxes.shape[1] != 4 or not np.isfinite(boxes).all():
        raise DataError(f"boxes must be numbers of shape (count, 4). Received: {boxes}")
    if scores is not None and len(scores) != len(boxes):
        raise DataError(
            f"There must be a score for each box. Received: {len(boxes)} boxes, "
            f"{len(scores)} scores"
        )
    return np.broadcast_to(image, (*image.shape[:2], 3)).copy(), boxes


def _write_scores(
    pen: Any,
    corners: list[tuple[int, ...]],
    scores: np.ndarray,
    colour: Colour,
    size: tuple[int, int],
) -> None:
    """Write each score above its box, or in it where the picture ends."""
    from PIL import ImageFont

    font = ImageFont.load_default(max(_SMALLEST_LETTER, min(size) / _LETTERS_PER_SIDE))
    taken: list[tuple[int, ...]] = []
    for (left, top, _, _), score in zip(corners, scores, strict=True):
        text = f"{score:.2f}"
        x0, y0, x1, y1 = (round(at) for at in pen.textbbox((0, 0), text, font=font))
        across, down = x1 - x0 + 4, y1 - y0 + 4
        x = max(0, min(left, size[1] - across))
        y = top - down if top >= down else top
        label = (x, y, x + across, y + down)
        if any(_overlap(label, other) for other in taken):
            continue
        taken.append(label)
        pen.rectangle((x, y, x + across - 1, y + down - 1), fill=colour)
        pen.text((x + 2 - x0, y + 2 - y0), text, font=font, fill=_EDGE)


def _overlap(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    return (
        first[0] < second[2]
        and second[0] < first[2]
        and first[1] < second[3]
        and second[1] < first[3]
    )
