"""docs/ripple.svg: how the rows of an image ripple through a net, from its schedule."""

from __future__ import annotations

from collections.abc import Sequence

from micronets.bench.held_rows import (
    HeldRow,
    Remark,
    folding,
    held_rows,
    remarks_on,
    rows_read,
    set_off,
)
from micronets.bench.svg import Drawing
from micronets.codegen.ripple import Event
from micronets.codegen.stream import Stream, row_extent

_COLORS = {
    "slot": ("#e3e8ed", "#262d36"),
    "band": ("#eaf2fb", "#14243a"),
    "image": ("#d9480f", "#f08c3a"),
    "image_held": ("#ffd8b5", "#6b3d17"),
    "layer": ("#1864ab", "#4d9fe8"),
    "layer_held": ("#b3d5f5", "#235688"),
    "fold": ("#2b7a3d", "#4bb568"),
    "fold_held": ("#bfe6c5", "#245c36"),
}
_COLUMN, _SLOT, _GAP = 16.0, 16.0, 16.0
_LEFT, _TOP, _RIGHT, _BEYOND = 164.0, 122.0, 28.0, 8.0
_LINE = 20.0
_HOW_TO_READ = (
    "Each column is one event: a row of the image comes in, or a kernel call reads rows and "
    "writes one."
)


def draw_ripple(stream: Stream, title: str, pushes: int, notes: Sequence[str] = ()) -> Drawing:
    """Draws what the first rows of an image set off: events from left to right, tensors from top
    to bottom, each row from the event that writes it to the last one that reads it.

    Args:
        stream: The net.
        title: Above the drawing.
        pushes: How many rows of the image.
        notes: Lines of text below.
    """
    end = _shown(stream, pushes)
    rows = [row for row in held_rows(stream) if row.first < end]
    tops = _lanes(stream, [row.tensor for row in rows])
    bottom = max(tops[name] + _SLOT * stream.rings[name].capacity for name in tops)
    remarks = remarks_on(stream, rows, end)
    height = bottom + 34 + _LINE * (len(remarks) + len(notes)) + _GAP / 2
    drawing = Drawing(
        (_x(end) + _RIGHT, height),
        title,
        " ".join([_HOW_TO_READ, *(remark.words for remark in remarks), *notes]),
        _COLORS,
    )
    _draw_head(drawing, title, end)
    _draw_pushes(drawing, stream, end, bottom)
    _draw_lanes(drawing, stream, tops, end)
    for row in rows:
        _draw_row(drawing, row, tops[row.tensor], end, _kind(stream, row.tensor))
    _draw_reads(drawing, stream, rows, tops, end)
    _draw_captions(drawing, remarks, notes, bottom)
    return drawing


def _shown(stream: Stream, pushes: int) -> int:
    """The event behind the last one that the first rows of the image set off."""
    after = [n for n, event in enumerate(stream.events) if event == Event(-1, pushes)]
    return after[0] if after else len(stream.events)


def _lanes(stream: Stream, written: Sequence[str]) -> dict[str, float]:
    """The upper edge of each tensor's ring, the image first."""
    targets = [stage.target for stage in stream.stages if stage.target in written]
    tops, y = {}, _TOP
    for name in dict.fromkeys([stream.schedule.graph.input.name, *targets]):
        tops[name] = y
        y += stream.rings[name].capacity * _SLOT + _GAP
    return tops


def _kind(stream: Stream, tensor: str) -> str:
    """The color of a tensor's rows."""
    if tensor == stream.schedule.graph.input.name:
        return "image"
    return "fold" if tensor in folding(stream) else "layer"


def _x(event: int) -> float:
    return _LEFT + event * _COLUMN


def _draw_head(drawing: Drawing, title: str, end: int) -> None:
    """The title, and how to read what is below."""
    drawing.text((24, 34), title, size=17, bold=True)
    drawing.text((24, 56), _HOW_TO_READ, color="muted")
    x, y = _x(end) - 254, 22
    for kind in ("image", "layer", "fold"):
        drawing.rect((x, y), (_COLUMN - 1, _SLOT - 2), kind, radius=2)
        x += _COLUMN
    drawing.text((x + 4, y + 11), "written", size=11)
    for kind in ("image_held", "layer_held", "fold_held"):
        drawing.rect((x + 62, y), (_COLUMN, _SLOT - 2), kind)
        x += _COLUMN
    drawing.text((x + 66, y + 11), "held", size=11)
    drawing.dot((x + 112, y + 7), 2.5, "ink")
    drawing.text((x + 120, y + 11), "read", size=11)


