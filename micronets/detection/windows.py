"""Cuts windows with faces out of training pictures: what small nets learn from in little time.

A fully convolutional net learns the same from a window as from a whole frame, and a window around a
face has far less background to compute.
"""

import dataclasses

import numpy as np

from micronets.data.camera import grey_from_rgb
from micronets.data.faces import FaceDataset
from micronets.data.image_files import import_pillow
from micronets.detection.augment import FILTERS
from micronets.detection.pixels import MEAN_GREY

# Pixels (height, width), corners of faces, and True for those that are ignored.
GreyPicture = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Windows:
    """How windows are cut out and changed.

    Attributes:
        size: (height, width) of a window, or None for that of the net's input.
        frame: (height, width) that a whole picture is scaled to at a scale of 1.
        least_scale, most_scale: Pictures are scaled by a factor between these on top of that.
        aspect: Pictures are made wider or taller by up to this factor.
        largest_face: Pictures are scaled down until the face of the window has this side at most.
        smallest_face: Faces with a shorter side are neither to be found nor background.
        visible: So are faces of which the window shows a smaller share than this.
        contrast: Pixels' distance from grey changes by up to this share.
        brightness: Pixels change by up to so many levels.
        noise: Standard deviation of noise, in levels, at most.
        mirror: Probability of swapping left and right.
    """

    size: tuple[int, int] | None = (96, 96)
    frame: tuple[int, int] = (240, 320)
    least_scale: float = 0.6
    most_scale: float = 1.7
    aspect: float = 1.15
    largest_face: float = 80.0
    smallest_face: float = 6.0
    visible: float = 0.6
    contrast: float = 0.5
    brightness: float = 32.0
    noise: float = 8.0
    mirror: float = 0.5


@dataclasses.dataclass(frozen=True)
class Cut:
    """A window of a picture.

    Attributes:
        image: Grey, uint8, shape (height, width, 1).
        boxes: Corners in its pixels, shape (faces, 4).
        ignored: True for faces that are neither to be found nor background.
    """

    image: np.ndarray
    boxes: np.ndarray
    ignored: np.ndarray


class GreyPictures:
    """The pictures of a data set in grey; those read first stay in memory.

    A window is cut in less time than a picture is decoded.

    Args:
        dataset: Pictures.
        most_bytes: As much of them is kept.
    """

    def __init__(self, dataset: FaceDataset, most_bytes: int = 1 << 30) -> None:
        self._dataset = dataset
        self._room = most_bytes
        self._kept: dict[int, GreyPicture] = {}

    def __getitem__(self, index: int) -> GreyPicture:
        """Pixels, boxes and marks of ignored faces of one picture."""
        # Threads may decode a picture twice, which is a waste and no harm.
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        example = self._dataset[index]
        picture = (grey_from_rgb(example.image)[..., 0], example.boxes, example.ignored)
        if picture[0].nbytes <= self._room:
            self._room -= picture[0].nbytes
            self._kept[index] = picture
        return picture


def cut_window(
    image: np.ndarray,
    boxes: np.ndarray,
    ignored: np.ndarray,
    size: tuple[int, int],
    random: np.random.Generator,
    how: Windows,
) -> Cut:
    """Cut a window of `size` around one of the faces, scaled and changed at random.

    Larger faces are chosen more often: crowds would show little else than the smallest.

    Args:
        image: Grey, uint8, shape (height, width).
        boxes: Corners of all faces in its pixels, shape (faces, 4).
        ignored: True for faces that are not to be judged.
        size: (height, width) of the window.
        random: Source of all choices.
        how: How much.
    """
    whole = np.array(image.shape[::-1], np.float32)
    stretch = how.aspect ** random.uniform(-1, 1)
    scale = np.exp(random.uniform(np.log(how.least_scale), np.log(how.most_scale)))
    factors = np.array(how.frame[::-1]) / whole * np.array([stretch, 1 / stretch]) * scale
    face = _choose(boxes[~ignored] * np.tile(factors, 2), random, how.smallest_face)
    chosen = None
    if face is not None:
        chosen = boxes[~ignored][face]
        longest = float(((chosen[2:] - chosen[:2]) * factors).max())
        factors *= min(1.0, how.largest_face / longest)
    extent = np.array(size[::-1]) / factors
    corner = np.array([_place(axis, whole, extent, chosen, random) for axis in (0, 1)])
    pixels = _scale(image, corner, factors, size, str(random.choice(FILTERS)))
    moved = (boxes - np.tile(corner, 2)) * np.tile(factors, 2)
    clipped = np.clip(moved, 0, np.tile(np.array(size[::-1], np.float32), 2))
    sides = clipped[:, 2:] - clipped[:, :2]
    shown = sides.prod(axis=1) / np.maximum((moved[:, 2:] - moved[:, :2]).prod(axis=1), 1e-6)
    left_out = ignored | (shown < how.visible) | (sides.min(axis=1) < how.smallest_face)
    there = (sides > 0).all(axis=1)
    cut = Cut(_change(pixels, random, how), clipped[there].astype(np.float32), left_out[there])
    return _mirror(cut) if random.random() < how.mirror else cut


