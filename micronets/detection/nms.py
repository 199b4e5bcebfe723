"""Of many boxes around one face, keeps the best."""

import numpy as np

from micronets.detection.boxes import box_areas

MOST_OVERLAP = 0.3
MOST_CANDIDATES = 5000
MOST_DETECTIONS = 750


def best_first(scores: np.ndarray, most: int) -> np.ndarray:
    """Indices of the `most` best scores, best first; of equal ones the first comes first."""
    return np.argsort(-scores, kind="stable")[:most]


def suppress(
    boxes: np.ndarray,
    scores: np.ndarray,
    *,
    most_overlap: float = MOST_OVERLAP,
    most_candidates: int = MOST_CANDIDATES,
    most_kept: int = MOST_DETECTIONS,
) -> np.ndarray:
    """Greedy non-maximum suppression.

    The best box is kept, all that overlap it by more than `most_overlap` go; the best of the rest
    is kept, and so on.

    Args:
        boxes: Corners, shape (count, 4).
        scores: Shape (count,).
        most_overlap: Intersection over union that two kept boxes may have.
        most_candidates: So many of the best boxes are looked at.
        most_kept: So many boxes are kept at most.

    Returns:
        Indices of the kept boxes, best first.

    Example:
        >>> boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], np.float32)
        >>> suppress(boxes, np.array([0.8, 0.9, 0.7])).tolist()
        [1, 2]
    """
    left = best_first(scores, most_candidates)
    areas = box_areas(boxes)
    kept: list[int] = []
    while len(left) and len(kept) < most_kept:
        best, left = left[0], left[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[left, :2])
        high = np.minimum(boxes[best, 2:], boxes[left, 2:])
        sides = np.maximum(high - low, 0)
        common = sides[:, 0] * sides[:, 1]
        # Multiplied out, so that boxes without an area divide nothing.
        left = left[common <= most_overlap * (areas[best] + areas[left] - common)]
    return np.array(kept, np.int64)
