"""Which schedule a net gets: the one that is asked for, or the fastest that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from micronets.codegen.memory import MemoryPlan, plan_memory
from micronets.codegen.ops.detect_head import held_bytes
from micronets.codegen.partition import Partitions
from micronets.codegen.picture import schedule_picture, stream_picture
from micronets.codegen.schedule import Schedule
from micronets.codegen.stream import Stream, make_stream
from micronets.errors import RamBudgetError

_ALL_UP_TO = 5
"""Steps of nets of which every partition is planned; there are up to 81."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A schedule with its memory.

    Args:
        schedule: The steps.
        plan: Where everything lies.
        stream: How rows ripple; None where whole maps are computed one after the other.
        reason: Why this schedule.
    """

    schedule: Schedule
    plan: MemoryPlan
    stream: Stream | None
    reason: str

    @property
    def ram(self) -> int:
        """Bytes of the C++ object."""
        if self.stream is not None:
            return self.stream.ram
        graph = self.schedule.graph
        return self.plan.object_bytes(graph.value_bytes, lists=held_bytes(graph))

    @property
    def summary(self) -> str:
        """What was chosen and why; nothing where there was nothing to choose."""
        if self.stream is None:
            return self.reason
        count = len(self.stream.segments)
        segments = "one segment" if count == 1 else f"{count} segments"
        return f"{self.reason}: {segments}; print(export.choice) draws them"

    def __str__(self) -> str:
        picture = (
            schedule_picture(self.schedule, self.plan)
            if self.stream is None
            else stream_picture(self.stream)
        )
        return f"{self.reason}\n{picture}".lstrip()


def choose(schedule: Schedule, memory: str | None, ram_budget: int | None = None) -> Choice:
    """Plans the memory of a net.

    Args:
        schedule: The steps of the net.
        memory: "pingpong" for whole maps, "stream" for rows; None for whole maps or, where these
            are larger than `ram_budget`, rows.
        ram_budget: Bytes that the C++ object may take; the fastest schedule that fits is taken.
            Without one a stream is as small as it can be.

    Raises:
        RamBudgetError: No schedule fits.
    """
    if ram_budget is None:
        return smallest_stream(schedule) if memory == "stream" else ping_pong(schedule)
    whole = ping_pong(schedule)
    if memory != "stream" and whole.ram <= ram_budget:
        reason = f"whole maps, which fit into {ram_budget:,} B and are fastest"
        return Choice(schedule, whole.plan, None, reason)
    smallest = whole
    if memory != "pingpong":
        streams = list[Stream]()
        for stream in _by_speed(schedule):
            if stream.ram <= ram_budget:
                return _chosen(stream, f"rows, the fastest way that fits into {ram_budget:,} B")
            streams.append(stream)
        smallest = _smallest(streams)
    held = "whole maps" if smallest.stream is None else "as few rows as possible"
    dtype = "int8" if schedule.graph.is_int8 else "float32"
    raise RamBudgetError(
        f"model {schedule.graph.name!r} takes {smallest.ram:,} B of RAM when it holds {held} in "
        f"{dtype}: {smallest.ram - ram_budget:,} B more than ram_budget={ram_budget:,}."
    )


def ping_pong(schedule: Schedule) -> Choice:
    """Each map as a whole."""
    plan = plan_memory(schedule.buffers, schedule.scratch)
    return Choice(schedule, plan, None, "")


def smallest_stream(schedule: Schedule) -> Choice:
    """The partition that takes the least RAM; the faster of two that take the same."""
    return _smallest(_by_speed(schedule))


def _smallest(streams: Iterable[Stream]) -> Choice:
    return _chosen(min(streams, key=lambda stream: stream.ram), "rows in the least RAM")


def _by_speed(schedule: Schedule) -> Iterator[Stream]:
    """Streams from the fastest on, each with less RAM than the one before but for what is lost
    between buffers; of nets of a few steps all."""
    partitions = Partitions(schedule)
    ways = partitions.by_speed()
    if len(schedule.steps) <= _ALL_UP_TO:
        ways = iter(sorted(partitions.all(), key=partitions.preparation))
    return (make_stream(schedule, way) for way in ways)


def _chosen(stream: Stream, reason: str) -> Choice:
    return Choice(stream.schedule, stream.plan, stream, reason)
