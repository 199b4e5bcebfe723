"""How a net is trained: one object of settings that checks itself."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any, ClassVar

from micronets.models.settings import COMMON_RULES, Rule, Settings, is_real

_RULES: Mapping[str, Rule] = {
    **COMMON_RULES,
    "warmup": (lambda v: is_real(v) and 0 <= v < 1, "a share in [0, 1)"),
    "validation_split": (lambda v: is_real(v) and 0 <= v < 1, "a share in [0, 1)"),
    "random_shift": (lambda v: is_real(v) and 0 <= v <= 0.5, "a share in [0, 0.5]"),
    "average_weights": (lambda v: isinstance(v, bool), "True or False"),
    "metrics": (
        lambda v: isinstance(v, tuple),
        "a list or tuple of Keras metrics, such as ['accuracy']",
    ),
    "checkpoint_min_accuracy": (
        lambda v: is_real(v) and 0 <= v <= 1,
        "a share in [0, 1], such as 0.9",
    ),
}


@dataclasses.dataclass
class Config(Settings):
    """Settings of a net's training; every assignment is checked at once.

    Attributes:
        learning_rate: Peak learning rate of the optimizer.
        batch_size: Images per step.
        epochs: Passes over the data when `fit` is not told.
        schedule: "cosine" warms up linearly and then falls along half a cosine to a hundredth
            of the peak; "constant" leaves the learning rate alone.
        warmup: Share of all steps that the warm-up takes, in [0, 1).
        validation_split: Share of the training data that `fit` sets aside to choose the best
            epoch when it gets no validation data, in [0, 1); 0 trains on everything.
        random_shift: Training images in arrays are moved at random, by up to this share of their
            size, in [0, 0.5]; 0 leaves them alone. Data sets are not touched.
        average_weights: Judge and keep the average of the weights over the last epochs instead
            of one epoch's, unless there are at most six; see AverageWeights.
        verbosity: 0 is silent, 1 a progress bar, 2 one line per epoch.
        loss: Anything Keras accepts; None chooses cross-entropy by the kind of labels.
        metrics: What Keras shall report.
        checkpoint_path: Where `fit` writes the best net so far: `*.weights.h5` or `*.keras`.
        checkpoint_min_accuracy: No checkpoint is written below this accuracy, in [0, 1].
    """

    rules: ClassVar[Mapping[str, Rule]] = _RULES

    learning_rate: float = 0.01
    batch_size: int = 16
    epochs: int = 30
    schedule: str = "cosine"
    warmup: float = 0.1
    validation_split: float = 0.1
    random_shift: float = 0.03
    average_weights: bool = True
    verbosity: int = 1
    loss: Any = None
    metrics: tuple[Any, ...] = ("accuracy",)
    checkpoint_path: str | os.PathLike[str] | None = None
    checkpoint_min_accuracy: float = 0.0

    def __setattr__(self, name: str, value: Any) -> None:
        """Check `value` before it is stored; metrics may be a list as well as a tuple."""
        is_list = name == "metrics" and isinstance(value, list)
        super().__setattr__(name, tuple(value) if is_list else value)
