"""What the templates lay out for a detector: its lists, its heads, what its banner says."""

from __future__ import annotations

from dataclasses import dataclass, fields

from micronets.codegen.detect_f32 import head_f32
from micronets.codegen.detect_s8 import head_s8, overlap_s8
from micronets.codegen.graph import Graph
from micronets.codegen.literals import float_literal
from micronets.codegen.ops.detect_head import attributes_of, detector_heads, prior_count

COUNTING = (
    "int32_t count_objects() {",
    "  int32_t count = 0;",
    "  for (const auto& found : net.detect(pixels, 0.5f)) {  // best first",
    "    // left, top, right and bottom in pixels, score from 0 to 1",
    "    if (found.right - found.left >= 16 && found.score >= 0.6f) ++count;",
    "  }",
    "  return count;",
    "}",
)
"""The usage example of a detector's banner; the tests compile it."""


@dataclass(frozen=True)
class DetectorContext:
    """What a detector's header needs beyond others.

    Args:
        headers: What its class needs in front of it.
        most: How many detections it hands out.
        candidates: C++ type of its candidates.
        found: C++ type of its detections with what belongs to them.
        priors: How many priors it has.
        head_type: C++ type of what it knows of a head.
        head_fields: Names of what stands in each line of the table of heads.
        head_rows: Its lines.
        heads: How many heads it has.
        find: C++ function that makes detections of candidates.
        rules: Type and value of its limits in C++.
    """

    headers: tuple[str, ...]
    most: int
    candidates: str
    found: str
    priors: int
    head_type: str
    head_fields: str
    head_rows: tuple[str, ...]
    heads: int
    find: str
    rules: tuple[str, str]


def detector_context(graph: Graph) -> DetectorContext | None:
    """Lays out a detector; None for any other net."""
    heads = detector_heads(graph)
    if not heads:
        return None
    kind = "S8" if graph.is_int8 else "F32"
    make_head = head_s8 if graph.is_int8 else head_f32
    rows = [make_head(graph, head) for head in heads]
    attributes = attributes_of(heads[0])
    detector, (height, width) = attributes.detector, attributes.image_size
    overlap = float_literal(detector.most_overlap)
    if graph.is_int8:
        overlap = str(overlap_s8(detector.most_overlap))
    score, offset, length = (
        ("int16_t", "int8_t", "int32_t") if graph.is_int8 else ("float", "float", "float")
    )
    most, candidates = detector.max_detections, detector.max_candidates
    return DetectorContext(
        headers=("micronets/core/detections.h",),
        most=most,
        candidates=f"micronets::Candidates<{score}, {offset}, {candidates}>",
        found=f"micronets::FoundBoxes<{length}, {most}>",
        priors=prior_count(graph),
        head_type=f"micronets::DetectionHead{kind}",
        head_fields=", ".join(field.name for field in fields(rows[0])),
        head_rows=tuple(map(str, rows)),
        heads=len(heads),
        find=f"micronets::find_detections_{kind.lower()}",
        rules=(
            f"micronets::Detector{kind}",
            f"{{{height}, {width}, {len(heads)}, {overlap}}}",
        ),
    )


def output_lines(graph: Graph) -> list[str]:
    """What the banner says of a detector's output."""
    detector = attributes_of(detector_heads(graph)[0]).detector
    sides = ", ".join(map(str, detector.sides))
    return [
        f"  output  at most {detector.max_detections} detections, boxes in pixels with scores",
        f"          from the best {detector.max_candidates} of {prior_count(graph):,} priors, "
        f"squares of {sides} px;",
        f"          two of them overlap by {detector.most_overlap:g} at most",
    ]
