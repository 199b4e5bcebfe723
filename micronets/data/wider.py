"""WIDER FACE (http://shuoyang1213.me/WIDERFACE) in the layout and the label format it comes in.

A record of the label file is the path of a picture, the number of its faces, and a line per face:
`x y width height blur expression illumination invalid occlusion pose`. What a reader must know:

- A picture without faces has the number 0 and yet one line, all zeros.
- Boxes of no width or height occur. They are left out.
- Faces marked invalid are kept and marked `ignored`: neither are they to be found, nor is a
  detection there a mistake.
- Boxes may reach beyond the picture: `FaceDataset` cuts them off when it knows the picture's size.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from micronets.data.face_records import Box, FaceRecords, read_label_file, read_lines
from micronets.data.faces import FaceDataset
from micronets.data.image_files import ImageFiles, open_files
from micronets.errors import DataError

_SPLITS = ("train", "val")
_FIELDS = (4, 10)
_INVALID = 7
# Tells the path of a picture from numbers, whole or broken.
_PICTURE = re.compile(r"\.[A-Za-z][A-Za-z0-9]*$")


def load_wider(
    path: str | os.PathLike[str],
    split: str,
    *,
    labels: str | os.PathLike[str] | None = None,
    missing: str = "error",
) -> FaceDataset:
    """Load the training or the validation part of WIDER FACE, or of a part of it.

    Args:
        path: A folder or a zip with `WIDER_train/images/...`, or a folder with the downloaded
            `WIDER_train.zip`.
        split: "train" or "val".
        labels: The label file, or a folder or zip with
            `wider_face_split/wider_face_train_bbx_gt.txt`. None looks for it in `path`, also in
            `wider_face_split.zip`.
        missing: "error", or "skip" to leave out pictures that are not there.

    Returns:
        The pictures in the order of the label file.

    Raises:
        DataError: Names the file and every line that is wrong, or says what was not found.
        ValueError: `missing` is neither of the two.
    """
    if split not in _SPLITS:
        raise DataError(
            f'split must be "train" or "val"; the test pictures have no labels. Received: {split!r}'
        )
    places = _with_downloads(path, f"WIDER_{split}.zip")
    data, place = _find_labels(path, split, labels)
    records = parse_wider(data, place)
    prefixes = (f"WIDER_{split}/images/", "images/", "")
    return records.build([(files, prefix) for files in places for prefix in prefixes], missing)


def parse_wider(data: bytes, place: str) -> FaceRecords:
    """Read a label file.

    Args:
        data: Its bytes.
        place: Its path, for messages.

    Returns:
        Pictures and boxes, with all problems noted in `problems`.
    """
    records = FaceRecords(place)
    lines = read_lines(data, records)
    position = 0
    while position < len(lines):
        number, line = lines[position]
        if _PICTURE.search(line):
            position = _read_record(records, lines, position)
        else:
            records.problems.add(
                f"expected the path of a picture, such as 0--Parade/one.jpg, received {line!r}",
                number,
            )
            position = _next_picture(lines, position)
    return records


def _with_downloads(path: str | os.PathLike[str], name: str) -> list[ImageFiles]:
    """The folder or zip itself, and the download of this name in it."""
    download = Path(path) / name
    return [open_files(path), *([open_files(download)] if download.is_file() else [])]


def _find_labels(
    path: str | os.PathLike[str], split: str, labels: str | os.PathLike[str] | None
) -> tuple[bytes, str]:
    """Bytes and path of the label file."""
    place = Path(path if labels is None else labels)
    if labels is not None and place.suffix == ".txt":
        found = read_label_file(open_files(place.parent), [place.name])
    else:
        name = f"wider_face_{split}_bbx_gt.txt"
        downloads = _with_downloads(place, "wider_face_split.zip")
        candidates = (read_label_file(at, [f"wider_face_split/{name}", name]) for at in downloads)
        found = next((one for one in candidates if one is not None), None)
    if found is None:
        raise DataError(
            f"No labels in {place}: expected wider_face_split/wider_face_{split}_bbx_gt.txt, or "
            "wider_face_split.zip with it. Pass labels= if they lie elsewhere."
        )
    return found


def _read_record(records: FaceRecords, lines: Sequence[tuple[int, str]], position: int) -> int:
    """Read one picture's boxes; returns the position of the next picture."""
    number, name = lines[position]
    boxes = records.start(name, number)
    problems = records.problems
    position += 1
    if position == len(lines):
        problems.add(f"the file ends before the number of faces of {name!r}: cut off?", number)
        return position
    count_line, text = lines[position]
    if not re.fullmatch(r"[0-9]{1,9}", text):
        problems.add(f"expected the number of faces of {name!r}, received {text!r}", count_line)
        return _next_picture(lines, position)
    count = int(text)
    # The one line of a picture without faces is all zeros; it need not be there.
    empty = count == 0 and position + 1 < len(lines) and not lines[position + 1][1].strip("0 \t")
    first = position + 1
    end = _next_picture(lines, first)
    expected = first + (1 if empty else count)
    for box_line, fields in lines[first : min(end, first + count)]:
        _read_box(records, boxes, fields.split(), box_line)
    if end < expected:
        cut = "the file ends, cut off?" if end == len(lines) else "the next picture comes."
        problems.add(
            f"{name!r} has {count} faces, but after {end - first} of them {cut}", count_line
        )
    elif end > expected:
        problems.add(
            f"{name!r} has {count} faces (line {count_line}), but more boxes follow",
            lines[expected][0],
        )
    return end


def _read_box(records: FaceRecords, boxes: list[Box], fields: list[str], line: int) -> None:
    if len(fields) not in _FIELDS:
        records.problems.add(
            "expected x y width height, or these and six attributes, received "
            f"{len(fields)} fields: {' '.join(fields)!r}",
            line,
        )
        return
    box = records.parse(fields[:4], line)
    if box is None:
        return
    invalid = fields[_INVALID] if len(fields) > _INVALID else "0"
    if invalid not in ("0", "1"):
        records.problems.add(f"invalid must be 0 or 1, received {invalid!r}", line)
        return
    boxes.append((*box, invalid == "1"))


def _next_picture(lines: Sequence[tuple[int, str]], position: int) -> int:
    """Position of the next path at or after `position`, or the end."""
    while position < len(lines) and not _PICTURE.search(lines[position][1]):
        position += 1
    return position
