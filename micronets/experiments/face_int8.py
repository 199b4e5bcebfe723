"""What int8 costs the face nets that ship, on WIDER FACE's validation pictures or a part of them.

Run it as `python -m micronets.experiments.face_int8 --data wider_subset_384.zip`. The int8 nets are
their headers, compiled for this computer; calibrated with the drawn faces that an export takes by
itself, and with photographs.
"""

from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from micronets.data import FaceDataset, load_wider
from micronets.detection.agreement import detection_agreement
from micronets.detection.average_precision import precision_recall
from micronets.detection.detections import Detections
from micronets.detection.evaluation import LEAST_SCORE, SMALLEST_FACE
from micronets.detection.header_detector import HeaderDetector
from micronets.detection.pictures import fit_picture
from micronets.quiet import import_keras_quietly

# As many as Python looks at: here int8 is judged, not the length of a list.
_LIMITS = {"max_detections": 750, "max_candidates": 3000}


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True), help="Zip or folder.")
@click.option("--photos", default=64, show_default=True, help="Photographs that calibrate.")
@click.option("--images", type=int, help="Judge only so many pictures.  [default: all]")
@click.option("--only", default="RNNPoolFaceM4", show_default=True, help="The net.")
def main(data: str, photos: int, images: int | None, only: str) -> None:
    """Print average precisions, and which share of the detections is the same in int8."""
    import_keras_quietly()
    from micronets import models

    net = getattr(models, only)(weights="wider")
    val = some(load_wider(data, "val"), images)
    train = some(load_wider(data, "train"), photos)
    real = [net.detect(example.image, LEAST_SCORE) for example in val]
    click.echo(f"float32: {precision(real, val, net.form.size)}")
    for name, calibration in (
        ("drawn faces", None),
        (f"{photos} photographs", grey_pictures(train, net.form.size)),
    ):
        click.echo(f"int8 after {name}: {int8_figures(net, calibration, val, real)}")


def int8_figures(
    net: Any, calibration: np.ndarray | None, val: FaceDataset, real: Sequence[Detections]
) -> str:
    """Average precision of an int8 export, and its agreement with what float32 finds."""
    export = net.export_cpp(
        "build/face_int8.h", dtype="int8", memory="stream", calibration=calibration, **_LIMITS
    )
    header = HeaderDetector(export.header.text, export.class_name)
    found = header.detect([example.image for example in val], LEAST_SCORE)
    return f"{precision(found, val, net.form.size)}; {detection_agreement(real, found)}"


def precision(found: Sequence[Detections], val: FaceDataset, size: tuple[int, int]) -> str:
    """Average precision in the pixels of the net's input, as `evaluate` counts it."""
    scaled, faces, ignored = [], [], []
    for detections, example in zip(found, val, strict=True):
        shape = example.image.shape[:2]
        factors = np.array([size[1] / shape[1], size[0] / shape[0]] * 2, np.float32)
        scaled.append(detections.scaled(shape, size))
        faces.append(example.boxes * factors)
        ignored.append(example.ignored)
    result = precision_recall(scaled, faces, ignored, smallest=SMALLEST_FACE)
    return f"average precision {result.average_precision:.3f} of {result.faces} faces"


def some(dataset: FaceDataset, count: int | None) -> FaceDataset:
    """Pictures from all of the data set, the same ones every time."""
    order = np.random.default_rng(0).permutation(len(dataset))
    return dataset if count is None else dataset.take(order[:count])


def grey_pictures(dataset: FaceDataset, size: tuple[int, int]) -> np.ndarray:
    """All pictures as the net takes them, uint8."""
    return np.stack([fit_picture(example.image, size, 1) for example in dataset])


if __name__ == "__main__":
    main()
