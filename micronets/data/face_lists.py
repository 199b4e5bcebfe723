"""Boxes of faces in one line per picture (SCUT-HEAD's lists), and in a CSV file."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from micronets.data.face_records import FaceRecords, read_lines
from micronets.data.faces import FaceDataset
from micronets.data.image_files import ImageFiles, open_files
from micronets.errors import DataError

_COLUMNS = ("path", "x", "y", "w", "h")


def load_face_list(
    path: str | os.PathLike[str],
    images: str | os.PathLike[str] | None = None,
    *,
    missing: str = "error",
) -> FaceDataset:
    """Load a list with lines `path n x y w h 1 x y w h 1 ...`: a picture and its n boxes.

    SCUT-HEAD's lists have this form. Its boxes hold heads, not faces.

    Args:
        path: The list.
        images: Folder or zip with the pictures; None is the list's folder.
        missing: "error", or "skip" to leave out pictures that are not there.

    Returns:
        The pictures in the order of the list.

    Raises:
        DataError: Names the list and every line that is wrong.
        ValueError: `missing` is neither of the two.
    """
    data, files = _open(path, images)
    records = FaceRecords(str(path))
    for number, line in read_lines(data, records):
        _read_list_line(records, line, number)
    return records.build([(files, "")], missing)


def load_face_csv(
    path: str | os.PathLike[str],
    images: str | os.PathLike[str] | None = None,
    *,
    missing: str = "error",
) -> FaceDataset:
    """Load a CSV file whose header has the columns path, x, y, w and h: a box per row, in pixels.

    A picture has as many rows as faces. One without faces has a row with nothing but its path.
    Other columns are not read.

    Args:
        path: The CSV file.
        images: Folder or zip with the pictures; None is the folder of the CSV file.
        missing: "error", or "skip" to leave out pictures that are not there.

    Returns:
        The pictures in the order in which the file first names them.

    Raises:
        DataError: Names the file and every line that is wrong.
        ValueError: `missing` is neither of the two.
    """
    data, files = _open(path, images)
    records = FaceRecords(str(path))
    # Read for its check of the encoding only: quoted fields may hold line ends.
    if read_lines(data, records):
        _read_csv(records, data.decode("utf-8-sig"))
    return records.build([(files, "")], missing)


def _open(
    path: str | os.PathLike[str], images: str | os.PathLike[str] | None
) -> tuple[bytes, ImageFiles]:
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise DataError(f"The label file {str(path)!r} cannot be read: {error}") from error
    return data, open_files(Path(path).parent if images is None else images)


def _read_list_line(records: FaceRecords, line: str, number: int) -> None:
    """Read `path n` and n times `x y w h 1`; the path may hold blanks."""
    found = _cut_list_line(line)
    if found is None:
        fields = line.split()
        what = f"{fields[0]!r} and {len(fields) - 1} fields"
        records.problems.add(
            f"expected a path, the number n of faces, and n times x y w h 1; received {what}",
            number,
        )
        return
    name, numbers = found
    boxes = records.start(name, number)
    for start in range(0, len(numbers), 5):
        box = records.parse(numbers[start : start + 4], number)
        if numbers[start + 4] != "1":
            records.problems.add(
                f"after x y w h comes 1, the only class; received {numbers[start + 4]!r}", number
            )
        elif box is not None:
            boxes.append((*box, False))


def _cut_list_line(line: str) -> tuple[str, list[str]] | None:
    """Path and numbers of a line whose count is right; None if it has no such count."""
    fields = line.split()
    for position in range(1, len(fields)):
        numbers = fields[position + 1 :]
        if fields[position].isdecimal() and int(fields[position]) * 5 == len(numbers):
            return line.rsplit(None, len(numbers) + 1)[0], numbers
    return None


def _read_csv(records: FaceRecords, text: str) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[int] = []
    try:
        for row in reader:
            if not any(field.strip() for field in row):
                continue
            if not columns:
                header = [field.strip().lower() for field in row]
                lacking = [name for name in _COLUMNS if name not in header]
                if lacking:
                    records.problems.add(
                        f"the header needs the columns {', '.join(_COLUMNS)}; {', '.join(lacking)} "
                        f"not among {', '.join(header)}",
                        reader.line_num,
                    )
                    return
                columns = [header.index(name) for name in _COLUMNS]
            else:
                _read_csv_row(records, row, columns, reader.line_num)
    except csv.Error as error:
        records.problems.add(f"no CSV: {error}", reader.line_num)


def _read_csv_row(records: FaceRecords, row: list[str], columns: list[int], line: int) -> None:
    if len(row) <= max(columns):
        records.problems.add(
            f"{len(row)} fields, expected at least {max(columns) + 1} as in the header", line
        )
        return
    name, *fields = (row[column].strip() for column in columns)
    if not name:
        records.problems.add("no path", line)
        return
    boxes = records.start(name, line, again=True)
    if not any(fields):
        return
    box = records.parse(fields, line)
    if box is not None:
        boxes.append((*box, False))
