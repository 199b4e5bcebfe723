"""Whether two detectors find the same: a net before and after it was quantized, for example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micronets.detection.detections import Detections
from micronets.detection.pairs import pair_detections

USUAL_THRESHOLD = 0.5
MARGIN = 0.02


@dataclass(frozen=True)
class Agreement:
    """How many detections have a partner.

    Attributes:
        matched: Detections of either side that the other has, too.
        counted: All detections of both sides but the excluded ones.
        excluded: Those that score so near the threshold that a rounding decides about them.
    """

    matched: int
    counted: int
    excluded: int

    @property
    def share(self) -> float:
        """Matched of counted; 1 where nothing was found by either."""
        return self.matched / self.counted if self.counted else 1.0

    def __str__(self) -> str:
        return (
            f"{self.share:.1%} of {self.counted} detections agree, "
            f"{self.excluded} near the threshold left out"
        )


def detection_agreement(
    first: Sequence[Detections],
    second: Sequence[Detections],
    *,
    threshold: float = USUAL_THRESHOLD,
    margin: float = MARGIN,
) -> Agreement:
    """Compare what two detectors found in the same images, both ways.

    Detections that overlap by more than half are partners, those that overlap most first. Those
    that score within the margin of the threshold need no partner, and may be one.

    Args:
        first: Of each image, found at a threshold of `threshold - margin` or below.
        second: The same of the other detector.
        threshold: The score that counts.
        margin: How far a score may be from it without counting.
    """
    matched = counted = excluded = 0
    for sides in zip(first, second, strict=True):
        one, other = (found.above(threshold - margin) for found in sides)
        pairs = [pair for pair in pair_detections(one, other) if pair.overlap > 0]
        partners = ([pair.first for pair in pairs], [pair.second for pair in pairs])
        for found, paired in zip((one, other), partners, strict=True):
            certain = np.flatnonzero(found.scores >= threshold + margin)
            excluded += len(found) - len(certain)
            counted += len(certain)
            matched += len(np.intersect1d(certain, np.array(paired, int)))
    return Agreement(matched, counted, excluded)
