"""Which rows a net holds while it streams, and what there is to see in that."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from micronets.codegen.ripple import Event
from micronets.codegen.stream import Stream, row_extent


@dataclass(frozen=True)
class HeldRow:
    """A row of a tensor, in a slot of its ring.

    Args:
        tensor: Its name.
        row: Its number.
        slot: Of the ring.
        writes: The events that write it: one, but for rows that others are folded into.
        last: The last event that needs it.
    """

    tensor: str
    row: int
    slot: int
    writes: tuple[int, ...]
    last: int

    @property
    def first(self) -> int:
        """The event that writes it first."""
        return self.writes[0]


@dataclass(frozen=True)
class Remark:
    """Something to see, at an event, about a subject."""

    subject: str
    event: int
    words: str


def held_rows(stream: Stream) -> list[HeldRow]:
    """Every row of every tensor during one inference, in the order in which they are written."""
    image = stream.schedule.graph.input.name
    writes: dict[tuple[str, int], list[int]] = {}
    for time, event in enumerate(stream.events):
        if event.stage < 0:
            writes[image, event.row] = [time]
            continue
        stage = stream.stages[event.stage]
        for row in stage.written(event.row):
            writes.setdefault((stage.target, row), []).append(time)
    rings = stream.rings
    return [
        HeldRow(name, row, row % rings[name].capacity, tuple(times), rings[name].spans[row][1])
        for (name, row), times in writes.items()
    ]


def rows_read(stream: Stream, event: Event) -> list[tuple[str, int]]:
    """The tensors and rows that a kernel call reads."""
    return [
        (name, row)
        for name, need in stream.stages[event.stage].needs.items()
        for row in range(need.first(event.row), need.count(event.row))
    ]


def folding(stream: Stream) -> set[str]:
    """Tensors into whose rows others are folded."""
    return {stage.target for stage in stream.stages if stage.fold > 1}


def set_off(stream: Stream) -> dict[int, int]:
    """The events in which a row of the image comes, and the event behind what each sets off."""
    pushes = [time for time, event in enumerate(stream.events) if event.stage < 0]
    return dict(zip(pushes, [*pushes[1:], len(stream.events)], strict=True))


def remarks_on(stream: Stream, rows: Sequence[HeldRow], shown: Container[int]) -> list[Remark]:
    """What there is to see in these rows at the events that are shown, from left to right."""
    image = stream.schedule.graph.input.name
    found = [
        *_windows(stream, rows, image),
        *_ripples(stream),
        *_sharing(stream, rows, image),
        *_rounds(rows, image),
        *_folds(stream, rows),
        *_whole_maps(stream),
    ]
    seen = [remark for remark in found if remark.event in shown]
    first = {remark.subject: remark for remark in reversed(seen)}
    return sorted(first.values(), key=lambda remark: remark.event)


def _windows(stream: Stream, rows: Sequence[HeldRow], image: str) -> Iterator[Remark]:
    for row in rows:
        if row.tensor != image:
            count = len(rows_read(stream, stream.events[row.first]))
            words = f"{count} rows of the image complete a window of {row.tensor}, which computes "
            words += "a row. They are used up: the next rows take their slots."
            yield Remark("window", row.first, words)


def _ripples(stream: Stream) -> Iterator[Remark]:
    for push, after in set_off(stream).items():
        if after - push > 3:
            words = f"Row {stream.events[push].row} sets off {after - push - 1} kernel calls: what "
            words += "is new runs down as far as it can before the next row comes."
            yield Remark("ripple", push, words)


def _sharing(stream: Stream, rows: Sequence[HeldRow], image: str) -> Iterator[Remark]:
    first, last = _bytes(stream, image)
    for row in rows:
        begin, end = _bytes(stream, row.tensor)
        if row.tensor != image and begin < last and first < end:
            words = f"{row.tensor} lies in bytes of the image's rows, which are used up by then."
            yield Remark("sharing", row.first, words)


def _bytes(stream: Stream, tensor: str) -> tuple[int, int]:
    """Where a ring lies in the net's array."""
    graph, begin = stream.schedule.graph, stream.plan.offsets[tensor]
    return begin, begin + stream.rings[tensor].capacity * row_extent(graph.tensor(tensor))


def _rounds(rows: Sequence[HeldRow], image: str) -> Iterator[Remark]:
    for row in rows:
        if row.tensor != image and row.row != row.slot:
            words = f"Row {row.row} of {row.tensor} takes the slot of a row that nobody will read "
            words += "again: the slots are a ring."
            yield Remark("round", row.first, words)


def _folds(stream: Stream, rows: Sequence[HeldRow]) -> Iterator[Remark]:
    for row in rows:
        if row.tensor in folding(stream):
            words = f"{row.tensor} holds no rows of its window, only their result so far, into "
            words += "which each new one is folded."
            yield Remark("fold", row.first, words)


def _whole_maps(stream: Stream) -> Iterator[Remark]:
    for time, event in enumerate(stream.events):
        if event.stage >= 0 and stream.stages[event.stage].whole > 1:
            words = (
                "From here on whole maps: the first of them is small, and the rows above it are "
            )
            words += "used up, so that their bytes are free."
            yield Remark("maps", time, words)
