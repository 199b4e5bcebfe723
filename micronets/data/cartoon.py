"""Paints cartoon faces and rooms to put them in, with numpy alone.

All is made of ellipses with the light falling on them from one side, coarse enough to be drawn
and like enough to a face in bad light that a detector trained on photographs may find it.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from micronets.data.resize import resize_images

# Faces are painted at least this wide and then scaled down, so that an eye may be part of a pixel.
_FINE = 96
# A figure's hair, neck and shoulders reach beyond its face, in widths and heights of the face.
REACH = (0.45, 0.25, 0.45, 0.75)


@dataclasses.dataclass(frozen=True)
class Ellipse:
    """A part of a figure, in widths and heights of its face: centre, radii and colour.

    Attributes:
        softness: Width of its edge in shares of its smaller radius.
    """

    x: float
    y: float
    across: float
    down: float
    colour: np.ndarray
    softness: float = 0.1


def make_figure(random: np.random.Generator) -> list[Ellipse]:
    """A person's parts from back to front; the face is the ellipse that fills the unit square."""
    skin = random.uniform(90, 225) * np.array([1.08, 0.96, 0.86])
    hair = random.uniform(15, 130) * np.array([1.1, 1.0, 0.9])
    clothes = random.uniform(30, 220) * random.uniform(0.7, 1.3, 3)
    dark = skin * 0.3
    turn = random.uniform(-0.08, 0.08)
    length = random.uniform(0.5, 0.8)
    eyes, brows = random.uniform(0.42, 0.47), random.uniform(0.31, 0.35)
    apart, mouth = random.uniform(0.18, 0.21), random.uniform(0.12, 0.2)
    parts = [
        Ellipse(0.5, length, 0.58 + 0.2 * (length - 0.5), length + 0.1, hair),
        Ellipse(0.5, 0.3, 0.55, 0.46, hair),
        Ellipse(0.5, 1.6, 0.9, 0.55, clothes),
        Ellipse(0.5, 1.0, 0.26, 0.3, skin * 0.72),
        Ellipse(0.5, 0.5, 0.5, 0.5, skin, 0.02),
        Ellipse(0.5 + turn, 0.02, 0.38, random.uniform(0.08, 0.18), hair),
    ]
    for side in (-1, 1):
        x = 0.5 + turn + side * apart
        parts += [
            Ellipse(x, eyes, 0.14, 0.09, skin * 0.72, 0.9),
            Ellipse(x, eyes, 0.085, 0.04, np.minimum(skin * 1.4, 235)),
            Ellipse(x, eyes, 0.045, 0.045, dark),
            Ellipse(x, brows, 0.12, 0.028, hair * 0.8),
            Ellipse(0.5 + 1.5 * turn + side * 0.05, 0.645, 0.04, 0.022, skin * 0.55, 0.6),
            Ellipse(x + side * 0.06, 0.66, 0.14, 0.1, skin * 1.05, 1.0),
        ]
    parts += [
        Ellipse(0.5 + 1.5 * turn, 0.54, 0.035, 0.12, np.minimum(skin * 1.12, 245), 0.9),
        Ellipse(0.5 + turn, 0.79, mouth, 0.035, skin * np.array([0.7, 0.42, 0.42])),
        Ellipse(0.5 + turn, 0.79, mouth * 0.9, 0.009, dark),
        Ellipse(0.5 + turn, 0.86, 0.12, 0.02, skin * 0.8, 0.9),
    ]
    return parts


def paint_figure(
    canvas: np.ndarray, box: tuple[int, int, int, int], random: np.random.Generator
) -> None:
    """Paint a person whose face exactly fills a box.

    Args:
        canvas: float32 RGB, changed in place; hair and shoulders that reach beyond it are cut off.
        box: (left, top, right, bottom) of the face in pixels.
        random: Source of all choices.
    """
    parts = make_figure(random)
    light = random.uniform(-0.35, 0.35)
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    fine = -(-_FINE // width)
    before_x, before_y, after_x, after_y = REACH
    x0, y0 = max(left - round(before_x * width), 0), max(top - round(before_y * height), 0)
    x1 = min(right + round(after_x * width), canvas.shape[1])
    y1 = min(bottom + round(after_y * height), canvas.shape[0])
    patch = canvas[y0:y1, x0:x1].repeat(fine, axis=0).repeat(fine, axis=1)
    # Centres of the fine pixels, the face from 0 to 1.
    x = ((np.arange((x1 - x0) * fine) + 0.5) / fine + x0 - left) / width
    y = ((np.arange((y1 - y0) * fine) + 0.5) / fine + y0 - top) / height
    for part in parts:
        _paint_ellipse(patch, part, x, y, light)
    small = patch.reshape(y1 - y0, fine, x1 - x0, fine, 3).mean(axis=(1, 3))
    canvas[y0:y1, x0:x1] = small


def _paint_ellipse(
    patch: np.ndarray, part: Ellipse, x: np.ndarray, y: np.ndarray, light: float
) -> None:
    """Paint where the ellipse is; `x` and `y` are the columns and rows of the patch."""
    rows = slice(*np.searchsorted(y, [part.y - part.down, part.y + part.down]))
    columns = slice(*np.searchsorted(x, [part.x - part.across, part.x + part.across]))
    x, y = x[columns], y[rows, np.newaxis]
    distance = np.hypot((x - part.x) / part.across, (y - part.y) / part.down)
    cover = np.clip((1 - distance) / part.softness, 0, 1)[..., np.newaxis]
    shading = (1 + light * (x - 0.5) - 0.2 * (y - 0.5))[..., np.newaxis]
    area = patch[rows, columns]
    area += cover * (part.colour * shading - area)


def paint_room(size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """A background: uneven light, and things that are no faces.

    Returns:
        float32 RGB of (height, width, 3), about 0 to 255.
    """
    height, width = size
    # One hue that changes little, in a light that changes much.
    hue = random.uniform(0.8, 1.2, (3, 1, 1)) + random.uniform(-0.15, 0.15, (3, 3, 4))
    coarse = random.uniform(40, 200, (3, 4)) * hue
    canvas = np.moveaxis(resize_images(coarse.astype(np.float32), size), 0, -1)
    rows, columns = np.mgrid[:height, :width]
    for _ in range(random.integers(4, 14)):
        colour = random.uniform(10, 230) * random.uniform(0.85, 1.15, 3)
        y, x = random.uniform(0, height), random.uniform(0, width)
        down, across = random.uniform(2, height / 4), random.uniform(2, width / 4)
        # Crates, pipes and stripes: straight edges, some of them slanting.
        lean = random.uniform(-0.5, 0.5) if random.random() < 0.5 else 0.0
        thing = (abs(columns - x - lean * (rows - y)) < across) & (abs(rows - y) < down)
        if random.random() < 0.3:
            thing &= (columns // max(2, int(across / 4))) % 2 == 0
        canvas[thing] += random.uniform(0.4, 1) * (colour - canvas[thing])
    return canvas
