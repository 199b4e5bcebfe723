"""Heads of a detector whose maps the test chooses, in numpy and as a C++ program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen.detect_f32 import head_f32
from micronets.codegen.detect_s8 import head_s8, overlap_s8
from micronets.codegen.detections import Maps
from micronets.codegen.detector import Detector
from micronets.codegen.graph import Graph, Layout, Node, Tensor
from micronets.codegen.literals import float_literal
from micronets.codegen.numerics import Quantization
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.activation import NoAttributes
from micronets.codegen.ops.detect_head import DetectHeadAttributes, detector_heads
from micronets.detection.detections import Detections

_HEAD = REGISTRY["detect_head"]
_DETECTION = np.dtype([("box", "<i2", (4,)), ("score", "<f4")])

_PROGRAM = """\
#include "harness.h"
#include "all_kernels.h"

using namespace micronets;

{parameters}
static const DetectionHead{kind} heads[] MICRONETS_FLASH = {{{heads}}};

static {value} maps[{size}];
static Candidates<{score}, {value}, {candidates}> candidates;
static FoundBoxes<{length}, {most}> found;

// Rows of all heads in turn, as a stream may give them, or head after head.
static void look(bool in_rows) {{
  candidates.count = 0;
  {value} rows[{height}];
{whole}
  if (in_rows) {{
    candidates.count = 0;
    for (int32_t y = 0; y < {height}; ++y) {{
{by_row}
    }}
  }}
}}

int main() {{
  float threshold;
  while (harness_read(&threshold, sizeof threshold)) {{
    if (!harness_read(maps, sizeof maps)) return 1;
    for (int32_t round = 0; round < 2; ++round) {{
      harness_count_begin();
      look(round == 1);
      const Detector{kind} detector = {{{image_height}, {image_width}, {count}, {overlap}}};
      find_detections_{suffix}(heads, detector, threshold, candidates, found);
      harness_count_end();
      const uint16_t number = static_cast<uint16_t>(found.size());
      harness_write(&number, sizeof number);
      for (const Detection& detection : found) harness_write(&detection, sizeof detection);
    }}
  }}
  return 0;
}}
"""


@dataclass(frozen=True)
class Head:
    """A head: the size of its map, and how its codes stand for offsets and logits."""

    size: tuple[int, int]
    step: int
    side: int
    offsets: tuple[float, int] = (0.03, 5)
    logits: tuple[float, int] = (0.06, -9)


def heads_graph(
    heads: Sequence[Head], image: tuple[int, int], *, is_int8: bool, **limits: float
) -> Graph:
    """A graph of these heads; the maps come out of nowhere."""
    steps, sides = (tuple(getattr(head, name) for head in heads) for name in ("step", "side"))
    detector = Detector(steps, sides, **limits)  # type: ignore[arg-type]
    nodes: list[Node] = []
    first = 0
    for number, head in enumerate(heads):
        maps = [
            Tensor(
                f"{name}_{number}",
                (*head.size, channels),
                Layout.PLANAR,
                Quantization(*codes) if is_int8 else None,
            )
            for name, channels, codes in (("loc", 4, head.offsets), ("conf", 2, head.logits))
        ]
        nodes += [Node("relu", NoAttributes(), ("image",), tensor) for tensor in maps]
        attributes = DetectHeadAttributes(detector, image, number, first)
        names = (f"loc_{number}", f"conf_{number}")
        node = Node(_HEAD.name, attributes, names, Tensor(f"head_{number}", (head.size[0], 1, 1)))
        if is_int8:
            node = Node(
                node.op, attributes, names, node.output, _HEAD.lower_s8(node, maps, maps[0])
            )
        nodes.append(node)
        first += head.size[0] * head.size[1]
    outputs = tuple(node.name for node in nodes if node.op == _HEAD.name)
    quantization = Quantization(1.0, 0) if is_int8 else None
    return Graph(
        "heads", Tensor("image", (*image, 1), quantization=quantization), tuple(nodes), outputs
    )


def program_text(graph: Graph) -> str:
    """A program that reads a threshold and the maps, planar, and writes detections twice.

    The second time the rows of the heads take turns.
    """
    nodes = detector_heads(graph)
    attributes = nodes[0].attributes
    assert isinstance(attributes, DetectHeadAttributes)
    detector, (height, width) = attributes.detector, attributes.image_size
    parameters, whole, by_row, records = [], [], [], []
    offset = most_rows = 0
    for number, node in enumerate(nodes):
        inputs = graph.inputs_of(node)
        (call,) = (_HEAD.calls_s8 if graph.is_int8 else _HEAD.calls)(node, inputs)
        fields = ", ".join(field.text for field in call.fields)
        parameters.append(f"constexpr {call.struct} p{number} = {{{fields}}};")
        parameters.append(f'static_assert(p{number}.consistent(), "");')
        starts = (offset, offset + inputs[0].size)
        sources = [f"static_cast<const VALUE*>(maps) + {start}" for start in starts]
        whole.append(f"  {call.function}(p{number}, {', '.join(sources)}, rows, candidates);")
        rows = [
            f"rows_of(p{number}.{name}, {source})"
            for name, source in zip(("loc", "conf"), sources, strict=True)
        ]
        own = node.output.shape[0]
        by_row.append(
            f"      if (y < {own}) {call.function}_row(p{number}, {', '.join(rows)}, "
            f"{own} - 1 - y, rows, candidates);"
        )
        records.append(str((head_s8 if graph.is_int8 else head_f32)(graph, node)))
        offset, most_rows = starts[1] + inputs[1].size, max(most_rows, own)
    value, score, length, kind = (
        ("int8_t", "int16_t", "int32_t", "S8")
        if graph.is_int8
        else ("float", "float", "float", "F32")
    )
    overlap = overlap_s8(detector.most_overlap)
    return _PROGRAM.format(
        parameters="\n".join(parameters),
        kind=kind,
        suffix=kind.lower(),
        heads=", ".join(records),
        value=value,
        score=score,
        length=length,
        size=offset,
        candidates=detector.max_candidates,
        most=detector.max_detections,
        height=most_rows,
        whole="\n".join(whole),
        by_row="\n".join(by_row),
        image_height=height,
        image_width=width,
        count=len(nodes),
        overlap=overlap if graph.is_int8 else float_literal(detector.most_overlap),
    ).replace("VALUE", value)


def as_input(graph: Graph, maps: Maps, threshold: float) -> bytes:
    """What the program reads for one image."""
    pieces = [np.float32(threshold).tobytes()]
    for node, head in zip(detector_heads(graph), maps, strict=True):
        for tensor, pixels in zip(graph.inputs_of(node), head, strict=True):
            planar = pixels.reshape(tensor.shape).transpose(0, 2, 1)
            pieces.append(np.ascontiguousarray(planar).tobytes())
    return b"".join(pieces)


def read_output(output: bytes) -> list[Detections]:
    """What the program wrote, in order."""
    found, position = [], 0
    while position < len(output):
        (count,) = np.frombuffer(output, "<u2", 1, position)
        records = np.frombuffer(output, _DETECTION, count, position + 2)
        position += 2 + records.nbytes
        found.append(Detections(records["box"], records["score"]))
    return found
