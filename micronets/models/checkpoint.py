"""Keeps the best weights of a training, in memory and, if asked, in a file."""

import math
from pathlib import Path
from typing import Any

import keras

from micronets.files import write_atomically

Rank = tuple[float, float]


class BestWeights(keras.callbacks.Callback):
    """Remembers the epoch with the highest accuracy; among equals, with the lowest loss.

    The file is replaced in one step, so it holds a whole checkpoint at every moment.

    Args:
        prefix: "val_" to judge by validation data, "" to judge by the training data.
        path: File for the best checkpoint, `*.weights.h5` or `*.keras`; None writes none.
        min_accuracy: No file is written below this accuracy.
    """

    def __init__(self, prefix: str, path: Any = None, min_accuracy: float = 0.0) -> None:
        super().__init__()
        self.epoch: int | None = None
        self._prefix = prefix
        self._path = None if path is None else Path(path)
        self._min_accuracy = min_accuracy
        self._rank: Rank = (-math.inf, -math.inf)
        self._weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the weights if this epoch is the best so far."""
        rank = self._judge(logs or {})
        if rank is None or rank <= self._rank:
            return
        self._rank, self.epoch = rank, epoch
        self._weights = self.model.get_weights()
        if self._path is not None and rank[0] >= self._min_accuracy:
            write_model(self.model, self._path)

    def restore(self) -> None:
        """Put the best weights back into the model; nothing happens if no epoch was finished."""
        if self._weights is not None:
            self.model.set_weights(self._weights)

    def _judge(self, logs: dict[str, Any]) -> Rank | None:
        """Rank of an epoch; None if it has no finite loss, or was not validated."""
        loss = logs.get(f"{self._prefix}loss")
        if loss is None or not math.isfinite(loss):
            return None
        accuracies = [
            float(value)
            for name, value in logs.items()
            if name.startswith(self._prefix) and name.endswith(("accuracy", "acc"))
        ]
        return (accuracies[0] if accuracies else 0.0), -float(loss)


def write_model(model: keras.Model, path: Path) -> None:
    """Write the weights (`*.weights.h5`) or the whole model (`*.keras`), whole or not at all."""
    weights_only = path.name.endswith(".weights.h5")
    write_atomically(path, model.save_weights if weights_only else model.save)
