"""Places buffers in one array, so that no two that are in use at once overlap."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from micronets.codegen.schedule import Buffer

_EXACT_UP_TO = 7
"""Buffers for which every order is tried; 7! = 5,040 orders take a fraction of a second."""

_SHUFFLES = 400
"""Random orders that are tried where the simple ones miss the lower bound."""


@dataclass(frozen=True)
class MemoryPlan:
    """Offsets of buffers in one array.

    Args:
        offsets: In values, by the name of the buffer.
        size: Length of the array in values.
    """

    offsets: Mapping[str, int]
    size: int


def plan_memory(buffers: Sequence[Buffer]) -> MemoryPlan:
    """The smallest plan found; it cannot be smaller than what is in use in the busiest step.

    A chain of layers gets the two buffers of ping-pong, one growing from either end of the array,
    so that their sum is the largest sum of two neighbours. Everything else tries orders, puts
    each buffer at the lowest free offset, and keeps the best.
    """
    bound = lower_bound(buffers)
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
        taken = sorted(
            (offsets[other.name], offsets[other.name] + other.size)
            for other in placed
            if other.overlaps(buffer)
        )
        offset = 0
        for begin, end in taken:
            if offset + buffer.size <= begin:
                break
            offset = max(offset, end)
        offsets[buffer.name] = offset
        placed.append(buffer)
    size = max((offsets[buffer.name] + buffer.size for buffer in placed), default=0)
    return MemoryPlan(offsets, size)
