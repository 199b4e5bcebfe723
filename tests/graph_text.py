"""Reads the text form of a graph, so that tests of passes show what goes in and what comes out.

    x = input 6x6x3 interleaved
    a = conv2d(x) [filters=4 window=(3, 3)]
    return a

Shapes of nodes are inferred, settings that are not named have their defaults, and constants are
random numbers of the right shapes. `no_bias` among the settings leaves out the bias.
"""

from __future__ import annotations

import ast
import math
import re
from textwrap import dedent
from typing import Any

import numpy as np

from micronets.codegen.graph import Attributes, Graph, Layout, Node, Tensor
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.activation import (
    LINEAR,
    RELU,
    Activation,
    LeakyReluAttributes,
    NoAttributes,
    ReluAttributes,
)
from micronets.codegen.ops.add import AddAttributes
from micronets.codegen.ops.affine import AffineAttributes
from micronets.codegen.ops.base import random_constants
from micronets.codegen.ops.concatenate import ConcatenateAttributes
from micronets.codegen.ops.conv2d import Conv2DAttributes
from micronets.codegen.ops.dense import DenseAttributes
from micronets.codegen.ops.depthwise_conv2d import DepthwiseConv2DAttributes
from micronets.codegen.ops.reshape import ReshapeAttributes
from micronets.codegen.ops.rnnpool2d import RNNPool2DAttributes
from micronets.codegen.ops.window import WindowAttributes
from micronets.codegen.ops.zero_pad2d import ZeroPad2DAttributes
from micronets.codegen.verifier import verify_graph

_ATTRIBUTES: dict[str, type[Attributes]] = {
    "add": AddAttributes,
    "affine": AffineAttributes,
    "average_pool2d": WindowAttributes,
    "concatenate": ConcatenateAttributes,
    "conv2d": Conv2DAttributes,
    "dense": DenseAttributes,
    "depthwise_conv2d": DepthwiseConv2DAttributes,
    "leaky_relu": LeakyReluAttributes,
    "max_pool2d": WindowAttributes,
    "relu": ReluAttributes,
    "reshape": ReshapeAttributes,
    "rnnpool2d": RNNPool2DAttributes,
    "zero_pad2d": ZeroPad2DAttributes,
}

_INPUT = re.compile(
    r"(?P<name>\w+) = input (?P<shape>[\dx]+)(?P<layout> interleaved)?"
    r"( \* (?P<scale>\S+) \+ (?P<offset>\S+))?"
)
_NODE = re.compile(
    r"(?P<name>\w+) = (?P<op>\w+)\((?P<inputs>[^)]*)\)( (?P<shape>[\dx]+))?"
    r"(?P<layout> interleaved)?( \[(?P<settings>.*)\])?"
)


def parse_graph(text: str, name: str = "net") -> Graph:
    """The graph of a text; checked."""
    first, *middle, last = [line.strip() for line in dedent(text).strip().splitlines()]
    match = _INPUT.fullmatch(first)
    assert match, first
    source = Tensor(match["name"], _sides(match["shape"]), _layout(match))
    tensors, nodes = {source.name: source}, []
    for seed, line in enumerate(middle):
        node = _node(line, tensors, seed)
        tensors[node.name] = node.output
        nodes.append(node)
    outputs = tuple(last.removeprefix("return ").split(", "))
    scale, offset = float(match["scale"] or 1), float(match["offset"] or 0)
    graph = Graph(name, source, tuple(nodes), outputs, scale, offset)
    return verify_graph(graph, after="text")


def _node(line: str, tensors: dict[str, Tensor], seed: int) -> Node:
    match = _NODE.fullmatch(line)
    assert match, line
    op = REGISTRY[match["op"]]
    settings = _settings(match["settings"] or "")
    no_bias = settings.pop("no_bias", False)
    attributes = _ATTRIBUTES.get(op.name, NoAttributes)(**settings)
    inputs = tuple(match["inputs"].split(", "))
    sources = [tensors[name] for name in inputs]
    constants = random_constants(op, attributes, sources, seed)
    if no_bias:
        del constants["bias"]
    output = Tensor(match["name"], op.infer(attributes, sources), _layout(match))
    return Node(op.name, attributes, inputs, output, constants)


def _settings(text: str) -> dict[str, Any]:
    """`filters=4 window=(3, 3) activation=relu6` as keyword arguments."""
    pieces = re.findall(r"(\w+)(?:=(\([^)]*\)|\S+))?", text)
    return {key: _value(key, value) for key, value in pieces}


def _value(key: str, text: str) -> Any:
    if not text:
        return True
    if key == "activation":
        ceiling = text.removeprefix("relu")
        return LINEAR if text == "linear" else Activation(float(ceiling)) if ceiling else RELU
    if key in ("gate", "update"):
        return text
    if key == "layout":
        return Layout[text.removeprefix("Layout.")]
    return ast.literal_eval(text)


def _layout(match: re.Match[str]) -> Layout:
    return Layout.INTERLEAVED if match["layout"] else Layout.PLANAR


def _sides(text: str) -> tuple[int, ...]:
    return tuple(int(side) for side in text.split("x"))


def random_images(graph: Graph, count: int = 4) -> np.ndarray:
    """Images for a graph."""
    size = (count, *graph.input.shape)
    return np.random.default_rng(1).normal(size=size).astype(np.float32)


def constants_count(graph: Graph) -> int:
    """How many numbers the weights of a graph are."""
    return sum(math.prod(array.shape) for node in graph.nodes for array in node.constants.values())
