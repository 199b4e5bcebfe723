"""docs/segments.svg: which bytes of a net's array hold what, while an image runs through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from micronets.bench.svg import Drawing
from micronets.codegen.rings import Span
from micronets.codegen.stages import Segment
from micronets.codegen.stream import Stream, row_extent

_COLORS = {
    "image": ("#ffb27a", "#8a4a17"),
    "rows": ("#9cc7f0", "#24598c"),
    "map": ("#a9dcb3", "#2a6b3e"),
    "edge": ("#ffffff", "#0d1117"),
}
_LEFT, _TOP, _RIGHT, _HEIGHT, _LINE = 140.0, 112.0, 64.0, 420.0, 20.0
_HOW_TO_READ = "Time runs to the right, addresses run down. The longer segments are drawn shorter."
_TICK = 2000
"""Bytes between the addresses that are written."""

_FIRST_SEGMENT, _OTHER_SEGMENT, _MAP = 400.0, 150.0, 20.0
"""How wide segments of rows are drawn, and each event of a short segment."""


@dataclass(frozen=True)
class Block:
    """Neighbouring rows of a tensor that are in use from one event to another.

    Args:
        tensor: Its name.
        begin: The first byte.
        end: One behind the last.
        span: The first and the last event.
    """

    tensor: str
    begin: int
    end: int
    span: Span


def blocks_of(stream: Stream) -> Iterator[Block]:
    """What lies in the array, but for scratch; rows that come and go together are one block."""
    for name, ring in stream.rings.items():
        first, last = _place(stream, name)
        extent = (last - first) // ring.capacity
        for span, rows in groupby(sorted(ring.spans), key=ring.spans.__getitem__):
            slots = [row % ring.capacity for row in rows]
            yield Block(name, first + min(slots) * extent, first + (max(slots) + 1) * extent, span)


@dataclass(frozen=True)
class _Time:
    """Where events are drawn: each segment of rows as wide as it is told, maps one by one.

    Args:
        starts: The first event of each segment, and the number of events.
        edges: Where these are drawn.
    """

    starts: tuple[int, ...]
    edges: tuple[float, ...]

    def x(self, event: int) -> float:
        """The left edge of an event."""
        for (start, end), (left, right) in zip(
            pairwise(self.starts), pairwise(self.edges), strict=True
        ):
            if event < end:
                return left + (right - left) * (event - start) / (end - start)
        return self.edges[-1]


def draw_memory(stream: Stream, title: str, note: str) -> Drawing:
    """Draws bytes from top to bottom and events from left to right.

    Args:
        stream: The net.
        title: Above the drawing.
        note: A line of text below.
    """
    time = _time(stream)
    words = [*segment_lines(stream), note]
    drawing = Drawing(
        (time.edges[-1] + _RIGHT, _TOP + _HEIGHT + 34 + _LINE * len(words)),
        title,
        " ".join([_HOW_TO_READ, *words]),
        _COLORS,
    )
    drawing.text((24, 34), title, size=17, bold=True)
    drawing.text((24, 56), _HOW_TO_READ, color="muted")
    _draw_legend(drawing, time.edges[-1])
    _draw_segments(drawing, time)
    for block in blocks_of(stream):
        _draw_block(drawing, stream, block, time)
    _draw_names(drawing, stream)
    _draw_bytes(drawing, stream, time)
    for number, line in enumerate(words):
        color = "muted" if line == note else "ink"
        drawing.text((24, _TOP + _HEIGHT + 34 + number * _LINE), line, color=color)
    return drawing


def segment_lines(stream: Stream) -> list[str]:
    """What each segment does; whole maps that follow each other are told together."""
    lines = []
    numbered = enumerate(stream.segments, 1)
    for whole, group in groupby(numbered, key=lambda item: item[1].whole):
        run = list(group)
        if whole:
            title = f"Segments {run[0][0]} to {run[-1][0]}" if run[1:] else f"Segment {run[0][0]}"
            lines.append(f"{title}: whole maps, each where the one that it reads is not.")
            continue
        for number, segment in run:
            layers = len(segment.steps)
            words = f"Segment {number}: rows ripple through {layers} layers"
            output = stream.schedule.steps[segment.last].node.output
            if stream.rings[output.name].capacity == output.map_shape[0] > 1:
                words += f" into {output.name}, a whole map"
            over = overwritten(stream, segment)
            if over:
                words += f", over {over} where no row of that is needed any more"
            lines.append(f"{words}.")
    return lines


def overwritten(stream: Stream, segment: Segment) -> str:
    """The map that a segment reads and writes over; empty where there is none."""
    steps = stream.schedule.steps
    own = {steps[number].node.name for number in segment.steps}
    begin, end = _place(stream, steps[segment.last].node.name)
    for stage in stream.stages:
        for name in stage.needs if stage.target in own else ():
            first, last = _place(stream, name)
            is_read = name not in own and name != stream.schedule.graph.input.name
            if is_read and begin < last and first < end:
                return name
    return ""


def _place(stream: Stream, tensor: str) -> tuple[int, int]:
    """The first byte of what is held of a tensor, and the one behind the last."""
    graph, begin = stream.schedule.graph, stream.plan.offsets[tensor]
    end = begin + stream.rings[tensor].capacity * row_extent(graph.tensor(tensor))
    return begin * graph.value_bytes, end * graph.value_bytes


def _time(stream: Stream) -> _Time:
    """The first event of each segment; those of one segment follow each other."""
    counts = [0] * len(stream.segments)
    step_of = [n for n, step in enumerate(stream.schedule.steps) for _ in step.calls]
    for event in stream.events:
        step = 0 if event.stage < 0 else step_of[event.stage]
        counts[[step in segment.steps for segment in stream.segments].index(True)] += 1
    starts, edges = [0], [_LEFT]
    for number, count in enumerate(counts):
        wide = _FIRST_SEGMENT if number == 0 else _OTHER_SEGMENT
        starts.append(starts[-1] + count)
        edges.append(edges[-1] + min(wide, count * _MAP))
    return _Time(tuple(starts), tuple(edges))


def _draw_legend(drawing: Drawing, right: float) -> None:
    x = right - 264
    for color, words in (("image", "rows of the image"), ("rows", "rows"), ("map", "whole maps")):
        drawing.rect((x, 23), (14, 14), color, radius=2)
        drawing.text((x + 20, 34), words, size=11)
        x += 6.3 * len(words) + 36


def _draw_segments(drawing: Drawing, time: _Time) -> None:
    """Numbers of the segments along the top, and lines between them."""
    drawing.text((_LEFT - 12, _TOP - 10), "segment", size=11, anchor="end", bold=True)
    for number, (left, right) in enumerate(pairwise(time.edges), 1):
        drawing.line((right, _TOP - 22), (right, _TOP + _HEIGHT), "rule")
        drawing.text(
            ((left + right) / 2, _TOP - 10), str(number), size=11, anchor="middle", bold=True
        )


def _draw_block(drawing: Drawing, stream: Stream, block: Block, time: _Time) -> None:
    y, end = _y(stream, block.begin), _y(stream, block.end)
    left, right = time.x(block.span[0]), time.x(block.span[1] + 1)
    height = stream.schedule.graph.tensor(block.tensor).map_shape[0]
    color = "map" if stream.rings[block.tensor].capacity == height else "rows"
    if block.tensor == stream.schedule.graph.input.name:
        color = "image"
    drawing.rect((left, y), (right - left, end - y), color, border="edge")


def _draw_names(drawing: Drawing, stream: Stream) -> None:
    """On the left, what the first segment writes; one name where several share their bytes."""
    free = _TOP
    steps = [stream.schedule.steps[number].node.name for number in stream.segments[0].steps]
    for name in sorted([stream.schedule.graph.input.name, *steps], key=stream.plan.offsets.get):
        begin, end = _place(stream, name)
        y = (_y(stream, begin) + _y(stream, end)) / 2 + 3.5
        if y - 9 >= free:
            drawing.text((_LEFT - 12, y), name, size=10, color="muted", anchor="end")
            free = y


def _draw_bytes(drawing: Drawing, stream: Stream, time: _Time) -> None:
    """Addresses on the right."""
    total = stream.plan.size * stream.schedule.graph.value_bytes
    for address in [*range(0, total - _TICK // 2, _TICK), total]:
        place = (time.edges[-1] + 8, _y(stream, address) + 4)
        drawing.text(place, f"{address:,}", size=10, color="muted")


def _y(stream: Stream, byte: int) -> float:
    return _TOP + _HEIGHT * byte / (stream.plan.size * stream.schedule.graph.value_bytes)
