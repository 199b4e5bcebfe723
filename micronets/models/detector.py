"""The base class of face detectors: a Keras model with short ways to train and to use it."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from micronets.detection.average_precision import PrecisionRecall
from micronets.detection.detections import Detections, find_detections
from micronets.detection.evaluation import LEAST_SCORE, SMALLEST_FACE, evaluate_detector
from micronets.detection.feed import InputForm
from micronets.detection.pictures import fit_picture, read_picture
from micronets.detection.pixels import net_pixels
from micronets.detection.priors import PriorLayout, make_priors
from micronets.models.architecture import Architecture

if TYPE_CHECKING:
    from micronets.data.faces import FaceDataset

_BATCH = 32


class Detector(Architecture):
    """A net that finds faces; a subclass makes the model and says where its priors lie.

    Attributes:
        priors: Where the priors lie and how large they are, head by head.
    """

    priors: ClassVar[PriorLayout]

    @property
    def map_sizes(self) -> list[tuple[int, int]]:
        """(height, width) of the map that each head looks at."""
        raise NotImplementedError(f"{type(self).__name__} must implement map_sizes")

    @cached_property
    def form(self) -> InputForm:
        """What the net takes, and its priors."""
        height, width, channels = self.input_shape
        priors = make_priors(self.priors, (height, width), self.map_sizes)
        return InputForm((height, width), channels, priors)

    def detect(self, image: Any, threshold: float = 0.5) -> Detections:
        """Find the faces of a picture.

        The picture is scaled to the net's input, whatever its aspect ratio.

        Args:
            image: Path of a picture, or an array: (height, width) in grey or (height, width, 3) in
                RGB, of any size, uint8 or float with values of 0..255.
            threshold: Faces with a lower score are left out, in [0, 1].

        Returns:
            Boxes in pixels of `image`, cut off at its borders, and scores, best first.

        Raises:
            DataError: It is no picture.
            InstallationError: Pillow is needed and not installed.
            ValueError: If the threshold is no number in [0, 1].

        Example:
            >>> from micronets.models import RNNPoolFaceM4
            >>> net = RNNPoolFaceM4()
            >>> faces = net.detect(np.zeros((96, 128), np.uint8), threshold=0.99)
            >>> for face in faces:
            ...     print(face.left, face.top, face.right, face.bottom, face.score)
        """
        _check_threshold(threshold)
        picture = read_picture(image)
        fitted = fit_picture(picture, self.form.size, self.form.channels)
        found = self.detect_inputs(net_pixels(fitted[np.newaxis], self.form.channels), threshold)
        return found[0].scaled(self.form.size, picture.shape[:2]).clipped(picture.shape[:2])

    def detect_inputs(self, inputs: np.ndarray, threshold: float = 0.5) -> list[Detections]:
        """Find faces in inputs as the Keras model takes them.

        Args:
            inputs: float32, shape (count, *input_shape).
            threshold: Faces with a lower score are left out.

        Returns:
            The faces of each, in pixels of the input; boxes may reach beyond it.
        """
        found = []
        for start in range(0, len(inputs), _BATCH):
            maps = self.model.predict_on_batch(inputs[start : start + _BATCH])
            for offsets, logits in zip(*map(np.asarray, maps), strict=True):
                form = self.form
                found.append(
                    find_detections(offsets, logits, form.priors, form.size, threshold=threshold)
                )
        return found

    def evaluate(
        self, dataset: "FaceDataset", *, smallest: float = SMALLEST_FACE
    ) -> PrecisionRecall:
        """Judge the net on pictures with boxes.

        Args:
            dataset: Pictures, of any size.
            smallest: Faces with a side below so many pixels of the net's input are ignored.

        Returns:
            The precision-recall curve; its `average_precision` is the one number.

        Raises:
            DataError: There are no pictures, or one cannot be read.
        """
        return evaluate_detector(
            lambda inputs: self.detect_inputs(inputs, LEAST_SCORE),
            dataset,
            self.form.size,
            self.form.channels,
            smallest=smallest,
            batch_size=_BATCH,
        )


def _check_threshold(threshold: Any) -> None:
    if not isinstance(threshold, int | float | np.number) or not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be a number in [0, 1], received {threshold!r}")
