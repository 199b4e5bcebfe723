"""Row streaming: each layer holds only the rows that its readers still need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import accumulate
from operator import or_

from micronets.codegen.graph import Tensor
from micronets.codegen.memory import MemoryPlan, plan_memory
from micronets.codegen.ops.base import KernelCall
from micronets.codegen.ops.detect_head import held_bytes, kept_outputs
from micronets.codegen.rings import Ring, bits_of, rings_of, spans_of
from micronets.codegen.ripple import Event, Stage, run_order
from micronets.codegen.schedule import Buffer, Part, Schedule, Scratch, reads_behind
from micronets.codegen.stages import Segment, fold_segments, homes_of, one_segment, stages_of
from micronets.codegen.turns import Turns, turns_of


@dataclass(frozen=True)
class RingBuffer(Buffer):
    """The memory of a ring.

    Args:
        slots: The events during which each slot is in use, as bits.
        extent: Values of a slot.
    """

    slots: tuple[int, ...] = ()
    extent: int = 0

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """One for each slot, with what lies before its first value and behind the last slot.

        What lies before a slot is the end of the one before: the padding between two rows.
        """
        behind = self.size - self.lead - len(self.slots) * self.extent
        sizes = [self.lead + self.extent] * (len(self.slots) - 1)
        sizes.append(self.lead + self.extent + behind)
        return tuple(
            Part(number * self.extent, size, alive)
            for number, (size, alive) in enumerate(zip(sizes, self.slots, strict=True))
        )


@dataclass(frozen=True)
class StageScratch(Scratch):
    """Memory that a stage needs while it computes a row.

    Args:
        events: Those in which it runs, as bits.
    """

    events: int = 0

    @property
    def alive(self) -> int:
        """The events during which it is in use, as bits."""
        return self.events


@dataclass(frozen=True, eq=False)
class Stream:
    """A net whose rows ripple through it.

    Args:
        schedule: Its steps, whose calls, one after the other, are the stages, and the ring of each
            tensor.
        segments: Which steps run together, row by row.
        stages: What each call needs.
        events: What happens in one inference, in this order.
        rings: The rows that are held of each tensor, by its name; views have none.
        plan: Where rings and scratch lie.
    """

    schedule: Schedule
    segments: tuple[Segment, ...]
    stages: tuple[Stage, ...]
    events: tuple[Event, ...]
    rings: Mapping[str, Ring]
    plan: MemoryPlan

    @cached_property
    def turns(self) -> Turns:
        """The events as the generated code holds them."""
        return turns_of(self.stages, self.events)

    @property
    def state_bytes(self) -> int:
        """What counts rows and turns in the C++ object, behind its memory."""
        gap = -self.plan.size * self.schedule.graph.value_bytes % self.turns.turn_bytes
        return gap + self.turns.turn_bytes + self.turns.counts * self.turns.count_bytes

    @property
    def ram(self) -> int:
        """Bytes of the C++ object."""
        graph = self.schedule.graph
        return self.plan.object_bytes(graph.value_bytes, self.state_bytes, held_bytes(graph))


def make_stream(schedule: Schedule, segments: Sequence[Segment] | None = None) -> Stream:
    """Plans a net whose rows run through as many layers as they can.

    Args:
        schedule: The steps.
        segments: Which of them run together; by default all.
    """
    graph, homes = schedule.graph, homes_of(schedule)
    segments = tuple(one_segment(schedule) if segments is None else segments)
    schedule = fold_segments(schedule, homes, segments)
    stages = stages_of(schedule, homes, segments)
    events = run_order(stages, graph.input.name, graph.input.map_shape[0])
    outputs = [homes[name] for name in kept_outputs(graph)]
    rings = rings_of(stages, events, graph.input.name, outputs)
    scratch = scratch_of(schedule, range(len(schedule.steps)), stages, events)
    plan = plan_rings(ring_buffers(schedule, homes, rings), scratch, len(events))
    placed = replace(schedule, homes=homes)
    return Stream(placed, segments, tuple(stages), tuple(events), rings, plan)


def ring_buffers(
    schedule: Schedule, homes: Mapping[str, str], rings: Mapping[str, Ring]
) -> list[RingBuffer]:
    """The memory of rings."""
    behind = reads_behind(schedule.steps, homes)
    return [
        _buffer(schedule.graph.tensor(name), ring, behind.get(name, 0))
        for name, ring in rings.items()
    ]


def scratch_of(
    schedule: Schedule, steps: Sequence[int], stages: Sequence[Stage], events: Sequence[Event]
) -> list[StageScratch]:
    """What the stages of some steps need while they run."""
    calls = [
        (schedule.steps[number].node.name, call)
        for number in steps
        for call in schedule.steps[number].calls
    ]
    image = schedule.graph.input.name
    return [
        StageScratch(name, call.scratch, 0, _scratch_events(stage, number, call, events, image))
        for number, (stage, (name, call)) in enumerate(zip(stages, calls, strict=True))
        if call.scratch
    ]


def plan_rings(
    buffers: Sequence[RingBuffer],
    scratch: Sequence[Scratch],
    events: int,
    *,
    quick: bool = False,
) -> MemoryPlan:
    """Scratch in gaps between the rings or, where that is smaller, in front of all of them."""
    bound = busiest(buffers, events)
    mixed = plan_memory(buffers, scratch, bound, quick=quick)
    rings, front = mixed.size, MemoryPlan({}, 0)
    if scratch:
        front = plan_memory([], scratch)
        rings = max(mixed.offsets[buffer.name] - buffer.lead + buffer.size for buffer in buffers)
    if front.size + rings >= mixed.size:
        return mixed
    offsets = {name: front.size + offset for name, offset in mixed.offsets.items()}
    return MemoryPlan(offsets, front.size + rings, front.scratch)


def _scratch_events(
    stage: Stage, number: int, call: KernelCall, events: Sequence[Event], image: str
) -> int:
    """When a stage's scratch is in use.

    Some kernels keep what they know of earlier rows in it, and first layers their filters; layers
    that fold their sums need it from the first row of each fold to the last.
    """
    times = [time for time, event in enumerate(events) if event.stage == number]
    length = stage.fold
    if call.keeps_scratch or (image in stage.needs and length == 1):
        length = len(times)
    return bits_of(zip(times[::length], times[length - 1 :: length], strict=True))


def _buffer(tensor: Tensor, ring: Ring, behind: int) -> RingBuffer:
    slots, extent = ring.slots, row_extent(tensor)
    alive = ring.alive
    first = (alive & -alive).bit_length() - 1
    size = tensor.lead + ring.capacity * extent + behind
    last = alive.bit_length() - 1
    return RingBuffer(ring.tensor, size, first, last, tensor.lead, tuple(slots), extent)


def row_extent(tensor: Tensor) -> int:
    """Values from one row of a tensor to the next."""
    return tensor.extent // tensor.map_shape[0]


def busiest(buffers: Sequence[RingBuffer], events: int) -> int:
    """A size that no plan can go below: all slots that are in use in the busiest event."""
    change = [0] * (events + 1)
    for buffer in buffers:
        use = [(span, buffer.extent) for slot in buffer.slots for span in spans_of(slot)]
        if buffer.lead:
            alive = reduce(or_, buffer.slots)
            use += [(span, buffer.lead) for span in spans_of(alive)]
        for (first, last), size in use:
            change[first] += size
            change[last + 1] -= size
    return max(accumulate(change))