def _choose(boxes: np.ndarray, random: np.random.Generator, smallest: float) -> int | None:
    """Index of a face that is not too small, a larger one more likely."""
    sides = (boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf)
    weights = np.where(sides >= smallest, np.minimum(sides, 64.0), 0.0)
    if not len(weights) or not weights.sum():
        return None
    return int(random.choice(len(weights), p=weights / weights.sum()))


def _place(
    axis: int,
    whole: np.ndarray,
    extent: np.ndarray,
    face: np.ndarray | None,
    random: np.random.Generator,
) -> float:
    """Where the window begins along an axis, so that it shows all of the face if it can."""
    room = whole[axis] - extent[axis]
    low, high = min(room, 0.0), max(room, 0.0)
    if face is not None:
        first, last = sorted((face[axis + 2] - extent[axis], face[axis]))
        low, high = np.clip([first, last], low, high)
    return float(random.uniform(low, high))


def _scale(
    image: np.ndarray,
    corner: np.ndarray,
    factors: np.ndarray,
    size: tuple[int, int],
    resampling: str,
) -> np.ndarray:
    """The window from `corner` on, in pixels of the picture; mean grey beyond its borders."""
    pillow = import_pillow()
    canvas = np.full(size, round(MEAN_GREY), np.uint8)
    whole = np.array(image.shape[::-1])
    extent = np.array(size[::-1]) / factors
    first, last = np.maximum(corner, 0), np.minimum(corner + extent, whole)
    begin = np.round((first - corner) * factors).astype(int)
    end = np.maximum(np.round((last - corner) * factors).astype(int), begin + 1)
    part = pillow.fromarray(image).resize(
        tuple(int(side) for side in end - begin),
        pillow.Resampling[resampling],
        box=(*map(float, first), *map(float, last)),
    )
    target = canvas[begin[1] : end[1], begin[0] : end[0]]
    target[:] = np.asarray(part)[: target.shape[0], : target.shape[1]]
    return canvas


def _change(pixels: np.ndarray, random: np.random.Generator, how: Windows) -> np.ndarray:
    """Change contrast, brightness and noise, each of them in half of the pictures."""
    values = pixels.astype(np.float32)
    if random.random() < 0.5:
        values = (values - 128) * np.float32(1 + random.uniform(-how.contrast, how.contrast)) + 128
    if random.random() < 0.5:
        values += np.float32(random.uniform(-how.brightness, how.brightness))
    if random.random() < 0.25:
        sigma = np.float32(random.uniform(0, how.noise))
        values += sigma * random.standard_normal(values.shape, np.float32)
    return np.clip(np.round(values), 0, 255).astype(np.uint8)[..., np.newaxis]


def _mirror(cut: Cut) -> Cut:
    width = cut.image.shape[1]
    boxes = cut.boxes.copy()
    boxes[:, [0, 2]] = width - cut.boxes[:, [2, 0]]
    return Cut(cut.image[:, ::-1].copy(), boxes, cut.ignored)
