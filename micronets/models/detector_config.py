"""How a detector is trained: one object of settings that checks itself."""

import dataclasses
import os
from collections.abc import Mapping
from typing import ClassVar

from micronets.detection.augment import Augmentation
from micronets.detection.windows import Windows
from micronets.models.settings import COMMON_RULES, Rule, Settings, is_count, is_real

_RULES: Mapping[str, Rule] = {
    **COMMON_RULES,
    "momentum": (lambda v: is_real(v) and 0 <= v < 1, "a number in [0, 1)"),
    "weight_decay": (lambda v: is_real(v) and v >= 0, "a number >= 0, such as 5e-4"),
    "warmup_epochs": (lambda v: is_real(v) and v >= 0, "a number of epochs >= 0"),
    "validate_every": (is_count, "a whole number of epochs of at least 1"),
    "augmentation": (
        lambda v: isinstance(v, Augmentation | Windows),
        "an Augmentation or Windows of micronets.detection",
    ),
    "resume_path": (
        lambda v: v is None or str(v).endswith(".npz"),
        "None or a path that ends in .npz",
    ),
}


@dataclasses.dataclass
class DetectorConfig(Settings):
    """Settings of a detector's training; every assignment is checked at once.

    The defaults are the recipe of arXiv:2002.11921 and its reference code.

    Attributes:
        learning_rate: Peak learning rate of the optimizer.
        momentum: Of the default optimizer, stochastic gradient descent.
        weight_decay: How hard all weights are pulled to zero, as part of the gradient.
        batch_size: Pictures per step.
        epochs: Passes over the pictures when `fit` is not told.
        schedule: "cosine" warms up linearly and then falls along half a cosine to a hundredth
            of the peak; "constant" leaves the learning rate alone.
        warmup_epochs: Epochs in which the rate rises; half of a shorter training at most.
        augmentation: How training pictures are changed, whole (Augmentation) or cut (Windows).
        validate_every: Epochs from one judgement by average precision to the next; the last epoch
            is always judged.
        verbosity: 0 is silent, 1 a progress bar, 2 one line per epoch.
        checkpoint_path: Where `fit` writes the best net so far: `*.weights.h5` or `*.keras`.
        resume_path: A file, `*.npz`, that `fit` keeps its whole state in, epoch by epoch, and goes
            on from if it is there.
    """

    rules: ClassVar[Mapping[str, Rule]] = _RULES

    learning_rate: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4
    batch_size: int = 64
    epochs: int = 300
    schedule: str = "cosine"
    warmup_epochs: float = 5.0
    augmentation: Augmentation | Windows = dataclasses.field(default_factory=Augmentation)
    validate_every: int = 1
    verbosity: int = 1
    checkpoint_path: str | os.PathLike[str] | None = None
    resume_path: str | os.PathLike[str] | None = None

    @property
    def warmup(self) -> float:
        """Share of the steps that the warm-up takes."""
        return min(self.warmup_epochs / self.epochs, 0.5)
