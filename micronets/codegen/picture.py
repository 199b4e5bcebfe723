"""A schedule as a picture in words: what runs together, and what is held meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from micronets.codegen.graph import Tensor
from micronets.codegen.memory import MemoryPlan
from micronets.codegen.schedule import Schedule
from micronets.codegen.stages import Segment
from micronets.codegen.stream import Stream, row_extent

_Line = tuple[str, str, str, int, int]
"""Name, shape, rows that are held, first byte, one behind the last."""


def schedule_picture(schedule: Schedule, plan: MemoryPlan) -> str:
    """Whole maps, one after the other."""
    size = schedule.graph.value_bytes
    lines = []
    for step in schedule.steps:
        begin = plan.offsets[schedule.homes[step.node.name]]
        output = step.node.output
        lines.append(_line(output, output.map_shape[0], begin, begin + output.extent, size))
    names = (step.node.name for step in schedule.steps)
    return "\n".join([*_table(lines), *_scratch_lines(plan, names, plan.size * size)])


def stream_picture(stream: Stream) -> str:
    """Segment by segment, the rows of each tensor that are held."""
    steps, text = stream.schedule.steps, list[str]()
    number = 0
    for run in _runs(stream.segments):
        first, last = number + 1, number + len(run)
        number = last
        title = f"segment {first}" if first == last else f"segments {first} to {last}"
        over = _over(stream, run[0])
        how = "whole maps, one after the other" if run[0].whole else "row by row"
        how += f", over {over}" if over and not run[0].whole else ""
        text += [f"{title}: {how}", *(f"  {line}" for line in _table([*_held(stream, run)]))]
    names = (step.node.name for step in steps)
    total = stream.plan.size * stream.schedule.graph.value_bytes
    return "\n".join(
        [
            *text,
            *_scratch_lines(stream.plan, names, total),
            f"{stream.state_bytes:,} B count rows; {stream.ram:,} B in all",
        ]
    )


def _runs(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Whole maps that follow each other are told together."""
    for whole, group in groupby(segments, key=lambda segment: segment.whole):
        if whole:
            yield list(group)
        else:
            yield from ([segment] for segment in group)


def _held(stream: Stream, run: Sequence[Segment]) -> Iterator[_Line]:
    """What the steps of segments write; before the first of all, the image."""
    graph, size = stream.schedule.graph, stream.schedule.graph.value_bytes
    written = [stream.schedule.steps[n].node.name for segment in run for n in segment.steps]
    for name in ([graph.input.name] if run[0].first == 0 else []) + written:
        tensor, rows = graph.tensor(name), stream.rings[name].capacity
        begin = stream.plan.offsets[name]
        yield _line(tensor, rows, begin, begin + rows * row_extent(tensor), size)


def _line(tensor: Tensor, rows: int, begin: int, end: int, size: int) -> _Line:
    height = tensor.map_shape[0]
    held = f"{rows} of {height} rows" if height > 1 else "1 row"
    held = "whole map" if 1 < height == rows else held
    return (tensor.name, "x".join(map(str, tensor.shape)), held, begin * size, end * size)


def _over(stream: Stream, segment: Segment) -> str:
    """The map that a segment overwrites while it reads it."""
    steps, homes = stream.schedule.steps, stream.schedule.homes
    own = {stream.schedule.graph.input.name, *(steps[n].node.name for n in segment.steps)}
    begin, end = _place(stream, steps[segment.last].node.name)
    for number in segment.steps:
        for home in (homes[name] for name in steps[number].node.inputs if homes[name] not in own):
            first, behind = _place(stream, home)
            if begin < behind and first < end:
                return home
    return ""


def _place(stream: Stream, name: str) -> tuple[int, int]:
    tensor = stream.schedule.graph.tensor(name)
    begin = stream.plan.offsets[name]
    return begin, begin + stream.rings[name].capacity * row_extent(tensor)


def _scratch_lines(plan: MemoryPlan, names: Iterator[str], total: int) -> list[str]:
    where = [f"{name} at {plan.scratch[name]}" for name in names if name in plan.scratch]
    scratch = f"; scratch of {', '.join(where)}" if where else ""
    return (
        [f"{total:,} B of rows and maps{scratch}"]
        if len(where) <= 3
        else [f"{total:,} B of rows, maps and scratch"]
    )


def _table(lines: Sequence[_Line]) -> list[str]:
    cells = [
        (name, shape, held, f"{end - begin:,} B", f"[{begin}, {end})")
        for name, shape, held, begin, end in lines
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(5)] if cells else []
    right = (False, False, True, True, False)
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]
