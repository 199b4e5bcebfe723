"""Trains a detector: pictures in, the weights of the best average precision out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras

from micronets.data.faces import FaceDataset
from micronets.detection.feed import InputForm, training_feed
from micronets.detection.priors import make_priors
from micronets.detection.windows import Windows
from micronets.models.checkpoint import BestWeights
from micronets.models.detector_config import DetectorConfig
from micronets.models.resized import at_size
from micronets.models.several_workers import device_scope
from micronets.models.thresholding import IterativeHardThresholding
from micronets.models.training import fit_to_best, schedule, split_callbacks
from micronets.models.training_state import TrainingState

if TYPE_CHECKING:
    from micronets.models.detector import Detector

_PRECISION = "average_precision"


@dataclasses.dataclass(frozen=True)
class Training:
    """What a detector is trained with.

    Attributes:
        train: Pictures, or whatever Keras trains on.
        val: Pictures to judge by, data to measure the loss on, or None.
        config: How.
        seed: Of order and changes.
        kept: Shares of the weights that thresholding leaves, by the matrices' paths.
        options: Further arguments of `keras.Model.fit`.
    """

    train: Any
    val: Any
    config: DetectorConfig
    seed: int
    kept: Mapping[str, float]
    options: dict[str, Any]


def train_detector(net: Detector, training: Training) -> keras.callbacks.History:
    """Train a compiled net and leave it with the best weights.

    Args:
        net: Compiled.
        training: With what.

    Raises:
        DataError: The pictures or the file of the state cannot be used.
        ValueError: The windows do not suit the net.
    """
    config, best = training.config, _best_weights(training)
    trained = _windowed(net, training)
    users, options = split_callbacks(training.options)
    state = _state(net, training, best)
    first_epoch = state.load(trained) if state else options.get("initial_epoch", 0)
    data, more = _data(net, trained, training, first_epoch)
    callbacks = [
        # It comes first, so that all others find the average precision among the metrics.
        *([Precision(net, training.val, config.validate_every)] if _is_judged(training) else []),
        *schedule(trained, config, config.warmup, users),
        *([IterativeHardThresholding(training.kept)] if training.kept else []),
        best,
        *([state] if state else []),
        *users,
    ]
    options = {**more, **options, "initial_epoch": first_epoch}
    return fit_to_best(trained, data, config, callbacks, best, options)


class Precision(keras.callbacks.Callback):
    """Puts the average precision on the validation pictures among the metrics of an epoch.

    Args:
        net: Shares its weights with the model that is trained.
        val: Pictures.
        every: Epochs from one judgement to the next.
    """

    def __init__(self, net: Detector, val: FaceDataset, every: int) -> None:
        super().__init__()
        self._net = net
        self._val = val
        self._every = every

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        is_last = epoch + 1 == self.params["epochs"]
        if logs is not None and ((epoch + 1) % self._every == 0 or is_last):
            logs[f"val_{_PRECISION}"] = self._net.evaluate(self._val).average_precision


def _is_judged(training: Training) -> bool:
    """Whether epochs are judged by average precision."""
    return isinstance(training.val, FaceDataset)


def _best_weights(training: Training) -> BestWeights:
    path = training.config.checkpoint_path
    if _is_judged(training):
        return BestWeights("val_", path, largest=_PRECISION)
    has_loss = training.val is not None or "validation_data" in training.options
    return BestWeights("val_" if has_loss else "", path)


def _windowed(net: Detector, training: Training) -> keras.Model:
    """The model for the size of the windows, which trains with the optimizer of the net."""
    how = training.config.augmentation
    if not (isinstance(how, Windows) and how.size and isinstance(training.train, FaceDataset)):
        return net.model
    with device_scope(net.model):
        trained = at_size(net.model, how.size)
        if trained is not net.model:
            trained.compile(net.model.optimizer, **net.compile_options)
    return trained


def _data(
    net: Detector, trained: keras.Model, training: Training, first_epoch: int
) -> tuple[Any, dict[str, Any]]:
    """What Keras trains on, and the options that belong to it."""
    more: dict[str, Any] = {}
    if training.val is not None and not _is_judged(training):
        more["validation_data"] = training.val
    if not isinstance(training.train, FaceDataset):
        return training.train, more
    feed = training_feed(
        training.train,
        net.form if trained is net.model else _form(net, trained),
        batch_size=training.config.batch_size,
        augmentation=training.config.augmentation,
        seed=training.seed,
        first_epoch=first_epoch,
    )
    return feed.batches, {**more, "steps_per_epoch": feed.steps}


def _form(net: Detector, trained: keras.Model) -> InputForm:
    """Input and priors of windows.

    Raises:
        ValueError: The maps of the net are not of the sizes that its priors lie on.
    """
    height, width, channels = trained.input_shape[1:]
    priors = make_priors(net.priors, (height, width))
    if trained.output_shape[0][1] != len(priors):
        step = max(net.priors.steps)
        raise ValueError(
            f"The sides of windows must be multiples of {step}. Received: size={height, width}"
        )
    return InputForm((height, width), channels, priors)


def _state(net: Detector, training: Training, best: BestWeights) -> TrainingState | None:
    config = training.config
    if config.resume_path is None:
        return None
    fixed = dataclasses.replace(config, checkpoint_path=None, resume_path=None, verbosity=0)
    pictures = len(training.train) if isinstance(training.train, FaceDataset) else "?"
    text = f"{net}, {fixed}, seed {training.seed}, {pictures} pictures, kept {dict(training.kept)}"
    return TrainingState(config.resume_path, best, text)
