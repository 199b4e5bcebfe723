"""Runs Keras's fit with a schedule, a progress bar and the best checkpoint."""

from typing import Any

import keras

from micronets.models.averaging import AverageWeights
from micronets.models.checkpoint import BestWeights
from micronets.models.checks import INTEGER, ONE_HOT
from micronets.models.config import Config
from micronets.models.feed import Feed
from micronets.models.progress import ProgressBar
from micronets.models.schedule import WarmupCosine
from micronets.models.sparsity import ExactZeros, regularized

# What the loss is, by the kind of labels, if nobody chose another one.
LOSSES = {INTEGER: "sparse_categorical_crossentropy", ONE_HOT: "categorical_crossentropy"}

# Callbacks of Keras that steer the learning rate themselves.
_STEERING = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)


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
    options = dict(keras_options)
    users = options.pop("callbacks", None) or []
    users = list(users) if isinstance(users, list | tuple) else [users]
    first_epoch = options.get("initial_epoch", 0)
    best = BestWeights(
        "val_" if feed.validation is not None else "",
        config.checkpoint_path,
        config.checkpoint_min_accuracy,
    )
    bar = ProgressBar(first_epoch) if config.verbosity == 1 else None
    # The average comes first, so that all others, at the end of an epoch, find it in the model.
    callbacks = [
        *([AverageWeights(first_epoch)] if config.average_weights else []),
        *_schedule(model, config, users, first_epoch),
        *([ExactZeros()] if regularized(model) else []),
        best,
        *users,
        *([bar] if bar else []),
    ]
    try:
        return model.fit(
            feed.train,
            validation_data=feed.validation,
            epochs=config.epochs,
            callbacks=callbacks,
            verbose=2 if config.verbosity == 2 else 0,
            **{"shuffle": False, **options},
        )
    finally:
        if bar:
            bar.close()
        best.restore()


def _schedule(
    model: keras.Model, config: Config, users: list[Any], first_epoch: int
) -> list[keras.callbacks.Callback]:
    """Our schedule, unless the user steers the learning rate."""
    optimizer = model.optimizer.get_config() if hasattr(model.optimizer, "get_config") else {}
    own_schedule = isinstance(optimizer.get("learning_rate"), dict)
    if (
        config.schedule == "constant"
        or own_schedule
        or any(isinstance(u, _STEERING) for u in users)
    ):
        return []
    return [WarmupCosine(config.learning_rate, config.warmup, first_epoch)]
