"""The outputs of a detector become its heads: no map of all priors is ever held."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from micronets.codegen.detector import MOST_PRIORS, MOST_SIDE, Detector
from micronets.codegen.graph import Graph, Node, Tensor
from micronets.codegen.ops.detect_head import DetectHeadAttributes
from micronets.codegen.verifier import verify_graph
from micronets.errors import ModelError

_OFFSETS, _SCORES = 4, 2


def detect_heads(graph: Graph, detector: Detector) -> Graph:
    """Replaces what puts the maps of the heads behind each other by a node for each head.

    Args:
        graph: The graph as imported. One output has four columns, offsets of boxes; the other
            two, scores of background and object. Each is a concatenation of maps of the heads,
            reshaped to one row per pixel, or such a map itself.
        detector: What its heads look for.

    Raises:
        ModelError: The graph has other outputs, or maps that do not fit the detector.
    """
    loc, conf = (_maps(graph, _output(graph, columns), columns) for columns in (_OFFSETS, _SCORES))
    _check(graph, detector, loc, conf)
    detector = _no_larger(detector, loc)
    heads: list[Node] = []
    taken = {graph.input.name, *(node.name for node in graph.nodes)}
    first = 0
    for number, (offsets, scores) in enumerate(zip(loc, conf, strict=True)):
        height, width, _ = offsets.node.output.map_shape
        size = graph.input.map_shape[:2]
        attributes = DetectHeadAttributes(detector, size, number, first)
        output = Tensor(_free_name(f"detect_{number + 1}", taken), (height, 1, 1))
        inputs = (offsets.node.name, scores.node.name)
        layers = (*offsets.layers, *scores.layers)
        heads.append(Node("detect_head", attributes, inputs, output, layers=layers))
        first += height * width
    nodes = _behind_inputs(graph, heads)
    outputs = tuple(head.name for head in heads)
    return verify_graph(_only_needed(graph.with_nodes(nodes), outputs), after="detect heads")


@dataclass(frozen=True)
class _Map:
    """The map of a head, and the Keras layers between it and the output."""

    node: Node
    layers: tuple[str, ...]


def _output(graph: Graph, columns: int) -> Node:
    shapes = [graph.tensor(name).shape for name in graph.outputs]
    found = [
        name
        for name, shape in zip(graph.outputs, shapes, strict=True)
        if len(shape) == 2 and shape[1] == columns
    ]
    if len(shapes) != 2 or len(found) != 1:
        raise ModelError(
            f"model {graph.name!r} is no detector: detector=... needs two outputs, offsets of "
            f"shape (priors, {_OFFSETS}) and scores of background and object of shape "
            f"(priors, {_SCORES}). Received outputs of shapes {', '.join(map(str, shapes))}."
        )
    return graph.node(found[0])


def _maps(graph: Graph, output: Node, columns: int) -> list[_Map]:
    """The maps whose pixels are the rows of an output, in order."""
    layers = output.layers
    output = _before_softmax(graph, output)
    rows = [output]
    if output.op.startswith("concatenate"):
        rows = [_producer(graph, output, name) for name in output.inputs]
    maps = []
    for row in rows:
        node, own = row, (layers if row is output else (*row.layers, *layers))
        node = _before_softmax(graph, node)
        while node.op == "reshape" and len(node.output.shape) < 3:
            node = _before_softmax(graph, _producer(graph, output, node.inputs[0]))
        shape = node.output.shape
        if len(shape) != 3 or shape[2] != columns:
            raise ModelError(
                f"output {output.name!r} of {graph.name!r} must be maps of the heads, reshaped to "
                f"(pixels, {columns}) and concatenated along the pixels, with one prior per pixel. "
                f"Received: {node.name!r} of shape {shape}."
            )
        maps.append(_Map(node, own))
    return maps


def _before_softmax(graph: Graph, node: Node) -> Node:
    """Scores are made of logits, and the best of these are the best of their softmax."""
    is_scores = node.op == "softmax" and node.output.shape[-1] == _SCORES
    return _producer(graph, node, node.inputs[0]) if is_scores else node


def _producer(graph: Graph, output: Node, name: str) -> Node:
    node = graph.producer(name)
    if node is None:
        raise ModelError(
            f"output {output.name!r} of {graph.name!r} is the image itself, which no head made."
        )
    return node


def _check(graph: Graph, detector: Detector, loc: list[_Map], conf: list[_Map]) -> None:
    sizes = [[head.node.output.map_shape[:2] for head in maps] for maps in (loc, conf)]
    if sizes[0] != sizes[1]:
        raise ModelError(
            f"heads of {graph.name!r} must have an offset for every score. Received maps of "
            f"{sizes[0]} for offsets and of {sizes[1]} for scores."
        )
    if len(loc) != len(detector.steps):
        raise ModelError(
            f"model {graph.name!r} has {len(loc)} heads, but the detector has steps and sides for "
            f"{len(detector.steps)}: {detector.steps}, {detector.sides}."
        )
    priors = sum(height * width for height, width in sizes[0])
    height, width, _ = graph.input.map_shape
    if priors > MOST_PRIORS or max(height, width) > MOST_SIDE:
        raise ModelError(
            f"a detector has at most {MOST_PRIORS:,} priors and images of {MOST_SIDE:,} pixels a "
            f"side; {graph.name!r} has {priors:,} priors and images of {height}x{width}."
        )


def _no_larger(detector: Detector, maps: list[_Map]) -> Detector:
    """There are no more candidates and detections than priors."""
    priors = sum(math.prod(head.node.output.map_shape[:2]) for head in maps)
    return replace(
        detector,
        max_candidates=min(detector.max_candidates, priors),
        max_detections=min(detector.max_detections, priors),
    )


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _behind_inputs(graph: Graph, heads: list[Node]) -> list[Node]:
    """Each head as soon as both of its maps are there, so that they need not stay."""
    nodes: list[Node] = []
    known: set[str] = set()
    waiting = list(heads)
    for node in graph.nodes:
        nodes.append(node)
        known.add(node.name)
        ready = [head for head in waiting if known.issuperset(head.inputs)]
        nodes += ready
        waiting = [head for head in waiting if head not in ready]
    return nodes


def _only_needed(graph: Graph, outputs: tuple[str, ...]) -> Graph:
    """The graph with other outputs, without what only the old ones needed."""
    needed = set(outputs)
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    kept = tuple(node for node in graph.nodes if node.name in needed)
    return replace(graph, nodes=kept, outputs=outputs)
