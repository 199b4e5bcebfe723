"""`micronets detect`: finds faces in photos, with a model or with its C++, and draws them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from micronets.data.problems import Problems
from micronets.errors import DataError

if TYPE_CHECKING:
    import numpy as np

    from micronets.cli.detectors import Detector
    from micronets.cli.face_tables import Findings


@click.command()
@click.argument("photos", metavar="PHOTO...", nargs=-1, required=True)
@click.option(
    "--model",
    metavar="FACE.keras",
    help="A trained face detector, or RNNPoolFaceM4 or RNNPoolFaceQVGA as they are shipped.",
)
@click.option("--header", metavar="FACE.h", help="Its C++, compiled and run.")
@click.option("-o", "--output", metavar="PATH", help="Draw the boxes: a picture, or a folder.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="The least score of a face.",
)
@click.option("--boxes", metavar="FILE", help="Write all boxes as .csv or .json.")
@click.option("--target", default="host", show_default=True, help="Where the C++ runs.")
def detect(
    photos: tuple[str, ...],
    model: str | None,
    header: str | None,
    output: str | None,
    threshold: float,
    boxes: str | None,
    target: str,
) -> None:
    """Find faces in photos, print them, and draw their boxes.

    A PHOTO is a picture of any size, or a folder of them. Given both --model and --header, the
    faces of both are compared; given neither, RNNPoolFaceM4 as it is shipped looks for them.
    """
    from micronets.cli.face_tables import (
        check_table_path,
        print_findings,
        summary,
        write_findings,
    )
    from micronets.cli.photos import find_photos, output_paths

    files = find_photos(photos)
    pictures = output_paths(output, files) if output is not None else [None] * len(files)
    if boxes is not None:
        check_table_path(boxes)
    detectors = _detectors(model, header, target)
    findings, problems = [], Problems("Not all photos could be read")
    work = list(zip(files, pictures, strict=True))
    # No bar where nobody looks at it, and none is left behind.
    for file, picture in tqdm(work, disable=None if len(work) > 1 else True, leave=False):
        try:
            findings.append(_look_at(file, picture, detectors, threshold))
        except DataError as error:
            if len(files) == 1:
                raise
            problems.add(str(error))
    if findings:
        print_findings(findings)
        click.echo(summary(findings))
    if boxes is not None and findings:
        write_findings(boxes, findings)
    problems.raise_all()


def _detectors(model: str | None, header: str | None, target: str) -> dict[str, Detector]:
    """Those that are asked for, by name."""
    from micronets.cli.detectors import SHIPPED, compile_detector, load_detector

    detectors = {}
    if model is not None or header is None:
        detectors["model"] = load_detector(model or SHIPPED[0])
    if header is not None:
        detectors["header"] = compile_detector(header, target)
    return detectors


def _look_at(
    file: Path, picture: Path | None, detectors: dict[str, Detector], threshold: float
) -> Findings:
    """Find the faces in one photo and draw them."""
    from micronets.cli.face_tables import Findings
    from micronets.cli.photos import read_photo, write_picture

    image = read_photo(file)
    faces = {name: find(image, threshold) for name, find in detectors.items()}
    found = Findings(str(file), (image.shape[0], image.shape[1]), faces)
    if picture is not None:
        write_picture(picture, _drawn(image, found))
    return found


def _drawn(image: np.ndarray, found: Findings) -> np.ndarray:
    """The photo with the boxes of all detectors, each in its colour."""
    from micronets.detection.drawing import COMPARED, FOUND, draw_boxes

    for faces, colour in zip(found.faces.values(), (FOUND, COMPARED), strict=False):
        image = draw_boxes(image, faces.boxes, faces.scores, colour=colour)
    return image
