"""Places buffers in one array, so that no two that are in use at once overlap."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from micronets.codegen.schedule import Buffer, Scratch

_EXACT_UP_TO = 6
"""Buffers for which every order is tried."""

ALIGNMENT = 4
"""Scratch begins at multiples of this many bytes."""

_MOVES = 400
"""Buffers that are moved in the order where the simple ones miss the lower bound."""


_Distances = dict[str, dict[str, list[tuple[int, int]]]]


@dataclass(frozen=True)
class MemoryPlan:
    """Offsets in one array.

    Args:
        offsets: Of each buffer's first value behind its lead, by its name.
        size: Length of the array in values.
        scratch: Offsets of scratch, by the node that needs it.
    """

    offsets: Mapping[str, int]
    size: int
    scratch: Mapping[str, int] = field(default_factory=dict)

    def object_bytes(self, value_bytes: int, state: int = 0, lists: int = 0) -> int:
        """Bytes of a C++ object.

        Args:
            value_bytes: Bytes of a value of the array.
            state: Bytes of what follows it.
            lists: Bytes of the detector's lists behind that, aligned as scratch is.
        """
        size = self.size * value_bytes + state
        if lists:
            size += -size % ALIGNMENT + lists
        return size + -size % max(ALIGNMENT if self.scratch or lists else 1, value_bytes)


def plan_memory(
    buffers: Sequence[Buffer],
    scratch: Sequence[Scratch] = (),
    bound: int | None = None,
    *,
    quick: bool = False,
) -> MemoryPlan:
    """Places buffers, then scratch where it finds room.

    Args:
        buffers: What is held between steps.
        scratch: What a single step needs; it moves no buffer.
        bound: A size below which there is no plan; by default what is in use in the busiest step.
        quick: True to try simple orders only.

    Returns:
        The smallest plan found for the buffers; it cannot be smaller than what is in use in the
        busiest step. Scratch that finds no gap makes the array longer.
    """
    plan = _plan_buffers(buffers, lower_bound(buffers) if bound is None else bound, quick=quick)
    offsets: dict[str, int] = {}
    size = plan.size
    for item in scratch:
        taken = [
            (begin, begin + part.size)
            for buffer in buffers
            for part in buffer.parts
            if part.alive & item.alive
            for begin in [plan.offsets[buffer.name] + part.offset]
        ]
        taken += [
            (offsets[other.name], offsets[other.name] + other.size)
            for other in scratch
            if other.name in offsets and item.alive & other.alive
        ]
        offsets[item.name] = _lowest_gap(taken, item.size, ALIGNMENT)
        size = max(size, offsets[item.name] + item.size)
    starts = {buffer.name: plan.offsets[buffer.name] + buffer.lead for buffer in buffers}
    return MemoryPlan(starts, size, offsets)


def _plan_buffers(buffers: Sequence[Buffer], bound: int, *, quick: bool) -> MemoryPlan:
    """The offset of each buffer, its lead included; stops looking at a plan of size `bound`.

    A chain of layers gets the two buffers of ping-pong, one growing from either end of the array,
    so that their sum is the largest sum of two neighbours. Everything else tries orders, puts
    each buffer at the lowest free offset, and keeps the best.
    """
    distances = _distances(buffers)
    best = _alternate_ends(buffers, bound, distances)
    for order in _orders(buffers):
        plan = _first_fit(order, distances)
        if best is None or plan.size < best.size:
            best = plan
    assert best is not None  # There are orders of no buffers, too.
    if quick or best.size == bound:
        return best
    search = _exact if len(buffers) <= _EXACT_UP_TO else _improved
    return search(buffers, distances, best, bound)


def _exact(
    buffers: Sequence[Buffer], distances: _Distances, plan: MemoryPlan, bound: int
) -> MemoryPlan:
    """Tries every order, but no longer than it can become better than the best one so far."""
    best, offsets = plan, dict[str, int]()

    def place(rest: Sequence[Buffer], size: int) -> None:
        nonlocal best
        if not rest:
            best = MemoryPlan(dict(offsets), size)
        for buffer in rest:
            offset = _lowest(distances[buffer.name], offsets)
            larger = max(size, offset + buffer.size)
            if larger < best.size and best.size > bound:
                offsets[buffer.name] = offset
                place([other for other in rest if other is not buffer], larger)
                del offsets[buffer.name]

    place(buffers, 0)
    return best


def _improved(
    buffers: Sequence[Buffer], distances: _Distances, plan: MemoryPlan, bound: int
) -> MemoryPlan:
    """Places buffers anew in orders near the best one so far."""
    generator = random.Random(0)  # The same plan for the same net, always.
    order = sorted(buffers, key=lambda b: (plan.offsets[b.name], b.name))
    best = plan
    for _ in range(_MOVES):
        if best.size == bound:
            break
        moved = list(order)
        buffer = moved.pop(generator.randrange(len(moved)))
        moved.insert(generator.randrange(len(moved) + 1), buffer)
        attempt = _first_fit(moved, distances)
        if attempt.size <= best.size:
            best, order = attempt, moved
    return best


def _distances(buffers: Sequence[Buffer]) -> _Distances:
    """Where a buffer must not begin, counted from the begin of another: between two numbers.

    Two buffers whose parts are in use at different times may overlap; rows that are written where
    rows of another map are not needed any more make most of that.
    """
    distances: _Distances = {buffer.name: {} for buffer in buffers}
    for one, other in itertools.combinations(buffers, 2):
        between = _merged(
            (a.offset - b.offset - b.size, a.offset + a.size - b.offset)
            for a in one.parts
            for b in other.parts
            if a.alive & b.alive
        )
        if between:
            distances[other.name][one.name] = between
            distances[one.name][other.name] = [(-end, -begin) for begin, end in between]
    return distances


def _merged(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Open intervals as few as possible."""
    result: list[tuple[int, int]] = []
    for begin, end in sorted(intervals):
        if result and begin < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return result


