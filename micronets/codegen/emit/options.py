"""What a user may choose about the generated header, checked before anything is written."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from micronets.codegen.graph import Graph
from micronets.codegen.literals import class_identifier, is_class_identifier
from micronets.codegen.ops.detect_head import detector_heads


@dataclass(frozen=True)
class EmitOptions:
    """Settings of the header.

    Args:
        class_name: Name of the C++ class.
        file_name: Name of the header, for its usage example and messages.
        labels: Names of the classes of the first head, or none.
        pixel_scale: `predict(const uint8_t*)` reads `value * pixel_scale + pixel_offset`.
        pixel_offset: See `pixel_scale`.
    """

    class_name: str
    file_name: str = "net.h"
    labels: tuple[str, ...] = ()
    pixel_scale: float = 1 / 255
    pixel_offset: float = 0.0

    def identity(self, graph: Graph) -> str:
        """Twelve hexadecimal digits that change with anything that a header computes or says."""
        settings = (graph.digest(), self.labels, self.pixel_scale, self.pixel_offset)
        return hashlib.sha256(repr(settings).encode()).hexdigest()[:12]


def check_options(
    graph: Graph,
    class_name: str | None,
    file_name: str | None,
    labels: Sequence[str] | None,
    pixel_scale: float,
    pixel_offset: float,
) -> EmitOptions:
    """Fills in defaults and raises a ValueError that names every bad argument at once."""
    problems = []
    name = class_name if class_name is not None else class_identifier(graph.name)
    if not is_class_identifier(name):
        problems.append(
            "class_name must be a C++ name such as 'DigitNet', not in capitals alone and not a "
            f"reserved word. Received: {class_name!r}"
        )
    expected = label_count(graph)
    texts = tuple(labels) if labels is not None else ()
    if name == "Detections" and detector_heads(graph):
        problems.append("class_name must not be that of a detector's list. Received: 'Detections'")
    if isinstance(labels, str) or not all(isinstance(label, str) for label in texts):
        problems.append(f"labels must be a list of strings. Received: {labels!r}")
    elif texts and detector_heads(graph):
        problems.append(
            f"a detector finds objects of one kind and has no labels. Received: {texts}"
        )
    elif labels is not None and len(texts) != expected:
        problems.append(f"labels must hold {expected} names, one per class. Received: {len(texts)}")
    if not (math.isfinite(pixel_scale) and pixel_scale != 0):
        problems.append(f"pixel_scale must be finite and not 0. Received: {pixel_scale!r}")
    if not math.isfinite(pixel_offset):
        problems.append(f"pixel_offset must be finite. Received: {pixel_offset!r}")
    if problems:
        raise ValueError("\n".join(problems))
    return EmitOptions(
        name, file_name or f"{name}.h", texts, float(pixel_scale), float(pixel_offset)
    )


def label_count(graph: Graph) -> int:
    """How many different labels `predict` returns: two for a single sigmoid."""
    size = graph.tensor(graph.outputs[0]).size
    return 2 if size == 1 and has_probabilities(graph) else size


def has_probabilities(graph: Graph) -> bool:
    """True where the first head ends in a softmax over all its values, or in one sigmoid."""
    head = graph.tensor(graph.outputs[0])
    node = graph.producer(head.name)
    while node is not None and node.op == "reshape":
        node = graph.producer(node.inputs[0])
    if node is None:
        return False
    if node.op == "softmax":
        return node.output.map_shape[:2] == (1, 1) and head.size > 1
    return node.op == "sigmoid" and head.size == 1
