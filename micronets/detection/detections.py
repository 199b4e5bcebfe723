"""What a detector found in an image: boxes in pixels with scores."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from micronets.detection.boxes import decode
from micronets.detection.nms import MOST_CANDIDATES, MOST_DETECTIONS, MOST_OVERLAP, suppress
from micronets.errors import DataError

# Offsets from here on are those of a net gone wrong: their boxes would overflow.
WILD_OFFSET = 1e6


@dataclasses.dataclass(frozen=True)
class Detection:
    """One face: corners in pixels of the image, and how sure the net is, from 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float
    score: float


@dataclasses.dataclass(frozen=True, eq=False)
class Detections:
    """The faces of one image, best first.

    Iterating gives `Detection`s; `len()` counts them.

    Attributes:
        boxes: (left, top, right, bottom) in pixels, float32, shape (count, 4).
        scores: From 0 to 1, float32, shape (count,).
    """

    boxes: np.ndarray
    scores: np.ndarray

    def __post_init__(self) -> None:
        boxes = np.asarray(self.boxes, np.float32).reshape(-1, 4)
        scores = np.asarray(self.scores, np.float32).reshape(-1)
        if len(boxes) != len(scores):
            raise DataError(
                "boxes and scores must be as many. "
                f"Received: {len(boxes)} boxes, {len(scores)} scores"
            )
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "scores", scores)

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Detection]:
        for row in np.column_stack([self.boxes, self.scores]).tolist():
            yield Detection(*row)

    def above(self, threshold: float) -> "Detections":
        """Those with a score of at least `threshold`."""
        chosen = self.scores >= threshold
        return Detections(self.boxes[chosen], self.scores[chosen])

    def clipped(self, image_size: tuple[int, int]) -> "Detections":
        """The same with boxes cut off at the borders of an image of (height, width)."""
        height, width = image_size
        return Detections(np.clip(self.boxes, 0, [width, height, width, height]), self.scores)

    def scaled(self, old_size: tuple[int, int], new_size: tuple[int, int]) -> "Detections":
        """The same in the pixels of an image that was scaled, sizes as (height, width)."""
        down, across = new_size[0] / old_size[0], new_size[1] / old_size[1]
        return Detections(self.boxes * np.array([across, down] * 2, np.float32), self.scores)


def find_detections(
    offsets: np.ndarray,
    logits: np.ndarray,
    priors: np.ndarray,
    image_size: tuple[int, int],
    *,
    threshold: float = 0.5,
    most_overlap: float = MOST_OVERLAP,
    most_candidates: int = MOST_CANDIDATES,
    most_kept: int = MOST_DETECTIONS,
) -> Detections:
    """Turn what a net gives for one image into faces.

    Args:
        offsets: (priors, 4).
        logits: (priors, 2), of background and of face, before any softmax.
        priors: Centres in shares of the image, shape (priors, 4).
        image_size: (height, width) of the image whose pixels the boxes are to be in.
        threshold: Faces below this score are dropped.
        most_overlap, most_candidates, most_kept: See `suppress`.

    Returns:
        Faces, best first, without those whose offsets are no numbers. Boxes may reach beyond the
        image: see `Detections.clipped`.

    Raises:
        DataError: The shapes do not fit each other.
    """
    count = len(priors)
    if offsets.shape != (count, 4) or logits.shape != (count, 2):
        raise DataError(
            f"offsets must have shape ({count}, 4) and logits ({count}, 2), one row per prior. "
            f"Received: {offsets.shape}, {logits.shape}"
        )
    scores = face_scores(logits)
    # NaN is not below the limit either.
    candidates = np.flatnonzero((scores >= threshold) & (np.abs(offsets).max(axis=1) < WILD_OFFSET))
    boxes = decode(offsets[candidates], priors[candidates])
    kept = suppress(
        boxes,
        scores[candidates],
        most_overlap=most_overlap,
        most_candidates=most_candidates,
        most_kept=most_kept,
    )
    height, width = image_size
    pixels = boxes[kept] * np.array([width, height] * 2, np.float32)
    return Detections(pixels, scores[candidates[kept]])


def face_scores(logits: np.ndarray) -> np.ndarray:
    """Softmax over (background, face), the face's part: shape (..., 2) to (...)."""
    towards_face = logits[..., 1] - logits[..., 0]
    # Of the two ways to write a sigmoid each is used where it cannot overflow.
    power = np.exp(-np.abs(towards_face))
    scores: np.ndarray = np.where(towards_face >= 0, 1, power) / (1 + power)
    return scores
