"""The base class of face detectors: a Keras model with short ways to train and to use it."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Self

import keras
import numpy as np

from micronets.data.faces import FaceDataset
from micronets.detection.average_precision import PrecisionRecall
from micronets.detection.detections import Detections, find_detections
from micronets.detection.evaluation import LEAST_SCORE, SMALLEST_FACE, evaluate_detector
from micronets.detection.feed import InputForm
from micronets.detection.loss import ConfidenceLoss, LocationLoss
from micronets.detection.pictures import fit_picture, read_picture
from micronets.detection.pixels import net_pixels
from micronets.detection.priors import PriorLayout, make_priors
from micronets.models.architecture import Architecture
from micronets.models.arguments import verbosity
from micronets.models.detector_config import DetectorConfig
from micronets.models.detector_training import Training, train_detector
from micronets.models.several_workers import shared_seed

_BATCH = 32
_CALIBRATION = 64


class Detector(Architecture):
    """A net that finds faces; a subclass makes the model and says where its priors lie.

    Attributes:
        priors: Where the priors lie and how large they are, head by head.
        kept: For the matrices of a net that is made sparse, by their paths in the Keras model, the
            share of weights that is kept: `fit(..., sparsity=net.kept)`.
        config: How to train; see DetectorConfig.
        calibration: Up to 64 training pictures as inputs, float32, that `fit` keeps for an int8
            export, or None before.
        compile_options: What `compile` was given, but for the optimizer.
    """

    priors: ClassVar[PriorLayout]
    kept: ClassVar[Mapping[str, float]] = MappingProxyType({})

    def __init__(
        self, input_shape: tuple[int, int, int], *, name: str | None = None, seed: int | None = 0
    ) -> None:
        """See Architecture."""
        super().__init__(input_shape, name=name, seed=seed)
        self.config = DetectorConfig()
        self.compile_options: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(input_shape={self.input_shape})"

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

    def compile(self, optimizer: Any = None, **options: Any) -> Self:
        """Prepare the training, as `keras.Model.compile` does; builds first if needed.

        Args:
            optimizer: Stochastic gradient descent with the config's momentum and weight decay by
                default.
            **options: Go to Keras; the losses are those of the multibox loss by default.
        """
        config = self.config
        # Keras's decay leaves out the momentum, which multiplies a decay within the gradient.
        decay = config.weight_decay / (1 - config.momentum) or None
        defaults = {"loss": [LocationLoss(), ConfidenceLoss()], "jit_compile": False}
        self.compile_options = {**defaults, **options}
        self.model.compile(
            optimizer
            or keras.optimizers.SGD(config.learning_rate, config.momentum, weight_decay=decay),
            **self.compile_options,
        )
        return self

    def fit(
        self,
        train: Any,
        val: Any = None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        augmentation: Any = None,
        sparsity: Mapping[str, float] | None = None,
        verbose: Any = None,
        **keras_options: Any,
    ) -> keras.callbacks.History:
        """Train, and end with the weights of the best epoch; builds and compiles if needed.

        The best epoch has the highest average precision on the validation pictures; the lowest
        loss without them. With `config.resume_path` a training that was killed goes on behind its
        last whole epoch when `fit` is called again in the same way.

        Args:
            train: Pictures with boxes; or what `keras.Model.fit` takes as x and goes to it as it
                is: batches of inputs and of the targets of both losses, see `training_feed`.
            val: Pictures with boxes; or what `fit` takes as validation_data; or None.
            epochs, batch_size, augmentation, verbose: Override the config.
            sparsity: Shares of weights that are kept while all others are set to zero after
                every step, by the paths of their matrices: fine-tuning of a trained net, such as
                `sparsity=RNNPoolFaceM4.kept`; None leaves all.
            **keras_options: Go to `keras.Model.fit`: callbacks, ...

        Returns:
            Keras's History, with `val_average_precision` of the epochs that were judged.

        Raises:
            DataError: No picture has a face, or the state to go on from is of another training.
            ValueError: If an argument is not allowed.
        """
        config = self.config.override(
            epochs=epochs,
            batch_size=batch_size,
            augmentation=augmentation,
            verbosity=verbosity(verbose),
        )
        if not self.model.compiled:
            self.compile()
        seed = shared_seed(self.model, int(self._seeds.generate_state(1)[0]))
        training = Training(train, val, config, seed, sparsity or {}, keras_options)
        if isinstance(train, FaceDataset) and len(train):
            self.calibration = self._sample(train)
        return train_detector(self, training)

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
            # Not `predict`, which asks every device of a distributed training for an answer.
            maps = self.model(inputs[start : start + _BATCH], training=False)
            for offsets, logits in zip(*map(keras.ops.convert_to_numpy, maps), strict=True):
                form = self.form
                found.append(
                    find_detections(offsets, logits, form.priors, form.size, threshold=threshold)
                )
        return found

    def evaluate(self, dataset: FaceDataset, *, smallest: float = SMALLEST_FACE) -> PrecisionRecall:
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

    def _sample(self, dataset: FaceDataset) -> np.ndarray:
        """Inputs for the calibration of an int8 export, from all over a data set."""
        count = min(_CALIBRATION, len(dataset))
        chosen = dataset.take(np.linspace(0, len(dataset) - 1, count).astype(int))
        size, channels = self.form.size, self.form.channels
        pictures = [fit_picture(example.image, size, channels) for example in chosen]
        return net_pixels(np.stack(pictures), channels)


def _check_threshold(threshold: Any) -> None:
    if not isinstance(threshold, int | float | np.number) or not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be a number in [0, 1], received {threshold!r}")
