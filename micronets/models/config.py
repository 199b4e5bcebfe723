"""How a net is trained: one object of settings that checks itself."""

import dataclasses
import difflib
import math
import numbers
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

SCHEDULES = ("cosine", "constant")


@dataclasses.dataclass
class Config:
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
        """Check `value` before it is stored.

        Raises:
            AttributeError: If there is no such setting.
            ValueError: If the setting does not allow this value.
        """
        known = [field.name for field in dataclasses.fields(self)]
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise AttributeError(f"config has no setting {name!r}; {hint}")
        if name == "metrics" and isinstance(value, list):
            value = tuple(value)
        if name in _RULES:
            allowed, wanted = _RULES[name]
            if not allowed(value):
                raise ValueError(f"config.{name} must be {wanted}, received {value!r}")
        super().__setattr__(name, value)

    def override(self, **values: Any) -> Self:
        """Copy these settings with some of them changed; None leaves one as it is.

        Raises:
            ValueError: If a setting does not allow its value.
        """
        given = {name: value for name, value in values.items() if value is not None}
        return dataclasses.replace(self, **given)


def _is_count(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= 1


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _is_checkpoint_path(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, str | os.PathLike) and Path(value).name.endswith(
        (".weights.h5", ".keras")
    )


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "learning_rate": (lambda v: _is_real(v) and v > 0, "a positive number"),
    "batch_size": (_is_count, "a whole number of at least 1"),
    "epochs": (_is_count, "a whole number of at least 1"),
    "schedule": (lambda v: v in SCHEDULES, " or ".join(map(repr, SCHEDULES))),
    "warmup": (lambda v: _is_real(v) and 0 <= v < 1, "a share in [0, 1)"),
    "validation_split": (lambda v: _is_real(v) and 0 <= v < 1, "a share in [0, 1)"),
    "random_shift": (lambda v: _is_real(v) and 0 <= v <= 0.5, "a share in [0, 0.5]"),
    "average_weights": (lambda v: isinstance(v, bool), "True or False"),
    "verbosity": (
        lambda v: not isinstance(v, bool) and v in (0, 1, 2),
        "0 (silent), 1 (progress bar) or 2 (one line per epoch)",
    ),
    "metrics": (
        lambda v: isinstance(v, tuple),
        "a list or tuple of Keras metrics, such as ['accuracy']",
    ),
    "checkpoint_path": (
        _is_checkpoint_path,
        "None or a path that ends in .weights.h5 or .keras",
    ),
    "checkpoint_min_accuracy": (
        lambda v: _is_real(v) and 0 <= v <= 1,
        "a share in [0, 1], such as 0.9",
    ),
}
