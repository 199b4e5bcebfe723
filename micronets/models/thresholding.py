"""Keeps a few large weights of a matrix and sets the others to zero, step after step."""

import difflib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np


class IterativeHardThresholding(keras.callbacks.Callback):
    """After every step of the optimizer sets the smallest weights of some matrices to zero.

    Which weights are zero may change as long as the net trains: those that the next step makes
    large come back. Start from a trained net.

    Args:
        kept: For each matrix, by its path in the Keras model such as "rnnpool/rnn1/kernel", the
            share of its weights that is kept, in (0, 1].

    Raises:
        ValueError: A share is not in (0, 1].

    Example:
        >>> from micronets.models import RNNPoolFaceM4
        >>> callback = IterativeHardThresholding(RNNPoolFaceM4.kept)
    """

    def __init__(self, kept: Mapping[str, float]) -> None:
        super().__init__()
        for path, share in kept.items():
            if not 0 < share <= 1:
                raise ValueError(f"the share kept of {path!r} must be in (0, 1], received {share}")
        self._kept = dict(kept)
        self._matrices: list[tuple[Any, float]] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Find the matrices, and threshold them a first time.

        Raises:
            ValueError: The model has no such weights; names near ones.
        """
        known = {weight.path: weight for weight in self.model.trainable_variables}
        for path in self._kept:
            if path not in known:
                near = difflib.get_close_matches(path, known, n=1) or list(known)[:1]
                raise ValueError(f"the model has no weights {path!r}; did you mean {near[0]!r}?")
        self._matrices = [(known[path], share) for path, share in self._kept.items()]
        self._threshold()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._threshold()

    def _threshold(self) -> None:
        for weights, share in self._matrices:
            values = np.asarray(keras.ops.convert_to_numpy(weights))
            weights.assign(keep_largest(values, share))


def keep_largest(values: np.ndarray, share: float) -> np.ndarray:
    """Set all but the largest values by magnitude to zero.

    Args:
        values: Of any shape.
        share: How many are kept, rounded to a whole number, at least one; of equals the first.

    Example:
        >>> keep_largest(np.array([0.1, -3.0, 2.0, 0.5]), 0.5).tolist()
        [0.0, -3.0, 2.0, 0.0]
    """
    count = max(1, round(share * values.size))
    order = np.argsort(-np.abs(values).ravel(), kind="stable")
    kept = np.zeros(values.size, bool)
    kept[order[:count]] = True
    return np.where(kept.reshape(values.shape), values, np.zeros_like(values))
