"""Averages the weights over the epochs of a training."""

from typing import Any

import keras
import numpy as np

# The average reaches back over about this share of the epochs. So the first ones, far from the
# goal, are forgotten at the end, and in so short a training that one epoch is all of the share,
# nothing is averaged.
_MEMORY = 1 / 6

Weights = list[np.ndarray]


class AverageWeights(keras.callbacks.Callback):
    """Judges and keeps, in place of an epoch's weights, their average over the last epochs.

    A small net's answers jump from epoch to epoch, and a few validation images cannot tell a
    better epoch from a luckier one; an average jumps less, and answers better.

    It is in the model while an epoch is validated and while callbacks run at its end. The next
    epoch goes on from the weights that the training had reached, unless a callback has put
    other ones into the model. The statistics of batch normalizations are averaged as well.

    Args:
        first_epoch: Epoch that `fit` starts with.
    """

    def __init__(self, first_epoch: int = 0) -> None:
        super().__init__()
        self._first_epoch = first_epoch
        self._decay = 0.0
        self._average: Weights | None = None
        self._reached: Weights | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._decay = decay_for(self.params["epochs"] - self._first_epoch)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put back what the training had reached."""
        if self._reached is None:
            return
        if all(map(np.array_equal, self.model.get_weights(), self._average or [])):
            self.model.set_weights(self._reached)
        self._reached = None

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validation begins, before `on_epoch_end`."""
        self._show_average()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._show_average()

    def _show_average(self) -> None:
        """Take this epoch into the average, once, and put the average into the model."""
        if self._decay == 0 or self._reached is not None:
            return
        self._reached = self.model.get_weights()
        if self._average is None:
            self._average = self._reached
            return
        pairs = zip(self._average, self._reached, strict=True)
        self._average = [_blend(old, new, self._decay) for old, new in pairs]
        self.model.set_weights(self._average)


def decay_for(epochs: int) -> float:
    """Share of the average that one more epoch leaves of it.

    Args:
        epochs: Length of the whole training.

    Returns:
        A number in [0, 1); 0 is no average.

    Example:
        >>> decay_for(24), decay_for(6)
        (0.75, 0.0)
    """
    return max(0.0, 1 - 1 / (_MEMORY * epochs)) if epochs > 0 else 0.0


def _blend(old: np.ndarray, new: np.ndarray, decay: float) -> np.ndarray:
    """Counters, such as those of a random generator, cannot be averaged.

    A weight that is exactly zero was put there, by ExactZeros, and what it was before would keep
    the average from zero for ever.
    """
    if not np.issubdtype(new.dtype, np.floating):
        return new
    return np.where(new == 0, new, decay * old + (1 - decay) * new).astype(new.dtype)
