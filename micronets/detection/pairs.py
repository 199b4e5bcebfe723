"""Which faces of two detectors are the same, one by one."""

from __future__ import annotations

import dataclasses

import numpy as np

from micronets.detection.boxes import intersection_over_union
from micronets.detection.detections import Detections

MATCHING_OVERLAP = 0.5


@dataclasses.dataclass(frozen=True)
class Pair:
    """One face of both detectors, or of one of them alone.

    Attributes:
        first, second: Index of the face among those of each detector; None where it is not there.
        overlap: Intersection over union of both boxes; 0 for a face of one alone.
    """

    first: int | None
    second: int | None
    overlap: float = 0.0


def pair_detections(
    first: Detections, second: Detections, *, least: float = MATCHING_OVERLAP
) -> list[Pair]:
    """Match the faces that two detectors found in one picture, those that overlap most first.

    Args:
        first, second: What each found.
        least: Intersection over union that makes two boxes one face.

    Returns:
        Each face of either once: the first detector's in its order, then those of the second alone.
    """
    overlaps = intersection_over_union(first.boxes, second.boxes)
    partners: dict[int, tuple[int, float]] = {}
    for _ in range(min(overlaps.shape)):
        i, j = np.unravel_index(np.argmax(overlaps), overlaps.shape)
        overlap = float(overlaps[i, j])
        if overlap <= least:
            break
        partners[int(i)] = int(j), overlap
        overlaps[i, :] = overlaps[:, j] = 0
    pairs = [Pair(i, *partners.get(i, (None, 0.0))) for i in range(len(first))]
    taken = {j for j, _ in partners.values()}
    return pairs + [Pair(None, j) for j in range(len(second)) if j not in taken]
