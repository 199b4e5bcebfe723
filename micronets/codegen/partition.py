"""Which steps of a net run together row by row: the partition that is fastest, or smallest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from micronets.codegen.ops.detect_head import kept_outputs
from micronets.codegen.rings import rings_of
from micronets.codegen.ripple import run_order
from micronets.codegen.schedule import Schedule
from micronets.codegen.stages import Segment, fold_segments, homes_of, stages_of
from micronets.codegen.stream import (
    RingBuffer,
    StageScratch,
    busiest,
    plan_rings,
    ring_buffers,
    scratch_of,
)

Partition = tuple[Segment, ...]

_Demand = tuple[list[RingBuffer], list[StageScratch], int]
"""The rings and the scratch of a segment, and how many events it has."""


class Partitions:
    """All ways to cut a net into segments.

    A segment's memory depends on nothing but its own steps: its rings, and the maps that lie
    before, behind and beside it. So the best partition is a shortest path through the cuts, over
    the segments that fit. What a segment needs is first taken to be what lies beside it, which is
    little work to know; when a best path leads over it, what is in use in its busiest event; and
    when a path still does, it is planned.

    Args:
        schedule: The steps.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._homes = homes_of(schedule)
        self._first, self._last = _lifetimes(schedule, self._homes)
        count = len(schedule.steps)
        ranges = [Segment(first, last) for first in range(count) for last in range(first, count)]
        whole = [Segment(step, step, True) for step in range(1, count) if self._runs_whole(step)]
        lying = [self._lying(cut) for cut in range(count + 1)]
        self._sizes = {
            segment: max(lying[segment.first], lying[segment.last + 1])
            for segment in (*ranges, *whole)
        }
        self._times = {segment: self._preparation(segment) for segment in self._sizes}
        self._demands: dict[Segment, _Demand] = {}
        self._planned: set[Segment] = set()

    @property
    def segments(self) -> Collection[Segment]:
        """Every possible segment."""
        return self._sizes.keys()

    def fastest(self, limit: int | None = None) -> Partition | None:
        """The partition that prepares least among those whose segments need up to `limit` values;
        None where a segment needs more in all of them."""
        while True:
            found = self._path(limit)
            estimated = [segment for segment in found or () if segment not in self._planned]
            for segment in estimated:
                self._refine(segment, limit)
            if not estimated:
                return found

    def _refine(self, segment: Segment, limit: int | None) -> None:
        """Learn more of what a segment needs: what its busiest event has, then its plan."""
        if segment not in self._demands:
            self._demands[segment] = self._demand(segment)
            buffers, _, events = self._demands[segment]
            self._sizes[segment] = max(self._sizes[segment], busiest(buffers, events))
            if limit is not None and self._sizes[segment] > limit:
                return
        buffers, scratch, events = self._demands[segment]
        self._sizes[segment] = plan_rings(buffers, scratch, events, quick=True).size
        self._planned.add(segment)

    def by_speed(self, limit: int | None = None) -> Iterator[Partition]:
        """The fastest partition, then the fastest of those whose largest segment is smaller."""
        found = self.fastest(limit)
        while found is not None:
            yield found
            found = self.fastest(max((self._sizes[segment] for segment in found), default=0) - 1)

    def all(self) -> Iterator[Partition]:
        """Every partition; for each step more there are two to three times as many."""
        count = len(self._schedule.steps)

        def extend(partition: Partition, end: int) -> Iterator[Partition]:
            if end == count:
                yield partition
            for segment in self._sizes:
                if segment.first == end:
                    yield from extend((*partition, segment), segment.last + 1)

        return extend((), 0)

    def preparation(self, partition: Partition) -> int:
        """About how many instructions kernels spend before they multiply (Cortex-M4).

        What a kernel prepares for a map, it prepares for every row where it runs row by row.
        """
        return sum(self._times[segment] for segment in partition)

    def _preparation(self, segment: Segment) -> int:
        steps = [self._schedule.steps[number] for number in segment.steps]
        return sum(
            (1 if segment.whole else step.node.output.map_shape[0])
            * (_PER_CALL + _PER_CHANNEL * step.node.output.map_shape[-1])
            for step in steps
        )

    def _path(self, limit: int | None) -> Partition | None:
        """The shortest way through the cuts, over what segments are known to need."""
        best: list[tuple[int, Partition] | None] = [(0, ())]
        by_end: dict[int, list[Segment]] = {}
        for segment, size in self._sizes.items():
            if limit is None or size <= limit:
                by_end.setdefault(segment.last + 1, []).append(segment)
        for end in range(1, len(self._schedule.steps) + 1):
            ways = [
                (way[0] + self._times[segment], (*way[1], segment))
                for segment in by_end.get(end, [])
                for way in [best[segment.first]]
                if way is not None
            ]
            best.append(min(ways, key=lambda way: (way[0], len(way[1])), default=None))
        return None if best[-1] is None else best[-1][1]

    def _runs_whole(self, number: int) -> bool:
        """The image is there row by row only."""
        names = self._schedule.steps[number].node.inputs
        return all(self._homes[name] != self._schedule.graph.input.name for name in names)

    def _lying(self, cut: int) -> int:
        """What lies there whole between two steps; the image is never whole."""
        graph = self._schedule.graph
        return sum(
            graph.tensor(name).extent
            for name in self._first
            if self._first[name] < cut <= self._last[name] and name != graph.input.name
        )

    def _demand(self, segment: Segment) -> _Demand:
        graph, steps = self._schedule.graph, self._schedule.steps
        schedule = fold_segments(self._schedule, self._homes, [segment])
        stages = stages_of(schedule, self._homes, [segment])
        image, height = graph.input.name, graph.input.map_shape[0]
        read = {self._homes[name] for number in segment.steps for name in steps[number].node.inputs}
        pushed = image if segment.first == 0 else None
        present = {
            name: graph.tensor(name).map_shape[0]
            for name in read | {name for name in self._first if self._last[name] > segment.last}
            if self._first[name] < segment.first and name != pushed
        }
        events = run_order(stages, image, height if pushed else 0, present)
        stay = [name for name in self._first if self._last[name] > segment.last]
        rings = rings_of(stages, events, image, stay, present)
        scratch = scratch_of(schedule, segment.steps, stages, events)
        return ring_buffers(schedule, self._homes, rings), scratch, len(events)


_PER_CALL, _PER_CHANNEL = 150, 20
"""Measured on a Cortex-M4 with nets of the zoo, int8, and rounded."""


def _lifetimes(
    schedule: Schedule, homes: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, int]]:
    """The step that writes each tensor, and the last one that reads it; -1 writes the image."""
    first = {schedule.graph.input.name: -1}
    last = {schedule.graph.input.name: -1}
    for number, step in enumerate(schedule.steps):
        first[step.node.name] = last[step.node.name] = number
        for name in step.node.inputs:
            last[homes[name]] = number
    for name in kept_outputs(schedule.graph):
        last[homes[name]] = len(schedule.steps)
    return first, last
