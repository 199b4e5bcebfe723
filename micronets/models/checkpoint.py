"""Keeps the best weights of a training, in memory and, if asked, in a file."""

import math
from pathlib import Path
from typing import Any

import keras

from micronets.files import write_atomically
from micronets.models.several_workers import is_chief


class BestWeights(keras.callbacks.Callback):
    """Remembers the epoch with the lowest loss, the later one of equals.

    The loss and not the accuracy, which a few validation images measure in coarse steps: among
    many epochs its highest value is mostly luck. docs/training.md has the figures. A detector is
    judged by its average precision: its loss says little about false alarms.

    The file is replaced in one step, so it holds a whole checkpoint at every moment.

    Args:
        prefix: "val_" to judge by validation data, "" to judge by the training data.
        path: File for the best checkpoint, `*.weights.h5` or `*.keras`; None writes none.
        min_accuracy: No file is written below this accuracy.
        largest: Name of a metric, without the prefix, whose largest value is the best; None judges
            by the loss.

    Attributes:
        epoch: The best epoch so far, or None.
        value: Its loss or metric.
        weights: Its weights.
    """

    def __init__(
        self,
        prefix: str,
        path: Any = None,
        min_accuracy: float = 0.0,
        *,
        largest: str | None = None,
    ) -> None:
        super().__init__()
        self.epoch: int | None = None
        self.value = math.nan
        self.weights: list[Any] | None = None
        self._prefix = prefix
        self._path = None if path is None else Path(path)
        self._min_accuracy = min_accuracy
        self._largest = largest

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the weights if this epoch is the best so far."""
        logs = logs or {}
        value = logs.get(f"{self._prefix}{self._largest or 'loss'}")
        # None: an epoch that was not validated.
        if value is None or not math.isfinite(value) or self._is_worse(value):
            return
        self.value, self.epoch = float(value), epoch
        self.weights = self.model.get_weights()
        is_good = self._accuracy(logs) >= self._min_accuracy
        if self._path is not None and is_good and is_chief(self.model):
            write_model(self.model, self._path)

    def restore(self) -> None:
        """Put the best weights back into the model; nothing happens if no epoch was finished."""
        if self.weights is not None:
            self.model.set_weights(self.weights)

    def _is_worse(self, value: float) -> bool:
        """Nothing is worse than NaN, which stands for no epoch yet."""
        return value < self.value if self._largest else value > self.value

    def _accuracy(self, logs: dict[str, Any]) -> float:
        """The first accuracy among the metrics, 0 if there is none."""
        for name, value in logs.items():
            if name.startswith(self._prefix) and name.endswith(("accuracy", "acc")):
                return float(value)
        return 0.0


def write_model(model: keras.Model, path: Path) -> None:
    """Write the weights (`*.weights.h5`) or the whole model (`*.keras`), whole or not at all."""
    weights_only = path.name.endswith(".weights.h5")
    write_atomically(path, model.save_weights if weights_only else model.save)