def lower_bound(buffers: Sequence[Buffer]) -> int:
    """Values in use in the busiest step."""
    steps = {buffer.first for buffer in buffers}
    return max(
        (sum(b.size for b in buffers if b.first <= step <= b.last) for step in steps), default=0
    )


def _alternate_ends(
    buffers: Sequence[Buffer], size: int, distances: _Distances
) -> MemoryPlan | None:
    """Ping-pong from both ends of the array, where each buffer meets only its neighbours."""
    ordered = sorted(buffers, key=lambda buffer: buffer.first)
    for first, second in itertools.combinations(range(len(ordered)), 2):
        one, other = ordered[first], ordered[second]
        meets = other.name in distances[one.name]
        if meets and (second - first > 1 or one.size + other.size > size):
            return None
    offsets = {
        buffer.name: 0 if number % 2 == 0 else size - buffer.size
        for number, buffer in enumerate(ordered)
    }
    return MemoryPlan(offsets, size)


def _orders(buffers: Sequence[Buffer]) -> Iterable[Sequence[Buffer]]:
    yield sorted(buffers, key=lambda b: (-b.size, b.first, b.name))
    # A map that is written over another one begins below it, so it is placed first.
    yield sorted(buffers, key=lambda b: (-b.size, -b.first, b.name))
    yield sorted(buffers, key=lambda b: (-b.first, -b.size, b.name))
    yield sorted(buffers, key=lambda b: (b.first, -b.size, b.name))
    yield sorted(buffers, key=lambda b: (b.first - b.last, -b.size, b.name))
    yield sorted(buffers, key=lambda b: (-b.size * (b.last - b.first + 1), b.name))


def _first_fit(order: Sequence[Buffer], distances: _Distances) -> MemoryPlan:
    """Each buffer at the lowest offset where nothing of it meets what is in use with it."""
    offsets: dict[str, int] = {}
    size = 0
    for buffer in order:
        offset = _lowest(distances[buffer.name], offsets)
        offsets[buffer.name] = offset
        size = max(size, offset + buffer.size)
    return MemoryPlan(offsets, size)


def _lowest(distances: Mapping[str, Sequence[tuple[int, int]]], offsets: Mapping[str, int]) -> int:
    """The lowest offset that keeps a buffer's distances to those that have been placed."""
    taken = sorted(
        (offsets[other] + begin, offsets[other] + end)
        for other, between in distances.items()
        if other in offsets
        for begin, end in between
    )
    offset = 0
    for begin, end in taken:
        if begin < offset < end:
            offset = end
        elif begin >= offset:
            break
    return offset


def _lowest_gap(taken: Sequence[tuple[int, int]], size: int, alignment: int = 1) -> int:
    """The lowest offset at which `size` values meet none of the intervals."""
    offset = 0
    for begin, end in sorted(taken):
        if offset + size <= begin:
            break
        offset = max(offset, -(-end // alignment) * alignment)
    return offset
