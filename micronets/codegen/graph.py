"""The intermediate representation: immutable tensors, nodes and graphs, and their text form."""

from __future__ import annotations

import enum
import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from micronets.codegen.numerics import Quantization
from micronets.errors import InternalError

FloatArray = npt.NDArray[np.float32]
Array = npt.NDArray[Any]
"""float32 in a float graph; int8, int32 and uint16 in a graph that was lowered to int8."""


class Layout(enum.Enum):
    """How the values of one row of a map lie in memory (see cpp/include/micronets/core/types.h)."""

    PLANAR = "planar"
    PADDED = "padded"
    INTERLEAVED = "interleaved"


@dataclass(frozen=True)
class Attributes:
    """Base of the compile-time settings of a node; subclasses validate themselves."""

    def __str__(self) -> str:
        values = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return " ".join(f"{name}={value}" for name, value in values)


@dataclass(frozen=True)
class Tensor:
    """A value between two nodes, without the batch axis.

    Args:
        name: Unique in its graph.
        shape: As in Keras: `(height, width, channels)`, `(rows, channels)` or `(channels,)`.
        layout: How it lies in memory.
        quantization: How its int8 codes stand for real numbers; None in a float graph.
    """

    name: str
    shape: tuple[int, ...]
    layout: Layout = Layout.PLANAR
    quantization: Quantization | None = None

    @property
    def quant(self) -> Quantization:
        """The quantization of a tensor that has one."""
        if self.quantization is None:
            raise InternalError(f"tensor {self.name!r} is not quantized")
        return self.quantization

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def map_shape(self) -> tuple[int, int, int]:
        """The shape as `(height, width, channels)`, with ones in front where axes are missing."""
        height, width, channels = (1, 1, 1, *self.shape)[-3:]
        return height, width, channels

    @property
    def layouts_agree(self) -> bool:
        """True where planar and interleaved are the same order of bytes."""
        _, width, channels = self.map_shape
        return width == 1 or channels == 1

    @property
    def is_planar(self) -> bool:
        """True where a kernel may read it as planar rows."""
        return self.layout is not Layout.INTERLEAVED or self.layouts_agree

    @property
    def lead(self) -> int:
        """Values of padding before its first one."""
        return 1 if self.layout is Layout.PADDED else 0

    @property
    def extent(self) -> int:
        """Number of values from its first one to the end of its last row, padding included."""
        height, width, channels = self.map_shape
        return height * channels * (width + self.lead)


@dataclass(frozen=True, eq=False)
class Node:
    """One operation; its only output carries its name.

    Args:
        op: The name of the operator, a key of `ops.REGISTRY`.
        attributes: Settings.
        inputs: Names of the tensors it reads.
        output: The tensor it writes.
        constants: Weights by role, in logical layout (see each operator).
        layers: The Keras layers it came from, in order.
    """

    op: str
    attributes: Attributes
    inputs: tuple[str, ...]
    output: Tensor
    constants: Mapping[str, Array] = field(default_factory=dict)
    layers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the node and of its output."""
        return self.output.name


@dataclass(frozen=True, eq=False)
class Graph:
    """A net: nodes in an order in which every input is written before it is read.

    Args:
        name: Name of the model.
        input: The only input.
        nodes: In topological order.
        outputs: Names of the output tensors, one per head.
        input_scale: The net reads `value * input_scale + input_offset` of each input value.
        input_offset: See `input_scale`.
    """

    name: str
    input: Tensor
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    input_scale: float = 1.0
    input_offset: float = 0.0

    @property
    def is_int8(self) -> bool:
        """True behind the lowering to int8."""
        return self.input.quantization is not None

    @property
    def value_type(self) -> str:
        """The C++ type of a value between layers."""
        return "int8_t" if self.is_int8 else "float"

    @property
    def value_bytes(self) -> int:
        """Bytes of a value between layers."""
        return 1 if self.is_int8 else 4

    def tensor(self, name: str) -> Tensor:
        """The tensor of that name."""
        if name == self.input.name:
            return self.input
        return self.node(name).output

    def node(self, name: str) -> Node:
        """The node of that name."""
        node = self._by_name.get(name)
        if node is None:
            raise InternalError(f"graph {self.name!r} has no node {name!r}:\n{self}")
        return node

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in reversed(self.nodes)}

    def producer(self, name: str) -> Node | None:
        """The node that writes a tensor; None for the graph's input."""
        return None if name == self.input.name else self.node(name)

    def inputs_of(self, node: Node) -> list[Tensor]:
        """The tensors that a node reads, in order."""
        return [self.tensor(name) for name in node.inputs]

    def readers(self, name: str) -> list[Node]:
        """The nodes that read a tensor."""
        return [node for node in self.nodes if name in node.inputs]

    def only_reader(self, name: str) -> Node | None:
        """The single reader of a tensor that is no output of the graph, else None."""
        readers = self.readers(name)
        if len(readers) != 1 or name in self.outputs:
            return None
        return readers[0] if readers[0].inputs.count(name) == 1 else None

    def with_nodes(self, nodes: Iterable[Node]) -> Graph:
        """The same graph with other nodes."""
        return replace(self, nodes=tuple(nodes))

    def digest(self) -> str:
        """Twelve hexadecimal digits that change with any weight, setting or connection."""
        sha = hashlib.sha256(str(self).encode())
        for node in self.nodes:
            for role in sorted(node.constants):
                sha.update(role.encode())
                sha.update(np.ascontiguousarray(node.constants[role]).tobytes())
        return sha.hexdigest()[:12]

    def __str__(self) -> str:
        lines = [f"{self.input.name} = input {_shape(self.input)}"]
        if (self.input_scale, self.input_offset) != (1.0, 0.0):
            lines[0] += f" * {self.input_scale!r} + {self.input_offset!r}"
        for node in self.nodes:
            call = f"{node.op}({', '.join(node.inputs)})"
            attributes = f" [{node.attributes}]" if str(node.attributes) else ""
            lines.append(f"{node.name} = {call} {_shape(node.output)}{attributes}")
        lines.append(f"return {', '.join(self.outputs)}")
        return "\n".join(lines)


def _shape(tensor: Tensor) -> str:
    text = "x".join(str(side) for side in tensor.shape)
    if tensor.layout is not Layout.PLANAR:
        text += " interleaved"
    return text if tensor.quantization is None else f"{text} {tensor.quantization}"


def replace_node(graph: Graph, old: Node, new: Iterable[Node]) -> Graph:
    """Puts other nodes in the place of one; readers and outputs keep their names."""
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes.extend(new if node is old else [node])
    return graph.with_nodes(nodes)


def bypass_node(graph: Graph, node: Node) -> Graph:
    """Removes a node with one input; whoever read it reads its input instead."""
    source = node.inputs[0]

    def renamed(name: str) -> str:
        return source if name == node.name else name

    nodes = [
        replace(other, inputs=tuple(renamed(name) for name in other.inputs))
        for other in graph.nodes
        if other is not node
    ]
    outputs = tuple(renamed(name) for name in graph.outputs)
    return replace(graph, nodes=tuple(nodes), outputs=outputs)
