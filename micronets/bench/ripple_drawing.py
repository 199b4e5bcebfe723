"""docs/ripple.svg: how the rows of an image ripple through a net, from its schedule."""

from __future__ import annotations

from collections.abc import Sequence

from micronets.bench.columns import COLUMN, Columns, shown_columns
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
_SLOT, _GAP = 16.0, 16.0
_THIN_SLOT, _FEW = 11.0, 4
"""A slot of a ring that has more than a few."""

_LEFT, _TOP, _RIGHT = 164.0, 122.0, 28.0
_LINE = 20.0
_HOW_TO_READ = (
    "Each column is one event: a row of the image comes in, or a layer reads rows and writes one, "
    "or a whole map."
)


def draw_ripple(
    stream: Stream, title: str, first: int, last: int, notes: Sequence[str] = ()
) -> Drawing:
    """Draws what rows of an image set off: events from left to right, tensors from top to bottom,
    each row from the event that writes it to the last one that reads it.

    Args:
        stream: The net.
        title: Above the drawing.
        first: How many rows of the image, from the first one on.
        last: How many more, up to the last one.
        notes: Lines of text below.
    """
    columns = shown_columns(stream, _LEFT, first, last)
    rows = [row for row in held_rows(stream) if row.first in columns or row.last in columns]
    tops, bottom = _lanes(stream, [row.tensor for row in rows])
    remarks = remarks_on(stream, rows, columns)
    drawing = Drawing(
        (
            columns.right + _RIGHT,
            bottom + 34 + _LINE * (len(remarks) + len(notes)) + _GAP / 2,
        ),
        title,
        " ".join([_HOW_TO_READ, *(remark.words for remark in remarks), *notes]),
        _COLORS,
    )
    kinds = dict.fromkeys(_kind(stream, name) for name in tops)
    _draw_head(drawing, title, columns.right, list(kinds))
    _draw_pushes(drawing, stream, columns, bottom)
    _draw_lanes(drawing, stream, tops, columns)
    for row in rows:
        _draw_row(drawing, row, _place(stream, tops, row), columns, _kind(stream, row.tensor))
    _draw_reads(drawing, stream, tops, columns)
    _draw_captions(drawing, remarks, columns, notes, bottom)
    return drawing


def _lanes(stream: Stream, written: Sequence[str]) -> tuple[dict[str, float], float]:
    """The upper edge of each tensor's ring, the image first, and the lower edge of the last."""
    targets = [stage.target for stage in stream.stages if stage.target in written]
    tops, y = {}, _TOP
    for name in dict.fromkeys([stream.schedule.graph.input.name, *targets]):
        tops[name] = y
        y += max(stream.rings[name].capacity * _slot(stream, name), _SLOT) + _GAP
    return tops, y - _GAP


def _slot(stream: Stream, tensor: str) -> float:
    """How high a slot is drawn: less where there are many."""
    return _SLOT if stream.rings[tensor].capacity <= _FEW else _THIN_SLOT


def _place(stream: Stream, tops: dict[str, float], row: HeldRow) -> tuple[float, float]:
    """The upper edge of a row, and its height."""
    height = _slot(stream, row.tensor)
    return tops[row.tensor] + row.slot * height + 1, height - 2


def _kind(stream: Stream, tensor: str) -> str:
    """The color of a tensor's rows."""
    if tensor == stream.schedule.graph.input.name:
        return "image"
    return "fold" if tensor in folding(stream) else "layer"


def _draw_head(drawing: Drawing, title: str, right: float, kinds: Sequence[str]) -> None:
    """The title, and how to read what is below."""
    drawing.text((24, 34), title, size=17, bold=True)
    drawing.text((24, 56), _HOW_TO_READ, color="muted")
    x, y = right - 2 * COLUMN * len(kinds) - 158, 22
    for kind in kinds:
        drawing.rect((x, y), (COLUMN - 1, _SLOT - 2), kind, radius=2)
        x += COLUMN
    drawing.text((x + 4, y + 11), "written", size=11)
    for kind in kinds:
        drawing.rect((x + 62, y), (COLUMN, _SLOT - 2), f"{kind}_held")
        x += COLUMN
    drawing.text((x + 66, y + 11), "held", size=11)
    drawing.dot((x + 112, y + 7), 2.5, "ink")
    drawing.text((x + 120, y + 11), "read", size=11)


