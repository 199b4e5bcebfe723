"""Which rows a net holds while it streams, and what there is to see in that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """Something to see, at an event."""

    event: int
    words: str


def held_rows(stream: Stream) -> list[HeldRow]:
    """Every row of every tensor during one inference, in the order in which they are written."""
    schedule = stream.schedule
    writes: dict[tuple[str, int], list[int]] = {}
    last: dict[tuple[str, int], int] = {}
    for time, event in enumerate(stream.events):
        written = schedule.graph.input.name, event.row
        if event.stage >= 0:
            stage = stream.stages[event.stage]
            last.update((read, time) for read in rows_read(stream, event))
            written = stage.target, event.row // stage.fold
        writes.setdefault(written, []).append(time)
        last[written] = time
    outputs = {schedule.homes[name] for name in schedule.graph.outputs}
    last.update((key, len(stream.events) - 1) for key in writes if key[0] in outputs)
    return [
        HeldRow(name, row, row % stream.rings[name].capacity, tuple(times), last[name, row])
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


def set_off(stream: Stream, end: int) -> dict[int, int]:
    """The events before `end` in which a row of the image comes, and the event behind what each
    of them sets off."""
    pushes = [time for time, event in enumerate(stream.events[:end]) if event.stage < 0]
    return dict(zip(pushes, [*pushes[1:], end], strict=True))


def remarks_on(stream: Stream, rows: Sequence[HeldRow], end: int) -> list[Remark]:
    """What there is to see in these rows before event `end`, from left to right."""
    image = stream.schedule.graph.input.name
    found = [
        *_first_window(stream, rows, image),
        *_first_ripple(stream, end),
        *_first_sharing(stream, rows, image),
        *_first_round(rows, image),
        *_first_fold(stream, rows),
    ]
    return sorted(found, key=lambda remark: remark.event)


def _first_window(stream: Stream, rows: Sequence[HeldRow], image: str) -> Iterator[Remark]:
    for row in rows:
        if row.tensor != image:
            count = len(rows_read(stream, stream.events[row.first]))
            yield Remark(
                row.first,
                f"{count} rows of the image complete a window of {row.tensor}, which computes a "
                "row. They are used up: the next rows take their slots.",
            )
            return


def _first_ripple(stream: Stream, end: int) -> Iterator[Remark]:
    for push, after in set_off(stream, end).items():
        if after - push > 3:
            yield Remark(
                push,
                f"Row {stream.events[push].row} sets off {after - push - 1} kernel calls: what is "
                "new runs down as far as it can before the next row comes.",
            )
            return


def _first_sharing(stream: Stream, rows: Sequence[HeldRow], image: str) -> Iterator[Remark]:
    taken = _bytes(stream, image)
    for row in rows:
        own = _bytes(stream, row.tensor)
        if row.tensor != image and max(own[0], taken[0]) < min(own[1], taken[1]):
            yield Remark(
                row.first,
                f"While {row.tensor} is in use no row of the image is, so both lie in the same "
                "bytes.",
            )
            return


def _bytes(stream: Stream, tensor: str) -> tuple[int, int]:
    """Where a ring lies in the net's array."""
    graph, begin = stream.schedule.graph, stream.plan.offsets[tensor]
    return begin, begin + stream.rings[tensor].capacity * row_extent(graph.tensor(tensor))


def _first_round(rows: Sequence[HeldRow], image: str) -> Iterator[Remark]:
    for row in rows:
        if row.tensor != image and row.row != row.slot:
            yield Remark(
                row.first,
                f"Row {row.row} of {row.tensor} takes the slot of row {row.slot}, which nobody "
                "will read again: the slots are a ring.",
            )
            return


def _first_fold(stream: Stream, rows: Sequence[HeldRow]) -> Iterator[Remark]:
    for row in rows:
        if row.tensor in folding(stream):
            yield Remark(
                row.first,
                f"{row.tensor} holds no rows of its window, only their result so far, into which "
                "each new one is folded.",
            )
            return
