"""Boxes and scores of an int8 detector, in integers; docs/numerics.md is the contract.

The same rules stand in C++ in cpp/include/micronets/core/detect_s8.h. Lengths are sixteenths of a
pixel.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import Graph, Node
from micronets.codegen.ops.detect_head import SCORE_UNIT, attributes_of
from micronets.detection.boxes import CENTRE_VARIANCE, MOST_GROWTH, SIZE_VARIANCE

Int64Array = npt.NDArray[np.int64]

CERTAIN = 32_768
"""A probability of 1."""

_SIXTEENTHS, _CENTRE_BITS, _LOG_BITS = 16, 12, 16
_MOST_MULTIPLIER = 2**22 - 1
_MOST_GROWTH = round(MOST_GROWTH / math.log(2) * 2**_LOG_BITS)
_LARGEST_SIZE = 19 << _LOG_BITS
_SCORE_FACTOR = round(2.0**_LOG_BITS / SCORE_UNIT / math.log(2) * 256)


@dataclass(frozen=True)
class HeadS8:
    """The priors of one head, and what the codes of their offsets mean; the struct in C++.

    Args:
        first_prior: How many priors the heads before it have.
        columns: Of its map.
        step: Pixels from one prior to the next.
        zero_point: Of the offsets.
        centre_multiplier: 2^-12 sixteenths by which one code moves the centre.
        size_multiplier: 2^-16 by which one code raises the binary logarithm of a side.
        size: The binary logarithm of the prior's side, in 2^-16.
    """

    first_prior: int
    columns: int
    step: int
    zero_point: int
    centre_multiplier: int
    size_multiplier: int
    size: int

    def __str__(self) -> str:
        return f"{{{', '.join(map(str, astuple(self)))}}}"


def head_s8(graph: Graph, head: Node) -> HeadS8:
    """What C++ needs to decode the offsets of a head."""
    attributes, loc = attributes_of(head), graph.tensor(head.inputs[0])
    side = attributes.side * _SIXTEENTHS
    shift = loc.quant.scale * CENTRE_VARIANCE * side * 2**_CENTRE_BITS
    growth = loc.quant.scale * SIZE_VARIANCE / math.log(2) * 2**_LOG_BITS
    return HeadS8(
        attributes.first_prior,
        loc.map_shape[1],
        attributes.step,
        loc.quant.zero_point,
        round(min(shift, _MOST_MULTIPLIER)),
        round(min(growth, _MOST_MULTIPLIER)),
        round(math.log2(side) * 2**_LOG_BITS),
    )


def overlap_s8(most_overlap: float) -> int:
    """The intersection over union that two boxes may have, in 2^-15."""
    return round(most_overlap * CERTAIN)


def scores_s8(head: Node, conf: npt.NDArray[np.int8]) -> Int64Array:
    """Differences of logits in units of 1 / SCORE_UNIT, for codes `(..., 2)`."""
    multiplier, shift = (int(head.constants[role][0]) for role in ("multiplier", "shift"))
    difference = conf[..., 1].astype(np.int64) - conf[..., 0]
    scaled = (difference * multiplier + ((1 << shift) >> 1)) >> shift
    return np.asarray(np.clip(scaled, -32_767, 32_767), np.int64)


def power_of_two(exponent: npt.ArrayLike) -> Int64Array:
    """`2 ** (exponent / 2**16)`, rounded, by a polynomial that is off by 0.011 % at most."""
    whole = np.asarray(exponent, np.int64) >> _LOG_BITS
    fraction = np.asarray(exponent, np.int64) & 0xFFFF
    total = 14_828 + (5_128 * fraction >> 16)
    total = 45_580 + (total * fraction >> 16)
    total = 65_536 + (total * fraction >> 16)
    down = np.clip(16 - whole, 0, 17)
    up = np.clip(whole - 16, 0, 30)
    rounded = (total + ((1 << down) >> 1)) >> down << up
    return np.asarray(np.where(whole < -1, 0, rounded), np.int64)


def probability_s8(scores: npt.ArrayLike) -> Int64Array:
    """`CERTAIN / (1 + exp(-score / SCORE_UNIT))`, rounded down."""
    score = np.asarray(scores, np.int64)
    power = power_of_two((15 << _LOG_BITS) - (np.abs(score) * _SCORE_FACTOR >> 8))
    return np.asarray(np.where(score < 0, power << 15, 1 << 30) // (CERTAIN + power), np.int64)


def least_probability_s8(threshold: float) -> int:
    """The least probability of this kind that is at least a float32; beyond all for NaN."""
    number = float(np.float32(threshold))
    if not number <= 1:
        return CERTAIN + 1
    return math.ceil(max(number, 0.0) * CERTAIN)


def boxes_s8(head: HeadS8, cells: Int64Array, codes: npt.NDArray[np.int8]) -> Int64Array:
    """Corners in sixteenths of a pixel, `(count, 4)`, of cells and codes of offsets."""
    offsets = codes.astype(np.int64) - head.zero_point
    shift = (offsets[:, :2] * head.centre_multiplier + (1 << (_CENTRE_BITS - 1))) >> _CENTRE_BITS
    places = np.stack([cells % head.columns, cells // head.columns], axis=1)
    centres = (2 * places + 1) * (head.step * 8) + shift
    growth = np.clip(offsets[:, 2:] * head.size_multiplier, -_MOST_GROWTH, _MOST_GROWTH)
    sides = power_of_two(np.minimum(head.size + growth, _LARGEST_SIZE))
    low = centres - (sides >> 1)
    return np.concatenate([low, low + sides], axis=1)


def pixels_s8(boxes: Int64Array, image_size: tuple[int, int]) -> Int64Array:
    """Corners rounded to pixels and cut off at the image."""
    height, width = image_size
    most = np.array([width, height, width, height]) * _SIXTEENTHS
    return np.asarray((np.clip(boxes, 0, most) + 8) >> 4, np.int64)


def are_same_s8(box: Int64Array, others: Int64Array, most_overlap: int) -> npt.NDArray[np.bool_]:
    """Which of the other boxes a box overlaps by too much."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = np.where((sides > 0).all(axis=1), sides[:, 0] * sides[:, 1], 0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    own = (box[2] - box[0]) * (box[3] - box[1])
    union = own + areas - common
    return np.asarray((common > 0) & (common * CERTAIN > union * most_overlap), np.bool_)
