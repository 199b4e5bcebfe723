"""The order of the kernel calls, and how long each piece of memory is in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from micronets.codegen.graph import Graph, Node, Tensor
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.base import KernelCall
from micronets.codegen.ops.detect_head import kept_outputs


@dataclass(frozen=True, eq=False)
class Step:
    """One node and the kernel calls that compute it."""

    node: Node
    inputs: tuple[Tensor, ...]
    calls: tuple[KernelCall, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return REGISTRY[self.node.op].macs(self.node.attributes, self.inputs, self.node.output)

    @property
    def title(self) -> str:
        """What it does, for the layer table."""
        return REGISTRY[self.node.op].title(self.node.attributes)


@dataclass(frozen=True)
class Part:
    """A piece of a buffer and when it is in use.

    Args:
        offset: Of its first value in the buffer.
        size: In values.
        alive: The steps or events during which it is in use, as bits of an integer.
    """

    offset: int
    size: int
    alive: int


@dataclass(frozen=True)
class Buffer:
    """A piece of memory and the steps in which it is in use.

    Args:
        name: The tensor that is written to it first.
        size: In values.
        first: The step that writes it first.
        last: The last step that reads it; the number of steps for an output of the net.
        lead: Values of it that lie before the tensor's first one.
    """

    name: str
    size: int
    first: int
    last: int
    lead: int = 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its pieces, where they are not in use at the same times; here it is one."""
        return (Part(0, self.size, (1 << (self.last + 1)) - (1 << self.first)),)

    def overlaps(self, other: Buffer) -> bool:
        """True where both are in use in one step."""
        return any(one.alive & two.alive for one in self.parts for two in other.parts)


@dataclass(frozen=True)
class Scratch:
    """Memory that one step needs.

    Args:
        name: The step's node.
        size: In bytes.
        step: Its number.
    """

    name: str
    size: int
    step: int

    @property
    def alive(self) -> int:
        """The steps or events during which it is in use, as bits."""
        return 1 << self.step


@dataclass(frozen=True, eq=False)
class Schedule:
    """The steps of one inference.

    Args:
        graph: The net.
        steps: One per node that computes something; views have none.
        buffers: Everything that must be held between steps.
        homes: The buffer of each tensor; the graph's input has none and maps to its own name.
        scratch: What kernels need while they run.
    """

    graph: Graph
    steps: tuple[Step, ...]
    buffers: tuple[Buffer, ...]
    homes: Mapping[str, str]
    scratch: tuple[Scratch, ...] = ()

    @property
    def calls(self) -> tuple[tuple[Step, KernelCall], ...]:
        """Every kernel call, one after the other, with its step."""
        return tuple((step, call) for step in self.steps for call in step.calls)


def make_schedule(graph: Graph) -> Schedule:
    """Runs the nodes in their order, each map as a whole, in place where that is possible."""
    homes = {graph.input.name: graph.input.name}
    steps: list[Step] = []
    sizes: dict[str, int] = {}
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    scratch: list[Scratch] = []
    unread = _read_counts(graph)
    for node in graph.nodes:
        inputs = tuple(graph.inputs_of(node))
        for name in node.inputs:
            unread[homes[name]] -= 1
            last[homes[name]] = len(steps)
        home = _shared_home(graph, node, inputs, homes, unread)
        homes[node.name] = home
        # Readers of a view or of an overwritten tensor keep the shared buffer alive.
        unread[home] = unread.get(home, 0) + (unread.pop(node.name) if home != node.name else 0)
        if not _is_view(graph, node, inputs, homes):
            if home == node.name:
                sizes[home], first[home] = node.output.extent, len(steps)
            last[home] = len(steps)
            op = REGISTRY[node.op]
            make_calls = op.calls_s8 if graph.is_int8 else op.calls
            calls = tuple(make_calls(node, inputs))
            for call in calls:
                if call.scratch:
                    scratch.append(Scratch(node.name, call.scratch, len(steps)))
            steps.append(Step(node, inputs, calls))
    for name in kept_outputs(graph):
        last[homes[name]] = len(steps)
    behind = reads_behind(steps, homes)
    leads = {name: graph.tensor(name).lead for name in sizes}
    buffers = tuple(
        Buffer(
            name,
            leads[name] + sizes[name] + behind.get(name, 0),
            first[name],
            last[name],
            leads[name],
        )
        for name in sizes
    )
    return Schedule(graph, tuple(steps), buffers, homes, tuple(scratch))


def reads_behind(steps: Iterable[Step], homes: Mapping[str, str]) -> dict[str, int]:
    """How many values behind each buffer kernels may read, whatever view of it they read."""
    behind: dict[str, int] = {}
    for step in steps:
        for call in step.calls:
            home = homes[step.node.inputs[call.inputs[0]]]
            behind[home] = max(behind.get(home, 0), call.reads_behind)
    return behind


def _read_counts(graph: Graph) -> dict[str, int]:
    counts = {graph.input.name: 0, **{node.name: 0 for node in graph.nodes}}
    for node in graph.nodes:
        for name in node.inputs:
            counts[name] += 1
    for name in graph.outputs:
        counts[name] += 1
    return counts


def _is_view(
    graph: Graph, node: Node, inputs: tuple[Tensor, ...], homes: Mapping[str, str]
) -> bool:
    """A view of the caller's image cannot be an output: outputs live in the object."""
    if not REGISTRY[node.op].is_view(node, inputs):
        return False
    return homes[node.inputs[0]] != graph.input.name or node.name not in graph.outputs


def _shared_home(
    graph: Graph,
    node: Node,
    inputs: tuple[Tensor, ...],
    homes: Mapping[str, str],
    unread: Mapping[str, int],
) -> str:
    """The buffer of an input that the output takes over, else a buffer of its own."""
    if _is_view(graph, node, inputs, homes):
        return homes[node.inputs[0]]
    if REGISTRY[node.op].runs_in_place:
        for tensor in inputs:
            home = homes[tensor.name]
            free = home != graph.input.name and unread[home] == 0
            if free and tensor.is_planar and node.output.is_planar:
                return home
    return node.name
