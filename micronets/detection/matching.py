"""Tells each prior which face it is to find, as S3FD does (arXiv:1708.05237).

A small face overlaps no prior by much and would be matched once at best. Scale compensation gives
some of those priors to faces that overlap a little.
"""

import numpy as np

from micronets.detection.boxes import (
    centres_from_corners,
    corners_from_centres,
    encode,
    intersection_over_union,
)

# A prior that overlaps a face by this much is to find it; by less than _LEAST never, unless no
# other prior overlaps the face more.
_ENOUGH = 0.35
_GOOD = 0.5
_LEAST = 0.1
# A prior that overlaps a face that is not to be judged by this much is not to be judged either.
_DOUBTFUL = 0.15


def match(boxes: np.ndarray, priors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Decide which priors are faces, and where those faces are.

    1. Every prior takes the face that it overlaps most, the first of several.
    2. The best prior of every face, the first of several, is to find that face. Where faces share
       their best prior the last of them gets it.
    3. Priors that overlap their face by at least 0.35 are positive.
    4. Of those that overlap theirs by more than 0.1 and less than 0.35, the N that overlap most are
       positive as well: N is half of (the faces that some prior overlaps by 0.35 plus those that
       one overlaps by 0.5), rounded down. Of priors that overlap as much, such as all that lie
       inside a face, the nearest to the centre of theirs come first.

    Args:
        boxes: Faces as corners in shares of the image, shape (faces, 4). Those without an area are
            left out.
        priors: Centres in shares of the image, shape (count, 4).

    Returns:
        1 for faces and 0 for background, uint8, shape (count,); the index in `boxes` of the face of
        each prior, shape (count,), meaningless where the first is 0.
    """
    kept = np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1))
    if not len(kept):
        return np.zeros(len(priors), np.uint8), np.zeros(len(priors), np.int64)
    overlaps = intersection_over_union(boxes[kept], corners_from_centres(priors))
    best_of_faces, best_prior = overlaps.max(axis=1), overlaps.argmax(axis=1)
    overlap, face = overlaps.max(axis=0), overlaps.argmax(axis=0)
    overlap[best_prior] = 2
    # Of several faces with one best prior numpy keeps the last, as a loop would.
    face[best_prior] = np.arange(len(kept))
    positive = overlap >= _ENOUGH
    wanted = (np.sum(best_of_faces >= _ENOUGH) + np.sum(best_of_faces >= _GOOD)) // 2
    candidates = np.flatnonzero((overlap > _LEAST) & (overlap < _ENOUGH))
    face = kept[face]
    middles = centres_from_corners(boxes[face[candidates]])[:, :2]
    distance = np.square(middles - priors[candidates, :2]).sum(axis=1)
    order = np.lexsort((distance, -overlap[candidates]))
    positive[candidates[order[:wanted]]] = True
    return positive.astype(np.uint8), face


def make_targets(
    boxes: np.ndarray, priors: np.ndarray, ignored: np.ndarray | None = None
) -> np.ndarray:
    """What a net is to give for an image with these faces: the targets of the losses.

    Args:
        boxes: Faces as corners in shares of the image, shape (faces, 4).
        priors: Centres in shares of the image, shape (count, 4).
        ignored: Faces that are neither to be found nor background, shape (others, 4); None is none.

    Returns:
        float32, shape (count, 5): four offsets and 1 for a face, zeros for background; a last value
        of -1 for priors that overlap an ignored face and no other.
    """
    labels, face = match(boxes, priors)
    positive = np.flatnonzero(labels)
    targets = np.zeros((len(priors), 5), np.float32)
    if ignored is not None and len(ignored):
        overlaps = intersection_over_union(ignored, corners_from_centres(priors))
        targets[(overlaps >= _DOUBTFUL).any(axis=0), 4] = -1
    targets[positive, :4] = encode(boxes[face[positive]], priors[positive])
    targets[positive, 4] = 1
    return targets
