"""The learning rate over a training: linear warm-up, then half a cosine."""

import math
from typing import Any

import keras

# Where the cosine ends and the warm-up begins, as a share of the peak.
_FLOOR = 0.01


class WarmupCosine(keras.callbacks.Callback):
    """Sets the optimizer's learning rate before every step.

    A callback and not a Keras schedule object, because the number of steps is known only in
    `fit`, and because a saved net shall load without micronets.

    Args:
        peak: Highest learning rate.
        warmup: Share of all steps in which it rises.
        first_epoch: Epoch that `fit` starts with.
    """

    def __init__(self, peak: float, warmup: float, first_epoch: int = 0) -> None:
        super().__init__()
        self._peak = peak
        self._warmup = warmup
        self._first_epoch = first_epoch
        self._epoch = first_epoch

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch
        self._apply(0.0)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        steps = self.params.get("steps")
        if steps:
            self._apply(min(batch / steps, 1.0))

    def _apply(self, share_of_epoch: float) -> None:
        epochs = self.params["epochs"] - self._first_epoch
        done = (self._epoch - self._first_epoch + share_of_epoch) / epochs
        self.model.optimizer.learning_rate = self._peak * warmup_cosine(done, self._warmup)


def warmup_cosine(done: float, warmup: float) -> float:
    """Share of the peak learning rate when the share `done` of a training is over.

    Args:
        done: In [0, 1].
        warmup: Share of the training in which the rate rises, in [0, 1).

    Returns:
        A number in [0.01, 1].

    Example:
        >>> warmup_cosine(0.1, warmup=0.1)
        1.0
    """
    if done < warmup:
        return _FLOOR + (1 - _FLOOR) * done / warmup
    fall = (done - warmup) / (1 - warmup)
    return _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * fall)) / 2