def _draw_pushes(drawing: Drawing, stream: Stream, end: int, bottom: float) -> None:
    """A band behind what a row of the image sets off, with its number."""
    drawing.text((_LEFT - 12, _TOP - 9), "set off by row", size=11, color="image", anchor="end")
    for push, after in set_off(stream, end).items():
        if after - push == 1:
            continue
        width = (after - push) * _COLUMN
        drawing.rect((_x(push), _TOP - 24), (width - 1, bottom - _TOP + 32), "band", radius=4)
        drawing.text(
            (_x(push) + width / 2, _TOP - 9),
            str(stream.events[push].row),
            size=11,
            color="image",
            anchor="middle",
            bold=True,
        )


def _draw_lanes(drawing: Drawing, stream: Stream, tops: dict[str, float], end: int) -> None:
    """Names on the left, and a strip for each slot."""
    graph = stream.schedule.graph
    for name, top in tops.items():
        tensor, ring = graph.tensor(name), stream.rings[name]
        size = ring.capacity * row_extent(tensor) * graph.value_bytes
        height = tensor.map_shape[0]
        rows = "1 row" if height == 1 else f"{ring.capacity} of {height} rows"
        middle = top + ring.capacity * _SLOT / 2
        drawing.text((_LEFT - 12, middle - 1), name, size=11, anchor="end", bold=True)
        drawing.text(
            (_LEFT - 12, middle + 11), f"{rows}, {size:,} B", size=10, color="muted", anchor="end"
        )
        for slot in range(ring.capacity):
            place = (_LEFT, top + slot * _SLOT + 1)
            drawing.rect(place, (end * _COLUMN + _BEYOND, _SLOT - 2), "slot")


def _draw_row(drawing: Drawing, row: HeldRow, top: float, end: int, kind: str) -> None:
    """Pale while it is held, full where it is written, with its number."""
    y = top + row.slot * _SLOT + 1
    goes_on = row.last >= end
    width = (min(row.last + 1, end) - row.first) * _COLUMN + (_BEYOND if goes_on else -1)
    drawing.rect((_x(row.first), y), (width, _SLOT - 2), f"{kind}_held", radius=0 if goes_on else 2)
    for time in row.writes:
        if time < end:
            drawing.rect((_x(time), y), (_COLUMN - 1, _SLOT - 2), kind, radius=2)
            drawing.text(
                (_middle(time), y + 10.5),
                str(row.row),
                size=9.5,
                color="paper",
                anchor="middle",
                bold=True,
            )


def _middle(event: int) -> float:
    return _x(event) + (_COLUMN - 1) / 2


def _draw_reads(
    drawing: Drawing, stream: Stream, rows: Sequence[HeldRow], tops: dict[str, float], end: int
) -> None:
    """In the column of a kernel call, a dot on each row that it reads, and a line to its result."""
    slots = {(row.tensor, row.row): row.slot for row in rows}
    for time, event in enumerate(stream.events[:end]):
        if event.stage < 0:
            continue
        stage = stream.stages[event.stage]
        middles = [
            tops[name] + (slots[name, row] + 0.5) * _SLOT for name, row in rows_read(stream, event)
        ]
        target = tops[stage.target] + slots[stage.target, event.row // stage.fold] * _SLOT + 1
        drawing.line((_middle(time), min(middles)), (_middle(time), target), "ink")
        for y in middles:
            drawing.dot((_middle(time), y), 2.5, "ink")


def _draw_captions(
    drawing: Drawing, remarks: Sequence[Remark], notes: Sequence[str], bottom: float
) -> None:
    """Numbers above the columns, and below what they mean."""
    y = bottom + 32
    for number, remark in enumerate(remarks, 1):
        for x, middle in ((_middle(remark.event), _TOP - 33), (32, y - 4)):
            drawing.dot((x, middle), 7.5, "ink")
            drawing.text(
                (x, middle + 3.5), str(number), size=10, color="paper", anchor="middle", bold=True
            )
        drawing.text((48, y), remark.words)
        y += _LINE
    y += _GAP / 2
    for words in notes:
        drawing.text((24, y), words, color="muted")
        y += _LINE
