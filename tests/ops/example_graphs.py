"""Turns an operator's example into nets: read from the caller's image, or from inside the net."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from micronets.codegen.graph import Graph, Layout, Node, Tensor
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.affine import AffineAttributes
from micronets.codegen.ops.base import Example, OpSpec, example, random_constants
from micronets.codegen.ops.conv2d import Conv2DAttributes
from micronets.codegen.ops.dense import DenseAttributes
from micronets.codegen.ops.reshape import ReshapeAttributes


@dataclass(frozen=True)
class Numbered:
    """An example with a name, `conv2d_3`."""

    name: str
    op: OpSpec
    example: Example

    def __str__(self) -> str:
        return self.name


def all_examples() -> list[Numbered]:
    """Every example of every operator, and the same on a map of three channels where it fits."""
    found = []
    for op in REGISTRY.values():
        examples = [*op.examples(), *_on_three_channels(op)]
        found += [Numbered(f"{op.name}_{i}", op, case) for i, case in enumerate(examples)]
    return found


def _on_three_channels(op: OpSpec) -> Iterator[Example]:
    for case in op.examples():
        shape = case.inputs[0].shape
        is_colour = len(case.inputs) == 1 and len(shape) == 3 and shape[2] != 3
        if is_colour and not isinstance(case.attributes, ReshapeAttributes):
            yield example(op, case.attributes, (*shape[:2], 3))


def net_reading_image(case: Numbered) -> Graph:
    """The operator reads the caller's interleaved image, or projections of it."""
    return _net(case, first=True)


def net_reading_map(case: Numbered) -> Graph:
    """The operator reads planar maps that the net computed."""
    return _net(case, first=False)


def _net(case: Numbered, first: bool) -> Graph:
    shapes = [tensor.shape for tensor in case.example.inputs]
    image = Tensor("image", shapes[0], Layout.INTERLEAVED)
    if image.layouts_agree:
        image = replace(image, layout=Layout.PLANAR)
    if len(shapes) > 1:
        nodes = [_projection(image, shape, i) for i, shape in enumerate(shapes)]
    else:
        nodes = [] if first else [_copy(image)]
    sources = tuple(node.name for node in nodes) or ("image",)
    node = tested_node(case, sources)
    return Graph(case.name, image, (*nodes, node), (node.name,))


def tested_node(case: Numbered, sources: Sequence[str]) -> Node:
    """The node under test."""
    attributes = case.example.attributes
    layout = getattr(attributes, "layout", Layout.PLANAR)
    shape = case.op.infer(attributes, case.example.inputs)
    output = Tensor("tested", shape, layout)
    return Node(case.op.name, attributes, tuple(sources), output, case.example.constants)


def _copy(image: Tensor) -> Node:
    """Moves the image into the net, scaled so that a forgotten copy shows."""
    channels = image.map_shape[2]
    constants = {
        "scale": np.full(channels, 0.75, np.float32),
        "offset": np.full(channels, 0.125, np.float32),
    }
    return Node("affine", AffineAttributes(), ("image",), Tensor("copy", image.shape), constants)


def _projection(image: Tensor, shape: tuple[int, ...], number: int) -> Node:
    """A different map for each input of an operator."""
    attributes: Conv2DAttributes | DenseAttributes
    if len(shape) == 1:
        op, attributes = REGISTRY["dense"], DenseAttributes(shape[0])
    else:
        op, attributes = REGISTRY["conv2d"], Conv2DAttributes((1, 1), filters=shape[-1])
    constants = random_constants(op, attributes, [image], seed=number + 1)
    output = Tensor(f"input_{number}", shape)
    return Node(op.name, attributes, ("image",), output, constants)
