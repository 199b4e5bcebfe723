"""What turns the outputs of a detector into boxes: priors, limits, overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

MOST_PRIORS = 65_536
"""A candidate holds the number of its prior in 16 bits."""

MOST_SIDE = 32_767
"""Boxes are pixels in 16 bits, with a sign."""

_DETECTION_BYTES, _BOX_BYTES, _COUNT_BYTES = 12, 16, 4
_CANDIDATE_BYTES = {"int8": 8, "float32": 24}


@dataclass(frozen=True)
class Detector:
    """How a detector with two outputs finds objects: offsets of boxes and scores, prior by prior.

    The model returns `loc`, shape (priors, 4), and `conf`, shape (priors, 2), each of them maps of
    its heads, reshaped and put behind each other. There is one square prior per pixel of a head's
    map; boxes and scores are those of SSD (arXiv:1512.02325) with one class.

    Args:
        steps: Pixels of the image from one pixel of a head's map to the next, head by head.
        sides: Side of the prior of each pixel, in pixels of the image.
        max_detections: So many boxes are handed out at most, those with the best scores.
        max_candidates: So many priors with the best scores are looked at.
        most_overlap: Intersection over union that two boxes may have.

    Raises:
        ValueError: An argument is wrong; lists all of them.

    Example:
        >>> Detector(steps=(8, 16), sides=(16, 32)).max_detections
        32
    """

    steps: tuple[int, ...]
    sides: tuple[int, ...]
    max_detections: int = 32
    max_candidates: int = 128
    most_overlap: float = 0.3

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be a tuple of whole numbers of pixels. Received: {value!r}"
            for name, value in (("steps", self.steps), ("sides", self.sides))
            if not (isinstance(value, tuple) and value and all(map(_is_count, value)))
        ]
        if not problems and len(self.steps) != len(self.sides):
            problems.append(
                "steps and sides must have one entry per head. "
                f"Received: {self.steps} and {self.sides}"
            )
        if not problems and max(*self.steps, *self.sides) > MOST_SIDE:
            problems.append(f"no step and no side may be larger than {MOST_SIDE:,} pixels")
        for name in ("max_detections", "max_candidates"):
            value = getattr(self, name)
            if not _is_count(value) or value > MOST_PRIORS:
                problems.append(f"{name} must be a whole number from 1 on. Received: {value!r}")
        if not problems and self.max_candidates < self.max_detections:
            problems.append(
                "max_candidates must be at least max_detections. Received: "
                f"{self.max_candidates} and {self.max_detections}"
            )
        overlap: Any = self.most_overlap
        if not isinstance(overlap, (int, float)) or not 0 <= overlap <= 1:
            problems.append(f"most_overlap must be from 0 to 1. Received: {overlap!r}")
        if problems:
            raise ValueError("\n".join(problems))

    def held_bytes(self, *, is_int8: bool) -> int:
        """Bytes of the candidates and detections in the C++ object."""
        candidate = _CANDIDATE_BYTES["int8" if is_int8 else "float32"]
        candidates = _COUNT_BYTES + candidate * self.max_candidates
        return candidates + _COUNT_BYTES + (_DETECTION_BYTES + _BOX_BYTES) * self.max_detections


def _is_count(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and value > 0 and math.isfinite(value)
