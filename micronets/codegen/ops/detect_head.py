"""A head of a detector: its pixels become candidates, which are no tensor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen.detector import Detector
from micronets.codegen.graph import Array, Attributes, FloatArray, Graph, Node, Tensor
from micronets.codegen.numerics import HIGHEST, LOWEST, Int8Array, Quantization
from micronets.codegen.ops.base import (
    Example,
    Field,
    KernelCall,
    OpSpec,
    example,
    shape_field,
)

SCORE_UNIT = 1024
"""Scores of an int8 detector are differences of logits in units of 1 / SCORE_UNIT."""

_MULTIPLIER_BITS, _MOST_SHIFT = 22, 28


@dataclass(frozen=True)
class DetectHeadAttributes(Attributes):
    """Settings of `detect_head`.

    Args:
        detector: What it is a head of.
        image_size: (height, width) of the image, in pixels.
        head: Its number.
        first_prior: How many priors the heads before it have.
    """

    detector: Detector
    image_size: tuple[int, int]
    head: int
    first_prior: int

    @property
    def step(self) -> int:
        """Pixels of the image from one prior to the next."""
        return self.detector.steps[self.head]

    @property
    def side(self) -> int:
        """Side of a prior in pixels."""
        return self.detector.sides[self.head]


class DetectHead(OpSpec):
    """Compares face and background of every pixel, and keeps the best pixels of all heads.

    What it keeps is in the object, not in a tensor; `codegen/detections.py` is the reference. Its
    output, the largest difference of each row, gives it a place in the schedule.
    """

    name = "detect_head"
    input_count = 2
    keeps_candidates = True

    def infer(self, attributes: DetectHeadAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        return (inputs[0].map_shape[0], 1, 1)

    def evaluate(
        self,
        attributes: DetectHeadAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        difference = inputs[1][..., 1] - inputs[1][..., 0]
        return np.asarray(difference.max(axis=2)[..., np.newaxis, np.newaxis], np.float32)

    def title(self, attributes: DetectHeadAttributes) -> str:
        return f"detect, {attributes.side} px every {attributes.step}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        return [_call("detect_head_f32", "DetectHead", node, inputs, ())]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return Quantization(inputs[1].quant.scale, 0)

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        ratio = inputs[1].quant.scale * SCORE_UNIT
        shift = _MULTIPLIER_BITS - math.ceil(math.log2(ratio)) - 1
        shift = min(max(shift, 0), _MOST_SHIFT)
        multiplier = min(max(round(ratio * 2**shift), 1), 2**_MULTIPLIER_BITS - 1)
        return {
            "multiplier": np.array([multiplier], np.int32),
            "shift": np.array([shift], np.int32),
        }

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        difference = codes[1][..., 1].astype(np.int32) - codes[1][..., 0]
        most = difference.max(axis=2)[..., np.newaxis, np.newaxis]
        return np.asarray(np.clip(most, LOWEST, HIGHEST), np.int8)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        fields = (
            Field("multiplier", str(node.constants["multiplier"][0])),
            Field("shift", str(node.constants["shift"][0])),
        )
        return [_call("detect_head_s8", "DetectHeadS8", node, inputs, fields)]

    def examples(self) -> Iterator[Example]:
        detector = Detector(steps=(8, 16), sides=(12, 24), max_detections=3, max_candidates=5)
        yield example(self, DetectHeadAttributes(detector, (40, 56), 0, 0), (5, 7, 4), (5, 7, 2))
        yield example(self, DetectHeadAttributes(detector, (40, 56), 1, 35), (3, 4, 4), (3, 4, 2))


def _call(
    function: str, struct: str, node: Node, inputs: Sequence[Tensor], fields: tuple[Field, ...]
) -> KernelCall:
    return KernelCall(
        function,
        f"micronets/kernels/{function}.h",
        struct,
        (
            shape_field("loc", inputs[0]),
            shape_field("conf", inputs[1]),
            shape_field("output", node.output),
            Field("first prior", str(attributes_of(node).first_prior)),
            *fields,
        ),
        inputs=(0, 1),
        reads=("loc.size()", "conf.size()"),
        state="candidates_",
    )


def detector_heads(graph: Graph) -> tuple[Node, ...]:
    """The heads of a detector in order; empty for any other net."""
    nodes = [graph.node(name) for name in graph.outputs if name != graph.input.name]
    return tuple(node for node in nodes if node.op == DetectHead.name)


def attributes_of(head: Node) -> DetectHeadAttributes:
    """The settings of a head."""
    assert isinstance(head.attributes, DetectHeadAttributes)
    return head.attributes


def kept_outputs(graph: Graph) -> tuple[str, ...]:
    """The outputs that must stay in memory: of a detector none, what it found lies elsewhere."""
    return () if detector_heads(graph) else graph.outputs


def held_bytes(graph: Graph) -> int:
    """Bytes of candidates and detections in the C++ object; 0 for a net that is no detector."""
    heads = detector_heads(graph)
    if not heads:
        return 0
    return attributes_of(heads[0]).detector.held_bytes(is_int8=graph.is_int8)


def prior_count(graph: Graph) -> int:
    """How many priors a detector has."""
    last = detector_heads(graph)[-1]
    height, width, _ = graph.tensor(last.inputs[0]).map_shape
    return attributes_of(last).first_prior + height * width
