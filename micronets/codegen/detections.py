"""The detections of a net in Python: what the header finds, from the maps of the heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.detect_f32 import (
    are_same_f32,
    boxes_f32,
    head_f32,
    pixels_f32,
)
from micronets.codegen.detect_s8 import (
    CERTAIN,
    are_same_s8,
    boxes_s8,
    head_s8,
    least_probability_s8,
    overlap_s8,
    pixels_s8,
    probability_s8,
    scores_s8,
)
from micronets.codegen.graph import Array, FloatArray, Graph, Node
from micronets.codegen.ops.detect_head import attributes_of, detector_heads
from micronets.codegen.ops.elementwise import sigmoid
from micronets.detection.detections import WILD_OFFSET, Detections

Maps = list[tuple[Array, Array]]
"""Offsets `(pixels, 4)` and scores `(pixels, 2)` of each head for one image."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Priors of an image, best first.

    Args:
        boxes: Corners as C++ holds them.
        pixels: Corners in pixels of the image.
        scores: Probabilities.
    """

    boxes: Array
    pixels: npt.NDArray[np.int64]
    scores: FloatArray


def maps_of(graph: Graph, values: Mapping[str, Array]) -> list[Maps]:
    """The maps of the heads of each image.

    Args:
        graph: A detector.
        values: Its tensors by name, with the batch axis in front.
    """
    heads = [
        tuple(
            values[name].reshape(len(values[name]), -1, values[name].shape[-1])
            for name in head.inputs
        )
        for head in detector_heads(graph)
    ]
    count = len(heads[0][0])
    return [[(loc[number], conf[number]) for loc, conf in heads] for number in range(count)]


def head_outputs(graph: Graph, images: Sequence[Maps]) -> list[FloatArray]:
    """Offsets `(count, priors, 4)` and scores `(count, priors, 2)`, real numbers, as Keras's."""
    outputs = []
    for position in range(2):
        parts = []
        for number, head in enumerate(detector_heads(graph)):
            values = np.stack([maps[number][position] for maps in images])
            quantization = graph.tensor(head.inputs[position]).quantization
            parts.append(values if quantization is None else quantization.dequantize(values))
        outputs.append(np.concatenate(parts, axis=1))
    return outputs


def find_detections(graph: Graph, maps: Maps, threshold: float) -> Detections:
    """What the header's `detections(threshold)` holds for one image.

    Args:
        graph: A detector, float32 or int8; an int8 one gives the same bits as C++.
        maps: Of its heads: real numbers, or codes.
        threshold: The least score.
    """
    detector = attributes_of(detector_heads(graph)[0]).detector
    if graph.is_int8:
        candidates = _candidates_s8(graph, maps)
        most = overlap_s8(detector.most_overlap)
        least = least_probability_s8(threshold) / CERTAIN

        def are_same(box: Array, others: Array) -> npt.NDArray[np.bool_]:
            return are_same_s8(box, others, most)
    else:
        candidates = _candidates_f32(graph, maps, detector.max_candidates)
        least = float(np.float32(threshold))

        def are_same(box: Array, others: Array) -> npt.NDArray[np.bool_]:
            return are_same_f32(box, others, detector.most_overlap)

    kept = _suppress(candidates, least, are_same, detector.max_detections)
    return Detections(candidates.pixels[kept].astype(np.float32), candidates.scores[kept])


def _suppress(
    candidates: Candidates,
    least: float,
    are_same: Callable[[Array, Array], npt.NDArray[np.bool_]],
    most: int,
) -> list[int]:
    kept: list[int] = []
    for number, (box, (left, top, right, bottom), score) in enumerate(
        zip(candidates.boxes, candidates.pixels, candidates.scores, strict=True)
    ):
        if not score >= least or len(kept) == most:
            break
        inside = left < right and top < bottom
        if inside and not are_same(box, candidates.boxes[kept]).any():
            kept.append(number)
    return kept


def best_candidates(scores: Array, most: int) -> npt.NDArray[np.int64]:
    """Priors with the best scores, best first; of equal ones the lower prior comes first."""
    return np.asarray(np.argsort(-scores, kind="stable")[:most], np.int64)


def _candidates_s8(graph: Graph, maps: Maps) -> Candidates:
    heads = detector_heads(graph)
    attributes = attributes_of(heads[0])
    scores = np.concatenate(
        [scores_s8(head, conf) for head, (_, conf) in zip(heads, maps, strict=True)]
    )
    best = best_candidates(scores, attributes.detector.max_candidates)

    def decode(head: Node, cells: npt.NDArray[np.int64], offsets: Array) -> Array:
        return boxes_s8(head_s8(graph, head), cells, offsets)

    boxes = _decoded(heads, maps, best, decode, np.int64)
    probabilities = (probability_s8(scores[best]) / CERTAIN).astype(np.float32)
    return Candidates(boxes, pixels_s8(boxes, attributes.image_size), probabilities)


def all_candidates(graph: Graph, maps: Maps) -> Candidates:
    """Every prior of a float detector whose score and offsets are numbers, best first."""
    return _candidates_f32(graph, maps, sum(len(loc) for loc, _ in maps))


def _candidates_f32(graph: Graph, maps: Maps, most: int) -> Candidates:
    heads = detector_heads(graph)
    attributes = attributes_of(heads[0])
    scores = np.concatenate([conf[:, 1] - conf[:, 0] for _, conf in maps])
    offsets = np.concatenate([loc for loc, _ in maps])
    # NaN is not below the limit either.
    usable = np.flatnonzero(~np.isnan(scores) & (np.abs(offsets).max(axis=1) < WILD_OFFSET))
    best = usable[best_candidates(scores[usable], most)]

    def decode(head: Node, cells: npt.NDArray[np.int64], offsets: Array) -> Array:
        return boxes_f32(head_f32(graph, head), cells, offsets)

    boxes = _decoded(heads, maps, best, decode, np.float32)
    pixels = pixels_f32(boxes, attributes.image_size)
    return Candidates(boxes, pixels, sigmoid(scores[best]).astype(np.float32))


def _decoded(
    heads: tuple[Node, ...],
    maps: Maps,
    priors: npt.NDArray[np.int64],
    decode: Callable[[Node, npt.NDArray[np.int64], Array], Array],
    dtype: type,
) -> Array:
    """The boxes of priors, head by head."""
    boxes: Array = np.zeros((len(priors), 4), dtype)
    for head, (loc, _) in zip(heads, maps, strict=True):
        cells = priors - attributes_of(head).first_prior
        own = np.flatnonzero((cells >= 0) & (cells < len(loc)))
        boxes[own] = decode(head, cells[own], loc[cells[own]])
    return boxes
