"""From the lines of a label file to a FaceDataset: what all formats have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from micronets.data.faces import FaceDataset
from micronets.data.image_files import ImageFiles
from micronets.data.problems import Problems

# float32 counts whole pixels up to here.
_LARGEST = 2.0**24

# x, y, width, height, and whether the face is to be ignored.
Box = tuple[float, float, float, float, bool]


class FaceRecords:
    """Pictures and boxes read so far, and what was wrong with them.

    Args:
        place: The label file, for messages.
    """

    def __init__(self, place: str) -> None:
        self.problems = Problems(f"{place} cannot be used")
        self._boxes: dict[str, list[Box]] = {}
        self._lines: dict[str, int] = {}

    @property
    def names(self) -> Sequence[str]:
        """Names of the pictures, in the order of the file."""
        return list(self._boxes)

    def start(self, name: str, line: int, *, again: bool = False) -> list[Box]:
        """Begin the boxes of a picture.

        Args:
            name: As the file has it.
            line: Where the file names it.
            again: Whether the file may name a picture more than once.

        Returns:
            A list to append its boxes to.
        """
        name = name.replace("\\", "/").removeprefix("./")
        if name in self._boxes and not again:
            self.problems.add(f"{name!r} comes twice, first in line {self._lines[name]}", line)
        self._lines.setdefault(name, line)
        return self._boxes.setdefault(name, [])

    def parse(self, fields: Sequence[str], line: int) -> tuple[float, float, float, float] | None:
        """Read x, y, width and height; None, and a problem noted, if they are no numbers."""
        try:
            x, y, width, height = (float(field) for field in fields)
        except ValueError:
            self.problems.add(
                f"expected x, y, width and height in pixels, received {' '.join(fields)!r}", line
            )
            return None
        if not all(
            math.isfinite(value) and abs(value) < _LARGEST for value in (x, y, width, height)
        ):
            self.problems.add(f"no image is this large: {' '.join(fields)!r}", line)
            return None
        return x, y, width, height

    def build(self, places: Sequence[tuple[ImageFiles, str]], missing: str) -> FaceDataset:
        """Make the data set.

        Args:
            places: Where the pictures may lie, and what goes before their names there. The first
                that has any of them is taken.
            missing: "error" or "skip": what to do about pictures that are not there.

        Raises:
            DataError: Lists all that is wrong with the file, or says that there is nothing in it.
        """
        if missing not in ("error", "skip"):
            raise ValueError(f'missing must be "error" or "skip". Received: {missing!r}')
        if not self._boxes:
            self.problems.add("it names no picture")
        files, prefix = next(
            (place for place in places if any(place[1] + name in place[0] for name in self._boxes)),
            places[0],
        )
        present = [name for name in self._boxes if prefix + name in files]
        if missing == "error" or not present:
            self._report_missing(files, prefix)
        self.problems.raise_all()
        arrays = [_to_arrays(self._boxes[name]) for name in present]
        return FaceDataset(
            files=files,
            names=tuple(present),
            paths=tuple(prefix + name for name in present),
            boxes=tuple(boxes for boxes, _ in arrays),
            ignored=tuple(ignored for _, ignored in arrays),
            dropped=sum(len(self._boxes[name]) for name in present)
            - sum(len(boxes) for boxes, _ in arrays),
        )

    def _report_missing(self, files: ImageFiles, prefix: str) -> None:
        for name, line in self._lines.items():
            if prefix + name not in files:
                self.problems.add(f"there is no {prefix + name!r} in {files.place}", line)
                self.problems.hint = 'Pass missing="skip" to leave out pictures that are not there.'


def read_lines(data: bytes, records: FaceRecords) -> list[tuple[int, str]]:
    """Cut a label file into lines, whatever ends them.

    Returns:
        (number from 1, text without blanks around it) of all lines that are not blank; none, and a
        problem noted, if the file is no text.
    """
    try:
        # Windows puts a mark before the text, which utf-8-sig takes away.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        records.problems.add(f"no UTF-8 text (byte {data[error.start]:#04x})", line)
        return []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]


def read_label_file(files: ImageFiles, names: Sequence[str]) -> tuple[bytes, str] | None:
    """The bytes of the first of these files that exists, and its path for messages."""
    for name in names:
        if name in files:
            return files.read(name), f"{files.place}/{name}"
    return None


def _to_arrays(boxes: list[Box]) -> tuple[np.ndarray, np.ndarray]:
    """Corners and marks of the boxes that have an area."""
    values = np.array([box[:4] for box in boxes], np.float32).reshape(-1, 4)
    ignored = np.array([box[4] for box in boxes], bool)
    solid = (values[:, 2:] > 0).all(axis=1)
    corners = np.concatenate([values[:, :2], values[:, :2] + values[:, 2:]], axis=1)
    return corners[solid], ignored[solid]
