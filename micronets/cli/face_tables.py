"""What detectors found in photos: as a table for people, and as CSV and JSON for programs."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from micronets.cli.tables import print_table
from micronets.detection.detections import Detection, Detections
from micronets.detection.pairs import pair_detections
from micronets.errors import DataError
from micronets.files import write_atomically


@dataclasses.dataclass(frozen=True)
class Findings:
    """What was found in one photo.

    Attributes:
        photo: Its path.
        size: (height, width) in pixels.
        faces: By the name of the detector: "model", "header" or both.
    """

    photo: str
    size: tuple[int, int]
    faces: Mapping[str, Detections]


def print_findings(findings: Sequence[Findings]) -> None:
    """Print a row for each face, or pair of faces where two detectors looked for them."""
    compared = any(len(one.faces) > 1 for one in findings)
    rows = [
        (name, *row)
        for name, one in zip(_short_names(findings), findings, strict=True)
        for row in (_pair_rows if compared else _face_rows)(one)
    ]
    scores = ("model", "header", "overlap") if compared else ("score",)
    if rows:
        print_table(("photo", *scores, "left", "top", "right", "bottom"), rows, left=1)


def _short_names(findings: Sequence[Findings]) -> list[str]:
    """Names without folders, which would push the numbers off the terminal, where none are lost."""
    names = [Path(one.photo).name for one in findings]
    return names if len(set(names)) == len(names) else [one.photo for one in findings]


def _face_rows(one: Findings) -> list[tuple[str, ...]]:
    (faces,) = one.faces.values()
    return [(f"{face.score:.3f}", *_corner_texts(face)) for face in faces]


def _pair_rows(one: Findings) -> list[tuple[str, ...]]:
    """A row for each face that either found; boxes are the model's where it has one."""
    model, header = (list(faces) for faces in one.faces.values())
    rows = []
    for pair in pair_detections(*one.faces.values()):
        first = model[pair.first] if pair.first is not None else None
        second = header[pair.second] if pair.second is not None else None
        shown = first or second
        assert shown is not None
        scores = [f"{face.score:.3f}" if face else "-" for face in (first, second)]
        rows.append(
            (*scores, f"{pair.overlap:.3f}" if pair.overlap else "-", *_corner_texts(shown))
        )
    return rows


def _corner_texts(face: Detection) -> tuple[str, ...]:
    return tuple(f"{value:.1f}" for value in (face.left, face.top, face.right, face.bottom))


def summary(findings: Sequence[Findings]) -> str:
    """One or two lines: how many faces, and whether two detectors agree about them."""
    names = {name: sum(len(one.faces[name]) for one in findings) for name in findings[0].faces}
    photos = "1 photo" if len(findings) == 1 else f"{len(findings)} photos"
    counts = " and ".join(
        f"{count or 'no'} face{'' if count == 1 else 's'}" + (f" ({name})" * (len(names) > 1))
        for name, count in names.items()
    )
    text = f"{counts} in {photos}"
    return f"{text}\n{_agreement(findings)}" if len(names) > 1 else text


def _agreement(findings: Sequence[Findings]) -> str:
    both, alone, apart = 0, {"model": 0, "header": 0}, 0.0
    for one in findings:
        model, header = one.faces.values()
        for pair in pair_detections(model, header):
            if pair.first is None:
                alone["header"] += 1
            elif pair.second is None:
                alone["model"] += 1
            else:
                both += 1
                apart = max(apart, abs(model.scores[pair.first] - header.scores[pair.second]))
    return (
        f"{both} found by both, their scores at most {apart:.3f} apart; "
        f"{alone['model']} by the model alone, {alone['header']} by the header alone"
    )


def check_table_path(path: str) -> None:
    """Raise DataError unless `write_findings` knows the suffix."""
    if Path(path).suffix.lower() not in (".csv", ".json"):
        raise DataError(f"Boxes are written as .csv or .json. Received: {path!r}")


def write_findings(path: str, findings: Sequence[Findings]) -> None:
    """Write all boxes as CSV, which `load_face_csv` reads, or as JSON, by the path's suffix."""
    text = _csv(findings) if Path(path).suffix.lower() == ".csv" else _json(findings)
    write_atomically(path, lambda name: _write_text(name, text))


def _write_text(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8", newline="")


def _csv(findings: Sequence[Findings]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("path", "x", "y", "w", "h", "score", "detector"))
    for one in findings:
        for name, faces in one.faces.items():
            for face in faces:
                box = (face.left, face.top, face.right - face.left, face.bottom - face.top)
                numbers = [f"{value:.2f}" for value in box]
                writer.writerow((one.photo, *numbers, f"{face.score:.4f}", name))
        if not any(len(faces) for faces in one.faces.values()):
            # So that a photo without faces is known to have been looked at.
            writer.writerow((one.photo, "", "", "", "", "", ""))
    return file.getvalue()


def _json(findings: Sequence[Findings]) -> str:
    photos = [
        {
            "path": one.photo,
            "width": one.size[1],
            "height": one.size[0],
            "faces": [
                {"detector": name, **_rounded(face)}
                for name, faces in one.faces.items()
                for face in faces
            ],
        }
        for one in findings
    ]
    return json.dumps(photos, indent=1) + "\n"


def _rounded(face: Detection) -> dict[str, float]:
    return {name: round(value, 4) for name, value in dataclasses.asdict(face).items()}
