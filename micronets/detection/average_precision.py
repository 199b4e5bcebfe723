"""How good a detector is: average precision, and the protocol behind that one number.

- Detections of all images are taken best first. Each finds the free face of its image that it
  overlaps most, if the intersection over union is at least 0.5; then that face is no longer free.
- A detection that finds no free face but overlaps an ignored one as much counts for nothing.
  Ignored are faces marked as such in the data, and those whose shorter side is below `smallest`.
  They are not to be found, and any number of detections may lie on one.
- Every other detection is a false alarm: second detections of one face, and small ones as well.
- Precision is read after the last of all detections with one score, so the order of images has no
  say. It is made to fall only (each value becomes the largest at its recall or beyond), and its
  area over recall is the average precision: the all-points rule of PASCAL VOC since 2010.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from micronets.detection.boxes import intersection_over_union
from micronets.detection.detections import Detections
from micronets.errors import DataError

_FALSE, _FOUND, _IGNORED = 0, 1, 2


@dataclasses.dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """How a detector does at every threshold.

    Attributes:
        average_precision: Area under the curve, from 0 to 1; NaN if there are no faces to be found.
        scores: Thresholds, falling: every score that some counted detection has.
        precision: Share of true ones among the detections of at least that score.
        recall: Share of the faces that they find.
        faces: Faces to be found.
        ignored: Faces that count for nothing.
    """

    average_precision: float
    scores: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    faces: int
    ignored: int

    def at(self, threshold: float) -> tuple[float, float]:
        """Precision and recall of the detections with a score of at least `threshold`.

        Precision is 1 where there are none: nothing was wrong.
        """
        reached = int(np.count_nonzero(self.scores >= threshold))
        if not reached:
            return 1.0, 0.0
        return float(self.precision[reached - 1]), float(self.recall[reached - 1])


def precision_recall(
    detections: Sequence[Detections],
    faces: Sequence[np.ndarray],
    ignored: Sequence[np.ndarray] | None = None,
    *,
    least_overlap: float = 0.5,
    smallest: float = 0.0,
) -> PrecisionRecall:
    """Compare detections with the faces of the same images.

    Args:
        detections: Of every image, with a threshold far below what is used later: the curve ends at
            the lowest score.
        faces: Corners in the same pixels, shape (faces, 4), for every image.
        ignored: For every image a bool per face: True for those that are not to be found. None
            ignores only small ones.
        least_overlap: Intersection over union that makes a detection a find.
        smallest: Faces with a side below so many pixels are ignored.

    Returns:
        The curve and its area.

    Raises:
        DataError: The lists are not as long as each other, or marks are not as many as faces.
    """
    marks = _check(detections, faces, ignored)
    results, scores = [], []
    wanted = unwanted = 0
    for found, boxes, marked in zip(detections, faces, marks, strict=True):
        corners = np.asarray(boxes, np.float32).reshape(-1, 4)
        sides = corners[:, 2:] - corners[:, :2]
        shorter = sides.min(axis=1, initial=np.inf)
        # A box without an area is no face: nothing can overlap it.
        skipped = marked | (shorter < smallest) | (shorter <= 0)
        results.append(_judge(found, corners, skipped, least_overlap))
        scores.append(found.scores)
        wanted += int(np.count_nonzero(~skipped))
        unwanted += int(np.count_nonzero(skipped))
    outcome = np.concatenate([*results, np.empty(0, np.int64)])
    curve = _curve(outcome, np.concatenate([*scores, np.empty(0, np.float32)]), wanted)
    return PrecisionRecall(_area(*curve[1:]) if wanted else float("nan"), *curve, wanted, unwanted)


def average_precision(
    detections: Sequence[Detections],
    faces: Sequence[np.ndarray],
    ignored: Sequence[np.ndarray] | None = None,
    *,
    least_overlap: float = 0.5,
    smallest: float = 0.0,
) -> float:
    """Return only the area of `precision_recall`, which takes the same arguments."""
    return precision_recall(
        detections, faces, ignored, least_overlap=least_overlap, smallest=smallest
    ).average_precision


def _check(
    detections: Sequence[Detections],
    faces: Sequence[np.ndarray],
    ignored: Sequence[np.ndarray] | None,
) -> list[np.ndarray]:
    """Marks of ignored faces as bool arrays, none set where none are given."""
    if len(detections) != len(faces) or (ignored is not None and len(ignored) != len(faces)):
        marks = "none" if ignored is None else len(ignored)
        raise DataError(
            "detections, faces and ignored must have one entry per image. "
            f"Received: {len(detections)}, {len(faces)}, {marks}"
        )
    if ignored is None:
        return [np.zeros(len(boxes), bool) for boxes in faces]
    for index, (boxes, marked) in enumerate(zip(faces, ignored, strict=True)):
        if len(boxes) != len(marked):
            raise DataError(
                f"ignored must have one mark per face. Received for image {index}: "
                f"{len(marked)} marks, {len(boxes)} faces"
            )
    return [np.asarray(marked, bool) for marked in ignored]


def _judge(
    found: Detections, faces: np.ndarray, skipped: np.ndarray, least_overlap: float
) -> np.ndarray:
    """What each detection of one image is: found, false or ignored."""
    overlaps = intersection_over_union(found.boxes, faces)
    outcome = np.full(len(found), _FALSE)
    on_ignored = (overlaps[:, skipped] >= least_overlap).any(axis=1)
    free = overlaps[:, ~skipped]
    for index in np.argsort(-found.scores, kind="stable"):
        best = int(free[index].argmax()) if free.shape[1] else 0
        if free.shape[1] and free[index, best] >= least_overlap:
            outcome[index] = _FOUND
            free[:, best] = -1
        elif on_ignored[index]:
            outcome[index] = _IGNORED
    return outcome


def _curve(
    outcome: np.ndarray, scores: np.ndarray, wanted: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds, and precision and recall at each."""
    counted = outcome != _IGNORED
    order = np.argsort(-scores[counted], kind="stable")
    falling = scores[counted][order]
    finds = np.cumsum(outcome[counted][order] == _FOUND)
    last = np.flatnonzero(np.append(np.diff(falling) != 0, True)[: len(falling)])
    return falling[last], finds[last] / (last + 1), finds[last] / max(wanted, 1)


def _area(precision: np.ndarray, recall: np.ndarray) -> float:
    """Area under the precision that falls only."""
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0) * envelope))
