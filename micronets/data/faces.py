"""Pictures with boxes around faces: what the loaders give and detectors are trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from micronets.data.image_files import ImageFiles, decode_picture
from micronets.data.problems import Problems
from micronets.errors import DataError


@dataclasses.dataclass(frozen=True, eq=False)
class FaceExample:
    """One picture, decoded.

    Attributes:
        name: Its name in the labels.
        image: RGB, uint8, shape (height, width, 3).
        boxes: (left, top, right, bottom) in pixels, float32, shape (faces, 4): cut off at the
            image's borders, without those that lie beyond them.
        ignored: bool, shape (faces,): True for faces that the labels mark as not to be judged.
    """

    name: str
    image: np.ndarray
    boxes: np.ndarray
    ignored: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class FaceDataset:
    """Pictures with boxes; a picture is read and decoded when it is asked for.

    Attributes:
        files: Where the pictures lie.
        names: Name of each picture in the labels.
        paths: Where each lies in `files`.
        boxes: For each picture (left, top, right, bottom) in its pixels, float32, shape (faces, 4),
            as labelled, but for boxes without an area, which are left out.
        ignored: For each picture bool, shape (faces,): True for faces that are not to be judged.
        dropped: How many boxes of all pictures had no area and were left out.
    """

    files: ImageFiles
    names: tuple[str, ...]
    paths: tuple[str, ...]
    boxes: tuple[np.ndarray, ...]
    ignored: tuple[np.ndarray, ...]
    dropped: int = 0

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> FaceExample:
        """Read and decode one picture.

        Raises:
            DataError: It is missing, no picture, or cut off.
            InstallationError: Pillow is not installed.
        """
        name = self.paths[index]
        image = decode_picture(self.files.read(name), f"{name} in {self.files.place}")
        boxes, ignored = clip_boxes(self.boxes[index], self.ignored[index], image.shape[:2])
        return FaceExample(self.names[index], image, boxes, ignored)

    def __iter__(self) -> Iterator[FaceExample]:
        return (self[index] for index in range(len(self)))

    @property
    def faces(self) -> int:
        """How many boxes there are, ignored ones included."""
        return sum(len(boxes) for boxes in self.boxes)

    def take(self, indices: Sequence[int] | np.ndarray) -> FaceDataset:
        """The data set of only these pictures, in this order."""
        chosen = [int(index) for index in indices]
        return dataclasses.replace(
            self,
            names=tuple(self.names[index] for index in chosen),
            paths=tuple(self.paths[index] for index in chosen),
            boxes=tuple(self.boxes[index] for index in chosen),
            ignored=tuple(self.ignored[index] for index in chosen),
            dropped=0,
        )

    def with_faces(self) -> FaceDataset:
        """Only pictures with a face that is not ignored: others teach S3FD's loss nothing."""
        return self.take(
            [index for index, ignored in enumerate(self.ignored) if not np.all(ignored)]
        )

    def check_pictures(self) -> None:
        """Decode all pictures once, to know before a long training that all can be read.

        Raises:
            DataError: Lists all that cannot.
            InstallationError: Pillow is not installed.
        """
        problems = Problems(f"{self.files.place}: pictures cannot be read")
        for index in range(len(self)):
            try:
                self[index]
            except DataError as error:
                problems.add(str(error))
        problems.raise_all()


def clip_boxes(
    boxes: np.ndarray, ignored: np.ndarray, size: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Cut boxes off at the borders of an image and leave out those of which nothing is left.

    Args:
        boxes: Corners in pixels, shape (faces, 4).
        ignored: Marks, shape (faces,).
        size: (height, width).

    Returns:
        Boxes and marks of those that are left.
    """
    height, width = size
    clipped = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
    inside = (clipped[:, 2:] > clipped[:, :2]).all(axis=1)
    return clipped[inside], ignored[inside]
