"""Drawn pictures of cartoon faces with exact boxes: to try detectors without photographs."""

from __future__ import annotations

import dataclasses
import io

import numpy as np

from micronets.data.cartoon import REACH, paint_figure, paint_room
from micronets.data.faces import FaceDataset
from micronets.data.image_files import import_pillow
from micronets.errors import DataError

# Faces are this much higher than wide, as on photographs.
_LENGTHS = (1.15, 1.4)
# Places to try for a face before a picture is left with fewer.
_TRIES = 50

Box = tuple[int, int, int, int]


def draw_faces(
    count: int,
    size: tuple[int, int] = (240, 320),
    *,
    faces: tuple[int, int] = (1, 4),
    sides: tuple[int, int] = (12, 80),
    seed: int = 0,
) -> FaceDataset:
    """Draw pictures of cartoon faces in all shades, in front of cluttered backgrounds, with noise.

    A picture depends on `seed` and its index alone, not on how many there are. It is drawn when it
    is asked for.

    Args:
        count: How many pictures.
        size: (height, width) of each in pixels.
        faces: Fewest and most faces in a picture; there may be fewer where there is no room.
        sides: Smallest and largest width of a face in pixels; it is up to 1.4 times as high.
        seed: Fixes everything.

    Returns:
        The pictures. A box touches forehead, chin and cheeks; hair lies outside.

    Raises:
        DataError: A number is out of range, or the largest face does not fit into a picture.

    Example:
        >>> dataset = draw_faces(2, (96, 128), sides=(16, 32))
        >>> dataset[1].image.shape
        (96, 128, 3)
    """
    _check(count, size, faces, sides)
    names = tuple(f"drawn_{index}.png" for index in range(count))
    boxes = [_place_faces(size, faces, sides, _random(seed, index, 0)) for index in range(count)]
    return FaceDataset(
        files=DrawnFiles(size, seed, dict(zip(names, boxes, strict=True))),
        names=names,
        paths=names,
        boxes=tuple(np.array(placed, np.float32).reshape(-1, 4) for placed in boxes),
        ignored=tuple(np.zeros(len(placed), bool) for placed in boxes),
    )


@dataclasses.dataclass(frozen=True)
class DrawnFiles:
    """Files that are drawn when they are read.

    Attributes:
        size: (height, width) of each picture.
        seed: Fixes everything but the boxes.
        boxes: Faces of each picture by its name, in the order in which they are drawn.
    """

    size: tuple[int, int]
    seed: int
    boxes: dict[str, list[Box]]

    @property
    def place(self) -> str:
        """What stands for a folder in messages."""
        return f"drawn faces, seed {self.seed}"

    def __contains__(self, name: str) -> bool:
        return name in self.boxes

    def read(self, name: str) -> bytes:
        """A picture as PNG; raises DataError if there is none of this name."""
        file = io.BytesIO()
        # Fast: the noise leaves nothing to compress.
        import_pillow().fromarray(self.draw(name)).save(file, "PNG", compress_level=1)
        return file.getvalue()

    def draw(self, name: str) -> np.ndarray:
        """A picture's pixels, uint8 RGB, for which Pillow is not needed.

        Raises:
            DataError: There is none of this name.
        """
        if name not in self.boxes:
            raise DataError(f"There is no {name!r} among the {self.place}")
        random = _random(self.seed, list(self.boxes).index(name), 1)
        canvas = paint_room(self.size, random)
        for box in self.boxes[name]:
            paint_figure(canvas, box, random)
        canvas += random.normal(0, random.uniform(0, 9), self.size)[..., np.newaxis]
        return np.rint(np.clip(canvas, 0, 255)).astype(np.uint8)


def _random(seed: int, index: int, part: int) -> np.random.Generator:
    return np.random.default_rng([seed, index, part])


def _check(
    count: int, size: tuple[int, int], faces: tuple[int, int], sides: tuple[int, int]
) -> None:
    if count < 0 or not 0 <= faces[0] <= faces[1] or not 1 <= sides[0] <= sides[1]:
        raise DataError(
            "count must not be negative, and faces and sides must be (least, most). "
            f"Received: count={count}, faces={faces}, sides={sides}"
        )
    if sides[1] > size[1] or round(sides[1] * _LENGTHS[1]) > size[0]:
        raise DataError(
            f"a face {sides[1]} pixels wide may be {round(sides[1] * _LENGTHS[1])} high: too large "
            f"for pictures of (height, width) {size}"
        )


def _place_faces(
    size: tuple[int, int],
    faces: tuple[int, int],
    sides: tuple[int, int],
    random: np.random.Generator,
) -> list[Box]:
    """Boxes of the faces of a picture, from the top down: nearer people stand in front."""
    height, width = size
    placed: list[Box] = []
    for _ in range(random.integers(faces[0], faces[1] + 1)):
        # As many small faces as large ones: sizes are even on a scale of logarithms.
        across = round(np.exp(random.uniform(*np.log(sides))))
        down = round(across * random.uniform(*_LENGTHS))
        for _ in range(_TRIES):
            left = int(random.integers(0, width - across + 1))
            top = int(random.integers(0, height - down + 1))
            box = (left, top, left + across, top + down)
            if not any(_hides(box, other) or _hides(other, box) for other in placed):
                placed.append(box)
                break
    return sorted(placed, key=lambda box: box[1])


def _hides(box: Box, other: Box) -> bool:
    """Whether the figure around `box` covers some of the face in `other`."""
    width, height = box[2] - box[0], box[3] - box[1]
    return (
        box[0] - REACH[0] * width < other[2]
        and other[0] < box[2] + REACH[2] * width
        and box[1] - REACH[1] * height < other[3]
        and other[1] < box[3] + REACH[3] * height
    )
