"""How many rows of each tensor a streamed net holds, and when it needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from micronets.codegen.ripple import Event, Stage

Span = tuple[int, int]
"""The first and the last of the events during which something is in use."""


@dataclass(frozen=True)
class Ring:
    """The rows of a tensor that are held; row y lies in slot `y % capacity`.

    Args:
        tensor: Its name.
        capacity: How many rows.
        spans: When each row is in use: from the event that begins to write it to the last one
            that reads it.
    """

    tensor: str
    capacity: int
    spans: Mapping[int, Span]

    @property
    def alive(self) -> int:
        """The events during which any row of it is needed, as bits of an integer."""
        return bits_of(self.spans.values())

    @property
    def slots(self) -> list[int]:
        """The events during which each slot is in use, as bits."""
        slots = [0] * self.capacity
        for row, span in self.spans.items():
            slots[row % self.capacity] |= bits_of([span])
        return slots


def bits_of(spans: Iterable[Span]) -> int:
    """The events of all spans, as bits."""
    bits = 0
    for first, last in spans:
        bits |= (1 << (last + 1)) - (1 << first)
    return bits


def spans_of(bits: int) -> Iterator[Span]:
    """Runs of events that are set."""
    offset = 0
    while bits:
        start = (bits & -bits).bit_length() - 1
        bits >>= start
        length = (~bits & (bits + 1)).bit_length() - 1
        yield offset + start, offset + start + length - 1
        bits >>= length
        offset += start + length


def rings_of(
    stages: Sequence[Stage],
    events: Sequence[Event],
    source: str,
    outputs: Sequence[str],
    present: Mapping[str, int] | None = None,
) -> dict[str, Ring]:
    """The smallest rings with which `events` can happen in their order.

    Args:
        stages: The stages of the net.
        events: What happens, from `run_order`.
        source: The tensor whose rows the caller pushes, when nothing else happens.
        outputs: Tensors that must be whole at the end, and stay.
        present: The heights of tensors that are there before the first event.
    """
    last = len(events) - 1
    rings = {}
    for name, read_rows in _row_spans(stages, events, source, present or {}).items():
        rows = read_rows
        if name in outputs:
            rows = {y: (first, last) for y, (first, _) in read_rows.items()}
        rings[name] = Ring(name, _capacity(rows), rows)
    return rings


def _row_spans(
    stages: Sequence[Stage], events: Sequence[Event], source: str, present: Mapping[str, int]
) -> dict[str, dict[int, Span]]:
    """For each row of each tensor the events that write it first and read it last."""
    begins = {name: dict.fromkeys(range(height), 0) for name, height in present.items()}
    # Many rows are read at once and many times, so their last reads are set by slices.
    ends = {name: [0] * height for name, height in present.items()}
    ends |= {stage.target: [0] * (stage.whole or stage.rows // stage.fold) for stage in stages}
    ends.setdefault(source, [0] * sum(event.stage < 0 for event in events))
    for time, event in enumerate(events):
        if event.stage < 0:
            begins.setdefault(source, {})[event.row] = ends[source][event.row] = time
            continue
        stage = stages[event.stage]
        for name, need in stage.needs.items():
            first, count = need.first(event.row), need.count(event.row)
            if first < count:
                ends[name][first:count] = [time] * (count - first)
        rows = begins.setdefault(stage.target, {})
        for row in stage.written(event.row):
            rows.setdefault(row, time)
            ends[stage.target][row] = time
    return {
        name: {row: (begin, ends[name][row]) for row, begin in rows.items()}
        for name, rows in begins.items()
    }


def _capacity(rows: Mapping[int, Span]) -> int:
    """Slots with which no row is overwritten before it was read: rows that are in use at once must
    not lie so far apart that they meet in a slot."""
    ends = sorted((last, row) for row, (_, last) in rows.items())
    begins = sorted((first, row) for row, (first, _) in rows.items())
    capacity, over, alive = 1, 0, set[int]()
    for first, row in begins:
        while ends[over][0] < first:
            alive.discard(ends[over][1])
            over += 1
        alive.add(row)
        capacity = max(capacity, max(alive) - row + 1, row - min(alive) + 1)
    return capacity
