"""Boxes and scores of a float detector, as cpp/include/micronets/core/detect_f32.h has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import FloatArray, Graph, Node
from micronets.codegen.literals import float_literal
from micronets.codegen.ops.detect_head import attributes_of
from micronets.detection.boxes import CENTRE_VARIANCE, MOST_GROWTH, SIZE_VARIANCE


@dataclass(frozen=True)
class HeadF32:
    """The priors of one head, and how far their offsets reach, in pixels; the struct in C++.

    Args:
        first_prior: How many priors the heads before it have.
        columns: Of its map.
        step: From one prior to the next.
        side: Of a prior.
        centre: By which an offset of 1 moves the centre.
        size: By which an offset of 1 raises the natural logarithm of a side.
    """

    first_prior: int
    columns: int
    step: np.float32
    side: np.float32
    centre: np.float32
    size: np.float32

    def __str__(self) -> str:
        floats = (self.step, self.side, self.centre, self.size)
        numbers = [str(self.first_prior), str(self.columns)]
        numbers += [float_literal(float(value)) for value in floats]
        return f"{{{', '.join(numbers)}}}"


def head_f32(graph: Graph, head: Node) -> HeadF32:
    """What C++ needs to decode the offsets of a head."""
    attributes = attributes_of(head)
    return HeadF32(
        attributes.first_prior,
        graph.tensor(head.inputs[0]).map_shape[1],
        np.float32(attributes.step),
        np.float32(attributes.side),
        np.float32(attributes.side * CENTRE_VARIANCE),
        np.float32(SIZE_VARIANCE),
    )


def boxes_f32(head: HeadF32, cells: npt.NDArray[np.int64], offsets: FloatArray) -> FloatArray:
    """Corners in pixels, `(count, 4)`, of a head's cells and their offsets."""
    places = np.stack([cells % head.columns, cells // head.columns], axis=1).astype(np.float32)
    centres = (places + np.float32(0.5)) * head.step + offsets[:, :2] * head.centre
    growth = np.clip(offsets[:, 2:] * head.size, -MOST_GROWTH, MOST_GROWTH)
    sides = head.side * np.exp(growth)
    low = centres - sides * np.float32(0.5)
    return np.concatenate([low, low + sides], axis=1).astype(np.float32)


def pixels_f32(boxes: FloatArray, image_size: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Corners rounded to pixels and cut off at the image."""
    height, width = image_size
    inside = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
    return np.asarray(np.floor(inside + np.float32(0.5)), np.int64)


def are_same_f32(box: FloatArray, others: FloatArray, most_overlap: float) -> npt.NDArray[np.bool_]:
    """Which of the other boxes a box overlaps by too much."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = np.where((sides > 0).all(axis=1), sides[:, 0] * sides[:, 1], np.float32(0))
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    own = (box[2] - box[0]) * (box[3] - box[1])
    limit = np.float32(most_overlap) * (own + areas - common)
    return np.asarray((common > 0) & (common > limit), np.bool_)
