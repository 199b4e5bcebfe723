"""Whether the header's detections are those of Python, or others that are as right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from micronets.codegen.detections import Candidates, Maps, all_candidates, find_detections
from micronets.codegen.graph import Array, Graph
from micronets.codegen.inputs import Images, as_trained
from micronets.codegen.ops.detect_head import attributes_of, detector_heads
from micronets.codegen.reports import LayerDifference
from micronets.detection.boxes import intersection_over_union
from micronets.detection.detections import Detections
from micronets.errors import VerificationError

if TYPE_CHECKING:
    from micronets.codegen.export import Export

_SCORE, _PIXELS, _OVERLAP = 1e-4, 1, 1e-3
"""How far scores, corners and overlaps of a float detector may be from Keras's."""


@dataclass(frozen=True, eq=False)
class DetectionVerification:
    """Detections of C++ against those of Python.

    Args:
        class_name: The C++ class.
        target: Where it ran.
        found: What C++ found in each image.
        is_int8: True where it was compared with the Python twin, to the bit.
        problems: What is wrong, by the number of the image.
        layers: How many layers were compared with the Python twin.
        difference: Where the first of them differs; None where none does.
    """

    class_name: str
    target: str
    found: tuple[Detections, ...]
    is_int8: bool
    problems: dict[int, str]
    layers: int = 0
    difference: LayerDifference | None = None

    @property
    def ok(self) -> bool:
        """True where every image has the right detections and no layer differs."""
        return not self.problems and self.difference is None

    def __str__(self) -> str:
        verdict = "agree" if self.ok else "DISAGREE"
        how = "Python {} to the bit" if self.is_int8 else "Keras {}"
        boxes = sum(map(len, self.found))
        text = (
            f"{self.class_name} on {self.target}: C++ and {how.format(verdict)} on "
            f"{len(self.found)} images with {boxes} detections"
        )
        for number, problem in list(self.problems.items())[:1]:
            text += f"; {len(self.problems)} images differ, image {number}: {problem}"
        if self.layers and self.difference is None:
            text += f"; all {self.layers} layers agree"
        return text if self.difference is None else f"{text}; {self.difference}"


def decoded_detections(
    heads: Sequence[Array], labels: npt.NDArray[np.int64]
) -> tuple[Detections, ...]:
    """The detections of each image, from what a driver wrote."""
    return tuple(
        Detections(rows[:count, :4], rows[:count, 4])
        for rows, count in zip(heads[0], labels, strict=True)
    )


def verify_detections(
    export: Export,
    images: Images,
    found: tuple[Detections, ...],
    threshold: float,
    target: str,
    layers: int = 0,
    difference: LayerDifference | None = None,
) -> DetectionVerification:
    """Compares the detections of C++ with those of Python, the twin's or Keras's."""
    graph = export.graph
    problems = {}
    for number, (maps, own) in enumerate(zip(_expected_maps(export, images), found, strict=True)):
        problem = (_different if graph.is_int8 else _invalid)(graph, maps, own, threshold)
        if problem:
            problems[number] = problem
    return DetectionVerification(
        export.class_name, target, found, graph.is_int8, problems, layers, difference
    )


def refuse_wrong_detections(
    export: Export, images: Images, found: tuple[Detections, ...], threshold: float, place: str
) -> None:
    """Raises a VerificationError where the detections of C++ are not Python's."""
    result = verify_detections(export, images, found, threshold, place)
    if not result.ok:
        raise VerificationError(f"{result}. Please report it with the model.")


def _expected_maps(export: Export, images: Images) -> list[Maps]:
    """What the heads give: codes of the twin, or real numbers of Keras."""
    graph = export.graph
    if graph.is_int8:
        return export.head_maps(images)
    options = export.options
    outputs = export.reference(as_trained(images, options.pixel_scale, options.pixel_offset))
    by_columns = {array.shape[-1]: array for array in outputs}
    loc, conf = by_columns[4], by_columns[2]
    starts = [attributes_of(head).first_prior for head in detector_heads(graph)][1:]
    parts = [np.split(array, starts, axis=1) for array in (loc, conf)]
    return [
        [(offsets[number], scores[number]) for offsets, scores in zip(*parts, strict=True)]
        for number in range(len(images))
    ]


def _different(graph: Graph, maps: Maps, found: Detections, threshold: float) -> str:
    """Where detections of an int8 net are not the twin's; empty where they are, to the bit."""
    expected = find_detections(graph, maps, threshold)
    if len(expected) != len(found):
        return f"C++ found {len(found)}, Python {len(expected)}"
    actual, wanted = (np.column_stack([them.boxes, them.scores]) for them in (found, expected))
    different = np.flatnonzero((actual != wanted).any(axis=1))
    if not len(different):
        return ""
    first = different[0]
    return f"detection {first} is {actual[first].tolist()}, Python {wanted[first].tolist()}"


def _invalid(graph: Graph, maps: Maps, found: Detections, threshold: float) -> str:
    """Why detections cannot be those of a float net; empty where they can.

    Rounding may decide which of two equally good boxes is found, and everything that this one
    suppresses. So each detection must be a prior, none may overlap another, and every candidate
    that is missing must overlap a detection that is as good, within the tolerances.
    """
    detector = attributes_of(detector_heads(graph)[0]).detector
    everything = all_candidates(graph, maps)
    chosen = []
    for number, detection in enumerate(found):
        corners = [detection.left, detection.top, detection.right, detection.bottom]
        near = np.abs(everything.pixels - corners).max(axis=1) <= _PIXELS
        near &= np.abs(everything.scores - detection.score) <= _SCORE
        if not near.any():
            return f"detection {number}, {detection}, is no prior of Keras's"
        distance = np.abs(everything.scores - detection.score)
        chosen.append(int(np.where(near, distance, np.inf).argmin()))
    boxes = everything.boxes[chosen]
    overlaps = intersection_over_union(boxes, boxes)
    if (np.triu(overlaps, 1) > detector.most_overlap + _OVERLAP).any():
        return "two detections overlap by too much"
    least = float(found.scores.min()) if len(found) == detector.max_detections else threshold
    worth_it = _certain_candidates(everything, detector.max_candidates, least + _SCORE)
    overlaps = intersection_over_union(everything.boxes[worth_it], boxes)
    suppresses = found.scores >= everything.scores[worth_it, np.newaxis] - _SCORE
    suppresses &= overlaps >= detector.most_overlap - _OVERLAP
    missing = np.setdiff1d(worth_it[~suppresses.any(axis=1)], chosen)
    if len(missing):
        return f"Keras's prior at {everything.pixels[missing[0]].tolist()} is missing"
    return ""


def _certain_candidates(everything: Candidates, most: int, least: float) -> npt.NDArray[np.int64]:
    """Priors with a pixel in the image and a score that puts them among the candidates for sure."""
    scores = everything.scores
    if len(scores) > most:
        least = max(least, float(np.sort(scores)[-most - 1]) + _SCORE)
    left, top, right, bottom = everything.pixels.T
    # One pixel more than none: rounding may decide about one.
    inside = (right - left > _PIXELS) & (bottom - top > _PIXELS)
    return np.flatnonzero(inside & (scores > least))
