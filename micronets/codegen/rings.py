"""How many rows of each tensor a streamed net holds, and when it needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from micronets.codegen.ripple import Event, Stage


@dataclass(frozen=True)
class Ring:
    """The rows of a tensor that are held; row y lies in slot `y % capacity`.

    Args:
        tensor: Its name.
        capacity: How many rows.
        alive: The events during which any row of it is needed, as bits of an integer.
    """

    tensor: str
    capacity: int
    alive: int


def rings_of(
    stages: Sequence[Stage],
    events: Sequence[Event],
    source: str,
    outputs: Sequence[str],
) -> dict[str, Ring]:
    """The smallest rings with which `events` can happen in their order.

    Args:
        stages: The stages of the net.
        events: What happens, from `run_order`.
        source: The tensor whose rows the caller pushes, when nothing else happens.
        outputs: Tensors that must be whole at the end, and stay.
    """
    spans = _row_spans(stages, events, source)
    last = len(events) - 1
    rings = {}
    for name, read_rows in spans.items():
        rows = read_rows
        if name in outputs:
            rows = {y: (first, last) for y, (first, _) in read_rows.items()}
        alive = 0
        for first, read in rows.values():
            alive |= _mask(first, read)
        rings[name] = Ring(name, _capacity(rows), alive)
    return rings


def _row_spans(
    stages: Sequence[Stage], events: Sequence[Event], source: str
) -> dict[str, dict[int, tuple[int, int]]]:
    """For each row of each tensor the events that write it first and read it last."""
    spans: dict[str, dict[int, tuple[int, int]]] = {source: {}}
    for time, event in enumerate(events):
        if event.stage < 0:
            spans[source][event.row] = (time, time)
            continue
        stage = stages[event.stage]
        for name, need in stage.needs.items():
            for row in range(need.first(event.row), need.count(event.row)):
                spans[name][row] = (spans[name][row][0], time)
        rows = spans.setdefault(stage.target, {})
        row, run = divmod(event.row, stage.fold)
        if stage.apart and run < stage.fold - 1:
            continue
        rows[row] = (rows.get(row, (time, time))[0], time)
    return spans


def _capacity(rows: Mapping[int, tuple[int, int]]) -> int:
    """Slots with which no row is overwritten before it was read."""
    capacity = 1
    by_start = sorted(rows.items(), key=lambda item: item[1])
    for row, (first, _) in by_start:
        for other, (start, read) in rows.items():
            if start <= first <= read:
                capacity = max(capacity, abs(row - other) + 1)
    return capacity


def _mask(first: int, last: int) -> int:
    return (1 << (last + 1)) - (1 << first)
