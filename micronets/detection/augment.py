"""Random changes of pictures with boxes: what the nets of arXiv:2002.11921 are trained with.

Every function returns a new picture, uint8 RGB of shape (height, width, 3), and the boxes (left,
top, right, bottom) in its pixels, as many as before and in the same order.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from micronets.data.image_files import import_pillow
from micronets.detection.pixels import MEAN_RGB

Picture = tuple[np.ndarray, np.ndarray]

_BRIGHTNESS = 0.125
_CONTRAST = 0.5
_SATURATION = 0.5
# In the 256 steps of Pillow's hue.
_HUE = 18


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How training pictures are changed. The defaults are the paper's.

    Attributes:
        slack: Pictures are padded to the net's aspect ratio within so many pixels.
        distort: Probability of each change of colour.
        reduce: Probability that a picture with larger faces than `largest_face` is made smaller.
        largest_face: Square root of the area of the largest face after that, in pixels.
        mirror: Probability of swapping left and right.
    """

    slack: int = 20
    distort: float = 0.5
    reduce: float = 1.0
    largest_face: float = 48.0
    mirror: float = 0.5


def augment(
    image: np.ndarray,
    boxes: np.ndarray,
    size: tuple[int, int],
    random: np.random.Generator,
    how: Augmentation | None = None,
) -> Picture:
    """Change a training picture in all ways, one after the other, and scale it to the net's size.

    Args:
        image: uint8 RGB, shape (height, width, 3).
        boxes: Corners in pixels, shape (faces, 4).
        size: Wanted (height, width).
        random: Source of all choices.
        how: How much; None takes the defaults.

    Returns:
        The picture of `size` and its boxes.
    """
    how = how or Augmentation()
    image, boxes = pad_to_aspect(image, boxes, size, random, how.slack)
    image = distort_colours(image, random, how.distort)
    if random.random() < how.reduce:
        image, boxes = reduce_faces(image, boxes, how.largest_face)
    image, boxes = paste_on_canvas(image, boxes, size, random)
    image, boxes = resize(image, boxes, size, str(random.choice(FILTERS)))
    return mirror(image, boxes) if random.random() < how.mirror else (image, boxes)


def pad_to_aspect(
    image: np.ndarray,
    boxes: np.ndarray,
    size: tuple[int, int],
    random: np.random.Generator,
    slack: int = 20,
) -> Picture:
    """Pad a picture at the bottom or the right, so that faces keep about their shape when scaled.

    Pictures that lack no more than `slack` pixels stay as they are; the others miss the aspect
    ratio of `size` by up to `slack` pixels, each by its own number.
    """
    height, width = image.shape[:2]
    down = round(width * size[0] / size[1]) - height
    across = round(height * size[1] / size[0]) - width
    if max(down, across) <= slack:
        return image.copy(), boxes.copy()
    change = int(random.integers(-slack, slack + 1))
    padded = (height, width + across + change) if across > down else (height + down + change, width)
    return _on_canvas(image, padded, (0, 0)), boxes.copy()


def distort_colours(
    image: np.ndarray, random: np.random.Generator, probability: float = 0.5
) -> np.ndarray:
    """Change brightness, contrast, saturation and hue, each with a probability.

    Contrast changes second or last, as often as not.
    """
    changes: list[Callable[[Any, np.random.Generator], Any]] = [_saturation, _hue]
    changes.insert(0 if random.random() < 0.5 else 2, _contrast)
    picture = import_pillow().fromarray(image)
    for change in (_brightness, *changes):
        if random.random() < probability:
            picture = change(picture, random)
    return np.array(picture)


def reduce_faces(image: np.ndarray, boxes: np.ndarray, largest: float = 48.0) -> Picture:
    """Scale a picture down until its largest face has an area of `largest` squared, if it has more.

    The largest priors are 48 pixels wide: faces far beyond would teach nothing.
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    side = float(np.sqrt(sides.prod(axis=1).max(initial=0)))
    if side <= largest:
        return image.copy(), boxes.copy()
    height, width = (max(1, round(length * largest / side)) for length in image.shape[:2])
    return resize(image, boxes, (height, width), "LANCZOS")


def paste_on_canvas(
    image: np.ndarray, boxes: np.ndarray, size: tuple[int, int], random: np.random.Generator
) -> Picture:
    """Put a picture smaller than `size` somewhere on a larger one of the mean colour.

    The larger one has the aspect ratio of the picture and is at least of `size`, so that nothing is
    scaled up later.
    """
    height, width = image.shape[:2]
    growth = max(size[0] / height, size[1] / width)
    if growth <= 1:
        return image.copy(), boxes.copy()
    canvas = (round(height * growth), round(width * growth))
    top = int(random.integers(0, canvas[0] - height + 1))
    left = int(random.integers(0, canvas[1] - width + 1))
    moved = boxes + np.array([left, top, left, top], boxes.dtype)
    return _on_canvas(image, canvas, (top, left)), moved


# Pillow's names of the ways to scale that training mixes, so that a net learns to read all cameras.
FILTERS = ("BILINEAR", "HAMMING", "NEAREST", "BICUBIC", "LANCZOS")


def resize(
    image: np.ndarray, boxes: np.ndarray, size: tuple[int, int], resampling: str = "BILINEAR"
) -> Picture:
    """Scale a picture to (height, width), whatever its aspect ratio.

    Args:
        image: uint8 RGB.
        boxes: Corners in its pixels.
        size: Wanted (height, width).
        resampling: One of FILTERS.
    """
    pillow = import_pillow()
    height, width = size
    scaled = pillow.fromarray(image).resize((width, height), pillow.Resampling[resampling])
    across, down = width / image.shape[1], height / image.shape[0]
    return np.array(scaled), boxes * np.array([across, down, across, down], np.float32)


def mirror(image: np.ndarray, boxes: np.ndarray) -> Picture:
    """Swap left and right."""
    width = image.shape[1]
    mirrored = boxes.copy()
    mirrored[:, [0, 2]] = width - boxes[:, [2, 0]]
    return image[:, ::-1].copy(), mirrored


def _on_canvas(image: np.ndarray, size: tuple[int, int], corner: tuple[int, int]) -> np.ndarray:
    """The picture with its corner (top, left) at `corner` of one of the mean colour."""
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = MEAN_RGB
    top, left = corner
    canvas[top : top + image.shape[0], left : left + image.shape[1]] = image
    return canvas


def _factor(most: float, random: np.random.Generator) -> float:
    return float(random.uniform(1 - most, 1 + most))


def _brightness(picture: Any, random: np.random.Generator) -> Any:
    from PIL import ImageEnhance

    return ImageEnhance.Brightness(picture).enhance(_factor(_BRIGHTNESS, random))


def _contrast(picture: Any, random: np.random.Generator) -> Any:
    from PIL import ImageEnhance

    return ImageEnhance.Contrast(picture).enhance(_factor(_CONTRAST, random))


def _saturation(picture: Any, random: np.random.Generator) -> Any:
    from PIL import ImageEnhance

    return ImageEnhance.Color(picture).enhance(_factor(_SATURATION, random))


def _hue(picture: Any, random: np.random.Generator) -> Any:
    shift = int(random.integers(-_HUE, _HUE + 1))
    hue, saturation, value = picture.convert("HSV").split()
    turned = hue.point([(level + shift) % 256 for level in range(256)])
    return import_pillow().merge("HSV", (turned, saturation, value)).convert("RGB")
