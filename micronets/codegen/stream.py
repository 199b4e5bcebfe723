"""Row streaming: each layer holds only the rows that its readers still need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from micronets.codegen.folds import fold_rows
from micronets.codegen.graph import Graph, Tensor
from micronets.codegen.memory import MemoryPlan, plan_memory
from micronets.codegen.rings import Ring, rings_of
from micronets.codegen.ripple import Event, Stage, run_order
from micronets.codegen.rows import same_rows, source_needs
from micronets.codegen.schedule import Buffer, Schedule, Scratch, reads_behind


@dataclass(frozen=True)
class RingBuffer(Buffer):
    """The memory of a ring.

    Args:
        alive: The events during which it is in use, as bits.
    """

    alive: int = 0

    def overlaps(self, other: Buffer) -> bool:
        """True where both are in use during one event."""
        return bool(self.alive & other.alive) if isinstance(other, RingBuffer) else True


@dataclass(frozen=True)
class StageScratch(Scratch):
    """Memory that a stage needs while it computes a row.

    Args:
        alive: The events in which it runs, as bits.
    """

    alive: int = 0

    def meets(self, buffer: Buffer) -> bool:
        """True where a ring is in use while the stage runs."""
        return bool(self.alive & buffer.alive) if isinstance(buffer, RingBuffer) else True

    def overlaps(self, other: Scratch) -> bool:
        """True where both are in use during one event."""
        return bool(self.alive & other.alive) if isinstance(other, StageScratch) else True


@dataclass(frozen=True, eq=False)
class Stream:
    """A net whose rows ripple through it.

    Args:
        schedule: Its steps, whose calls, one after the other, are the stages, and the ring of each
            tensor.
        stages: What each call needs.
        events: What happens in one inference, in this order.
        rings: The rows that are held of each tensor, by its name; views have none.
        plan: Where rings and scratch lie.
    """

    schedule: Schedule
    stages: tuple[Stage, ...]
    events: tuple[Event, ...]
    rings: Mapping[str, Ring]
    plan: MemoryPlan


def make_stream(schedule: Schedule) -> Stream:
    """Plans a net as one segment: a row that arrives runs through all layers as far as it can."""
    graph = schedule.graph
    homes = _homes(schedule)
    schedule = fold_rows(schedule, homes)
    stages = _stages(schedule, homes)
    height = graph.input.map_shape[0]
    events = run_order(stages, graph.input.name, height)
    outputs = [homes[name] for name in graph.outputs]
    rings = rings_of(stages, events, graph.input.name, outputs)
    behind = reads_behind(schedule.steps, homes)
    buffers = [
        _buffer(graph.tensor(name), ring, behind.get(name, 0)) for name, ring in rings.items()
    ]
    scratch = [
        StageScratch(name, size, 0, _scratch_events(stages[number], number, events, graph))
        for number, (name, size) in enumerate(_scratch(schedule))
        if size
    ]
    plan = _plan(buffers, scratch, _busiest(buffers, len(events)))
    placed = replace(schedule, homes=homes)
    return Stream(placed, tuple(stages), tuple(events), rings, plan)


def _plan(buffers: Sequence[Buffer], scratch: Sequence[Scratch], bound: int) -> MemoryPlan:
    """Scratch in gaps between the rings or, where that is smaller, in front of all of them."""
    mixed = plan_memory(buffers, scratch, bound)
    front, rings = plan_memory([], scratch), plan_memory(buffers, (), bound)
    if front.size + rings.size >= mixed.size:
        return mixed
    offsets = {name: front.size + offset for name, offset in rings.offsets.items()}
    return MemoryPlan(offsets, front.size + rings.size, front.scratch)


def _scratch_events(stage: Stage, number: int, events: Sequence[Event], graph: Graph) -> int:
    """When a stage's scratch is in use.

    First layers keep their filters in it from row to row, layers that fold their sums from the
    first row of each fold to the last.
    """
    times = [time for time, event in enumerate(events) if event.stage == number]
    length = stage.fold
    if graph.input.name in stage.needs and length == 1:
        length = len(times)
    return sum(
        (1 << last + 1) - (1 << first)
        for first, last in zip(times[::length], times[length - 1 :: length], strict=True)
    )


def _homes(schedule: Schedule) -> dict[str, str]:
    """Views lie in their input's ring; everything else has one of its own."""
    computed = {step.node.name for step in schedule.steps}
    homes = {schedule.graph.input.name: schedule.graph.input.name}
    for node in schedule.graph.nodes:
        homes[node.name] = node.name if node.name in computed else homes[node.inputs[0]]
    return homes


def _stages(schedule: Schedule, homes: Mapping[str, str]) -> list[Stage]:
    graph, stages = schedule.graph, []
    for step in schedule.steps:
        for number, call in enumerate(step.calls):
            needs = source_needs(graph, step.node, call.inputs, homes)
            if call.fold > 1:
                needs = {name: same_rows(need.limit) for name, need in needs.items()}
            name = step.node.name if number == 0 else f"{step.node.name}_{number + 1}"
            rows, apart = step.node.output.map_shape[0] * call.fold, call.scratch > 0
            stages.append(Stage(name, step.node.name, rows, needs, call.fold, apart))
    return stages


def _scratch(schedule: Schedule) -> list[tuple[str, int]]:
    return [(step.node.name, call.scratch) for step in schedule.steps for call in step.calls]


def _buffer(tensor: Tensor, ring: Ring, behind: int) -> RingBuffer:
    size = tensor.lead + ring.capacity * row_extent(tensor) + behind
    first = (ring.alive & -ring.alive).bit_length() - 1
    return RingBuffer(
        ring.tensor, size, first, ring.alive.bit_length() - 1, tensor.lead, ring.alive
    )


def row_extent(tensor: Tensor) -> int:
    """Values from one row of a tensor to the next."""
    return tensor.extent // tensor.map_shape[0]


def _busiest(buffers: Sequence[RingBuffer], events: int) -> int:
    return max(
        (sum(b.size for b in buffers if b.alive >> time & 1) for time in range(events)), default=0
    )
