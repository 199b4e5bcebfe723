"""Settings that check themselves, and what is commonly checked."""

import dataclasses
import difflib
import math
import numbers
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

SCHEDULES = ("cosine", "constant")

# Tells good values of a setting from others, and says what good ones are.
Rule = tuple[Callable[[Any], bool], str]


class Settings:
    """The base of dataclasses that check every assignment at once.

    Attributes:
        rules: The rule of each setting that has one.
    """

    rules: ClassVar[Mapping[str, Rule]]

    def __setattr__(self, name: str, value: Any) -> None:
        """Check `value` before it is stored.

        Raises:
            AttributeError: If there is no such setting.
            ValueError: If the setting does not allow this value.
        """
        known = self._names()
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise AttributeError(f"config has no setting {name!r}; {hint}")
        if name in self.rules:
            allowed, wanted = self.rules[name]
            if not allowed(value):
                raise ValueError(f"config.{name} must be {wanted}, received {value!r}")
        super().__setattr__(name, value)

    def override(self, **values: Any) -> Self:
        """Copy these settings with some of them changed; None leaves one as it is.

        Raises:
            ValueError: If a setting does not allow its value.
        """
        given = {name: value for name, value in values.items() if value is not None}
        return type(self)(**{**{name: getattr(self, name) for name in self._names()}, **given})

    @classmethod
    def _names(cls) -> list[str]:
        return [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]


def is_count(value: Any) -> bool:
    """Whether this is a whole number of at least 1."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= 1


def is_real(value: Any) -> bool:
    """Whether this is a finite number."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _is_checkpoint_path(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, str | os.PathLike) and Path(value).name.endswith(
        (".weights.h5", ".keras")
    )


COMMON_RULES: Mapping[str, Rule] = {
    "learning_rate": (lambda v: is_real(v) and v > 0, "a positive number"),
    "batch_size": (is_count, "a whole number of at least 1"),
    "epochs": (is_count, "a whole number of at least 1"),
    "schedule": (lambda v: v in SCHEDULES, " or ".join(map(repr, SCHEDULES))),
    "verbosity": (
        lambda v: not isinstance(v, bool) and v in (0, 1, 2),
        "0 (silent), 1 (progress bar) or 2 (one line per epoch)",
    ),
    "checkpoint_path": (
        _is_checkpoint_path,
        "None or a path that ends in .weights.h5 or .keras",
    ),
}
"""Of settings that every training has."""
