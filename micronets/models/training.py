"""Runs Keras's fit with a schedule, a progress bar and the best checkpoint."""

from typing import Any, Protocol

import keras

from micronets.models.averaging import AverageWeights
from micronets.models.checkpoint import BestWeights
from micronets.models.checks import INTEGER, ONE_HOT
from micronets.models.config import Config
from micronets.models.feed import Feed
from micronets.models.progress import ProgressBar
from micronets.models.schedule import WarmupCosine
from micronets.models.several_workers import is_chief, several_workers
from micronets.models.sparsity import ExactZeros, regularized

# What the loss is, by the kind of labels, if nobody chose another one.
LOSSES = {INTEGER: "sparse_categorical_crossentropy", ONE_HOT: "categorical_crossentropy"}

# Callbacks of Keras that steer the learning rate themselves.
_STEERING = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)


class Trained(Protocol):
    """Settings that every training has."""

    learning_rate: float
    epochs: int
    schedule: str
    verbosity: int


def run_fit(
    model: keras.Model, feed: Feed, config: Config, keras_options: dict[str, Any]
) -> keras.callbacks.History:
    """Train a compiled model and leave it with the weights of the best epoch.

    The best weights come back also when an exception or Ctrl+C ends the training.

    Args:
        model: Compiled.
        feed: Checked data.
        config: How to train.
        keras_options: Further arguments of `keras.Model.fit`.
    """
    users, options = split_callbacks(keras_options)
    first_epoch = options.get("initial_epoch", 0)
    best = BestWeights(
        "val_" if feed.validation is not None else "",
        config.checkpoint_path,
        config.checkpoint_min_accuracy,
    )
    # The average comes first, so that all others, at the end of an epoch, find it in the model.
    callbacks = [
        *([AverageWeights(first_epoch)] if config.average_weights else []),
        *schedule(model, config, config.warmup, users, first_epoch),
        *([ExactZeros()] if regularized(model) else []),
        best,
        *users,
    ]
    options = {"validation_data": feed.validation, **options}
    return fit_to_best(model, feed.train, config, callbacks, best, options)


def split_callbacks(
    keras_options: dict[str, Any],
) -> tuple[list[keras.callbacks.Callback], dict[str, Any]]:
    """The callbacks of a user, one or many, and the other options."""
    options = dict(keras_options)
    users = options.pop("callbacks", None) or []
    return (list(users) if isinstance(users, list | tuple) else [users]), options


def fit_to_best(
    model: keras.Model,
    x: Any,
    config: Trained,
    callbacks: list[keras.callbacks.Callback],
    best: BestWeights,
    options: dict[str, Any],
) -> keras.callbacks.History:
    """Run Keras's fit, with a progress bar, and put the best weights into the model at its end.

    Args:
        model: Compiled.
        x: A data set.
        config: How long, and how much is told.
        callbacks: In their order, `best` among them.
        best: Has the best weights.
        options: Further arguments of `keras.Model.fit`.
    """
    verbosity = config.verbosity if is_chief(model) else 0
    bar = ProgressBar(options.get("initial_epoch", 0)) if verbosity == 1 else None
    try:
        with several_workers(model):
            return model.fit(
                x,
                epochs=config.epochs,
                callbacks=[*callbacks, *([bar] if bar else [])],
                verbose=2 if verbosity == 2 else 0,
                **{"shuffle": False, **options},
            )
    finally:
        if bar:
            bar.close()
        best.restore()


def schedule(
    model: keras.Model, config: Trained, warmup: float, users: list[Any], first_epoch: int = 0
) -> list[keras.callbacks.Callback]:
    """Our schedule, unless the user steers the learning rate.

    Args:
        model: Compiled.
        config: Peak and kind.
        warmup: Share of all steps in which the rate rises.
        users: The user's callbacks.
        first_epoch: Epoch that the schedule starts with.
    """
    optimizer = model.optimizer.get_config() if hasattr(model.optimizer, "get_config") else {}
    own_schedule = isinstance(optimizer.get("learning_rate"), dict)
    if (
        config.schedule == "constant"
        or own_schedule
        or any(isinstance(u, _STEERING) for u in users)
    ):
        return []
    return [WarmupCosine(config.learning_rate, warmup, first_epoch)]
