"""Average precision of the face nets that ship, and of OpenCV's Haar cascade on the same pictures.

Run it as `python -m micronets.experiments.face_precision --data wider_subset_384.zip`. The cascade
needs OpenCV: `pip install opencv-python-headless`.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import click
import numpy as np

from micronets.data import load_wider
from micronets.detection.detections import Detections
from micronets.detection.evaluation import evaluate_detector
from micronets.detection.pixels import MEAN_GREY
from micronets.errors import InstallationError
from micronets.experiments.train_faces import NETS, describe
from micronets.quiet import import_keras_quietly

_SIZE = (240, 320)
_CASCADE = "haarcascade_frontalface_default.xml"


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True), help="Zip or folder.")
@click.option("--haar/--no-haar", default=True, show_default=True, help="Judge the cascade too.")
def main(data: str, haar: bool) -> None:
    """Print average precisions on the validation pictures, scaled to 240x320."""
    import_keras_quietly()
    from micronets import models
    from micronets.models.arguments import snake_case
    from micronets.models.pretrained import known_weights

    val = load_wider(data, "val")
    for name in NETS.values():
        for weights in known_weights(snake_case(name)):
            net = getattr(models, name)(weights=weights)
            click.echo(f"{name}, weights={weights!r}: {describe(net.evaluate(val))}")
    if haar:
        for enlarge, step, neighbours in itertools.product((1, 2), (1.05, 1.1), (1, 3)):
            result = evaluate_detector(haar_detector(enlarge, step, neighbours), val, _SIZE, 1)
            click.echo(
                f"Haar cascade, enlarged {enlarge}x, scaleFactor {step}, minNeighbors "
                f"{neighbours}: average precision {result.average_precision:.3f}"
            )


def haar_detector(
    enlarge: int, step: float, neighbours: int, smallest: int = 16
) -> Callable[[np.ndarray], Sequence[Detections]]:
    """OpenCV's cascade for frontal faces, as a detector of the inputs of our nets.

    Args:
        enlarge: Pictures are scaled up by this, so that faces below its 24 pixels can be found.
        step: `scaleFactor`, from one size of faces to the next.
        neighbours: `minNeighbors`, hits around a face that are asked for.
        smallest: Side of the smallest faces, in pixels of the picture.

    Returns:
        A function for `evaluate_detector`; scores are the cascade's `levelWeights`.

    Raises:
        InstallationError: OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise InstallationError(
            "The Haar cascade needs OpenCV, which is not installed: "
            "pip install opencv-python-headless (or leave it out: --no-haar)"
        ) from error
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + _CASCADE)

    def detect(image: np.ndarray) -> Detections:
        pixels = np.rint(image[..., 0] + MEAN_GREY).astype(np.uint8)
        if enlarge != 1:
            pixels = cv2.resize(pixels, None, fx=enlarge, fy=enlarge)
        found: tuple[Any, Any, Any] = cascade.detectMultiScale3(
            pixels,
            scaleFactor=step,
            minNeighbors=neighbours,
            minSize=(smallest * enlarge, smallest * enlarge),
            outputRejectLevels=True,
        )
        places = np.asarray(found[0], np.float32).reshape(-1, 4)
        corners = np.concatenate([places[:, :2], places[:, :2] + places[:, 2:]], axis=1)
        return Detections(corners / enlarge, np.asarray(found[2], np.float32).reshape(-1))

    return lambda inputs: [detect(image) for image in inputs]


if __name__ == "__main__":
    main()
