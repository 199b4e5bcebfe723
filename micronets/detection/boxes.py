"""Boxes: how much they overlap, and how a net writes them down relative to priors.

Boxes are `(left, top, right, bottom)`, priors `(centre x, centre y, width, height)`, both in shares
of the image's width and height or both in pixels. The formulas are those of SSD (arXiv:1512.02325).
"""

import numpy as np

# Offsets are divided by these, so that they have about the size of the class scores.
CENTRE_VARIANCE = 0.1
SIZE_VARIANCE = 0.2
# No face is e^10 times its prior: beyond that only a net gone wrong would go, and overflow.
MOST_GROWTH = 10.0


def corners_from_centres(boxes: np.ndarray) -> np.ndarray:
    """Turn (centre x, centre y, width, height) into (left, top, right, bottom).

    Args:
        boxes: Shape (..., 4).

    Returns:
        Shape (..., 4).
    """
    half = boxes[..., 2:] / 2
    return np.concatenate([boxes[..., :2] - half, boxes[..., :2] + half], axis=-1)


def centres_from_corners(boxes: np.ndarray) -> np.ndarray:
    """Turn (left, top, right, bottom) into (centre x, centre y, width, height).

    Args:
        boxes: Shape (..., 4).

    Returns:
        Shape (..., 4).
    """
    low, high = boxes[..., :2], boxes[..., 2:]
    return np.concatenate([(low + high) / 2, high - low], axis=-1)


def box_areas(boxes: np.ndarray) -> np.ndarray:
    """Areas of boxes of shape (..., 4); a box whose corners are swapped has none."""
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    areas: np.ndarray = sides[..., 0] * sides[..., 1]
    return areas


def intersection_over_union(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How much every box of one set overlaps every box of another, from 0 to 1.

    Two boxes without any area overlap by 0.

    Args:
        first: Shape (m, 4).
        second: Shape (n, 4).

    Returns:
        Shape (m, n).

    Example:
        >>> boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2]], np.float32)
        >>> intersection_over_union(boxes, boxes[:1]).round(3).tolist()
        [[1.0], [0.3330000042915344]]
    """
    # Coordinate by coordinate: numpy is several times faster along long rows than along pairs.
    left, top, right, bottom = np.ascontiguousarray(second.T)
    own = first[:, :, np.newaxis]
    across = np.minimum(own[:, 2], right) - np.maximum(own[:, 0], left)
    down = np.minimum(own[:, 3], bottom) - np.maximum(own[:, 1], top)
    common = np.maximum(across, 0) * np.maximum(down, 0)
    union = box_areas(first)[:, np.newaxis] + box_areas(second)[np.newaxis, :] - common
    overlaps: np.ndarray = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return overlaps


def encode(boxes: np.ndarray, priors: np.ndarray) -> np.ndarray:
    """Write boxes down as offsets from their priors: what a net learns to give.

    Args:
        boxes: Corners, shape (..., 4), each of some width and height.
        priors: Centres, shape (..., 4), the prior of each box.

    Returns:
        Offsets, shape (..., 4): of the centre in tenths of the prior, and of the logarithm of the
        size in fifths.
    """
    centres = centres_from_corners(boxes)
    shift = (centres[..., :2] - priors[..., :2]) / (CENTRE_VARIANCE * priors[..., 2:])
    growth = np.log(centres[..., 2:] / priors[..., 2:]) / SIZE_VARIANCE
    return np.concatenate([shift, growth], axis=-1)


def decode(offsets: np.ndarray, priors: np.ndarray) -> np.ndarray:
    """Turn a net's offsets back into boxes: the inverse of `encode`.

    Args:
        offsets: Shape (..., 4).
        priors: Centres, shape (..., 4).

    Returns:
        Corners, shape (..., 4).
    """
    centres = priors[..., :2] + offsets[..., :2] * CENTRE_VARIANCE * priors[..., 2:]
    growth = np.clip(offsets[..., 2:] * SIZE_VARIANCE, -MOST_GROWTH, MOST_GROWTH)
    sides = priors[..., 2:] * np.exp(growth)
    return corners_from_centres(np.concatenate([centres, sides], axis=-1))
