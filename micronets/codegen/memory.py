"""Places buffers in one array, so that no two that are in use at once overlap."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from micronets.codegen.schedule import Buffer, Scratch

_EXACT_UP_TO = 7
"""Buffers for which every order is tried; 7! = 5,040 orders take a fraction of a second."""

ALIGNMENT = 4
"""Scratch begins at multiples of this many bytes."""

_SHUFFLES = 400
"""Random orders that are tried where the simple ones miss the lower bound."""


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


def plan_memory(
    buffers: Sequence[Buffer], scratch: Sequence[Scratch] = (), bound: int | None = None
) -> MemoryPlan:
    """Places buffers, then scratch where it finds room.

    Args:
        buffers: What is held between steps.
        scratch: What a single step needs; it moves no buffer.
        bound: A size below which there is no plan; by default what is in use in the busiest step.

    Returns:
        The smallest plan found for the buffers; it cannot be smaller than what is in use in the
        busiest step. Scratch that finds no gap makes the array longer.
    """
    plan = _plan_buffers(buffers, lower_bound(buffers) if bound is None else bound)
    offsets: dict[str, int] = {}
    size = plan.size
    for item in scratch:
        taken = [
            (plan.offsets[buffer.name], plan.offsets[buffer.name] + buffer.size)
            for buffer in buffers
            if item.meets(buffer)
        ]
        taken += [
            (offsets[other.name], offsets[other.name] + other.size)
            for other in scratch
            if other.name in offsets and item.overlaps(other)
        ]
        offsets[item.name] = _lowest_gap(taken, item.size, ALIGNMENT)
        size = max(size, offsets[item.name] + item.size)
    starts = {buffer.name: plan.offsets[buffer.name] + buffer.lead for buffer in buffers}
    return MemoryPlan(starts, size, offsets)


def _plan_buffers(buffers: Sequence[Buffer], bound: int) -> MemoryPlan:
    """The offset of each buffer, its lead included; stops looking at a plan of size `bound`.

    A chain of layers gets the two buffers of ping-pong, one growing from either end of the array,
    so that their sum is the largest sum of two neighbours. Everything else tries orders, puts
    each buffer at the lowest free offset, and keeps the best.
    """
    best = _alternate_ends(buffers, bound)
    for order in _orders(buffers):
        if best is not None and best.size == bound:
            break
        plan = _first_fit(order)
        if best is None or plan.size < best.size:
            best = plan
    return best or MemoryPlan({}, 0)


def lower_bound(buffers: Sequence[Buffer]) -> int:
    """Values in use in the busiest step."""
    steps = {buffer.first for buffer in buffers}
    return max(
        (sum(b.size for b in buffers if b.first <= step <= b.last) for step in steps), default=0
    )


def _alternate_ends(buffers: Sequence[Buffer], size: int) -> MemoryPlan | None:
    """Ping-pong from both ends of the array, where each buffer meets only its neighbours."""
    ordered = sorted(buffers, key=lambda buffer: buffer.first)
    for first, second in itertools.combinations(range(len(ordered)), 2):
        if second - first > 1 and ordered[first].overlaps(ordered[second]):
            return None
    offsets = {
        buffer.name: 0 if number % 2 == 0 else size - buffer.size
        for number, buffer in enumerate(ordered)
    }
    return MemoryPlan(offsets, size)


def _orders(buffers: Sequence[Buffer]) -> Iterable[Sequence[Buffer]]:
    yield sorted(buffers, key=lambda b: (-b.size, b.first, b.name))
    yield sorted(buffers, key=lambda b: (b.first, -b.size, b.name))
    yield sorted(buffers, key=lambda b: (b.first - b.last, -b.size, b.name))
    yield sorted(buffers, key=lambda b: (-b.size * (b.last - b.first + 1), b.name))
    if len(buffers) <= _EXACT_UP_TO:
        yield from itertools.permutations(buffers)
        return
    order = sorted(buffers, key=lambda b: (-b.size, b.first, b.name))
    generator = random.Random(0)  # The same plan for the same net, always.
    for _ in range(_SHUFFLES):
        shuffled = list(order)
        generator.shuffle(shuffled)
        yield shuffled


def _first_fit(order: Sequence[Buffer]) -> MemoryPlan:
    """Each buffer at the lowest offset that no buffer in use at the same time covers."""
    offsets: dict[str, int] = {}
    placed: list[Buffer] = []
    for buffer in order:
        taken = [
            (offsets[other.name], offsets[other.name] + other.size)
            for other in placed
            if other.overlaps(buffer)
        ]
        offsets[buffer.name] = _lowest_gap(taken, buffer.size)
        placed.append(buffer)
    size = max((offsets[buffer.name] + buffer.size for buffer in placed), default=0)
    return MemoryPlan(offsets, size)


def _lowest_gap(taken: Sequence[tuple[int, int]], size: int, alignment: int = 1) -> int:
    """The lowest offset at which `size` values meet none of the intervals."""
    offset = 0
    for begin, end in sorted(taken):
        if offset + size <= begin:
            break
        offset = max(offset, -(-end // alignment) * alignment)
    return offset