def _draw_pushes(drawing: Drawing, stream: Stream, columns: Columns, bottom: float) -> None:
    """A band behind what a row of the image sets off, with its number."""
    drawing.text((_LEFT - 12, _TOP - 9), "set off by row", size=11, color="image", anchor="end")
    for push, after in set_off(stream).items():
        if after - push == 1 or push not in columns:
            continue
        left, right = columns.begin_of(push), columns.end_of(after - 1)
        drawing.rect((left, _TOP - 24), (right - left - 1, bottom - _TOP + 32), "band", radius=4)
        drawing.text(
            ((left + right) / 2, _TOP - 9),
            str(stream.events[push].row),
            size=11,
            color="image",
            anchor="middle",
            bold=True,
        )


def _draw_lanes(drawing: Drawing, stream: Stream, tops: dict[str, float], columns: Columns) -> None:
    """Names on the left, and a strip for each slot, cut where columns are left out."""
    graph = stream.schedule.graph
    for name, top in tops.items():
        tensor, ring, height = graph.tensor(name), stream.rings[name], _slot(stream, name)
        size = ring.capacity * row_extent(tensor) * graph.value_bytes
        middle = top + ring.capacity * height / 2
        drawing.text((_LEFT - 12, middle - 1), name, size=11, anchor="end", bold=True)
        drawing.text(
            (_LEFT - 12, middle + 11),
            f"{_rows(ring.capacity, tensor.map_shape[0])}, {size:,} B",
            size=10,
            color="muted",
            anchor="end",
        )
        for slot in range(ring.capacity):
            for left, right in columns.strips:
                place = (left, top + slot * height + 1)
                drawing.rect(place, (right - left, height - 2), "slot")


def _rows(held: int, height: int) -> str:
    if held == height:
        return "1 row" if height == 1 else f"all {height} rows"
    return f"{held} of {height} rows"


def _draw_row(
    drawing: Drawing,
    row: HeldRow,
    place: tuple[float, float],
    columns: Columns,
    kind: str,
) -> None:
    """Pale while it is held, full where it is written, with its number."""
    y, height = place
    begin, end = columns.begin_of(row.first), columns.end_of(row.last) - 1
    for left, right in columns.strips:
        if max(left, begin) < min(right, end):
            size = (min(right, end) - max(left, begin), height)
            drawing.rect((max(left, begin), y), size, f"{kind}_held", radius=2)
    for time in row.writes:
        if time in columns:
            drawing.rect((columns.begin_of(time), y), (COLUMN - 1, height), kind, radius=2)
            drawing.text(
                (columns.middle_of(time), y + height / 2 + 3.5),
                str(row.row),
                size=9.5 if height > _THIN_SLOT else 8.5,
                color="paper",
                anchor="middle",
                bold=True,
            )


def _draw_reads(drawing: Drawing, stream: Stream, tops: dict[str, float], columns: Columns) -> None:
    """In the column of a kernel call, a dot on each row that it reads, and a line to its result."""
    for time, event in enumerate(stream.events):
        if event.stage < 0 or time not in columns:
            continue
        stage = stream.stages[event.stage]
        x = columns.middle_of(time)
        middles = [_middle(stream, tops, *read) for read in rows_read(stream, event)]
        written = min(_middle(stream, tops, stage.target, y) for y in stage.written(event.row))
        edge = _slot(stream, stage.target) / 2 - 1
        if middles:
            drawing.line((x, min(middles)), (x, written - edge), "ink")
        for y in middles:
            drawing.dot((x, y), 2.5, "ink")


def _middle(stream: Stream, tops: dict[str, float], tensor: str, row: int) -> float:
    """The middle of a row's slot."""
    return tops[tensor] + (row % stream.rings[tensor].capacity + 0.5) * _slot(stream, tensor)


def _draw_captions(
    drawing: Drawing,
    remarks: Sequence[Remark],
    columns: Columns,
    notes: Sequence[str],
    bottom: float,
) -> None:
    """Numbers above the columns, and below what they mean."""
    y = bottom + 32
    for number, remark in enumerate(remarks, 1):
        for x, middle in ((columns.middle_of(remark.event), _TOP - 33), (32, y - 4)):
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
