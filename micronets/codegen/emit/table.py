"""The layer table: what each step costs, for the banner of the header and for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from micronets.codegen.memory import MemoryPlan
from micronets.codegen.schedule import Schedule
from micronets.codegen.stream import Stream, row_extent


@dataclass(frozen=True)
class Row:
    """One step of the schedule.

    Args:
        layer: Name of the node.
        operator: What it does.
        output: Shape of its output.
        macs: Multiply-accumulates.
        weights: Bytes of constants.
        begin: First byte of its output in the object.
        end: One behind the last.
    """

    layer: str
    operator: str
    output: tuple[int, ...]
    macs: int
    weights: int
    begin: int
    end: int


def layer_rows(schedule: Schedule, plan: MemoryPlan, stream: Stream | None = None) -> list[Row]:
    """One row per step, with the memory of its output: the whole map, or the rows that are held."""
    rows, value_bytes = [], schedule.graph.value_bytes
    for step in schedule.steps:
        arrays = [array for call in step.calls for array in call.constants.values()]
        begin = plan.offsets[schedule.homes[step.node.name]]
        held = step.node.output.extent
        if stream is not None:
            held = stream.rings[step.node.name].capacity * row_extent(step.node.output)
        rows.append(
            Row(
                step.node.name,
                step.title,
                step.node.output.shape,
                step.macs,
                sum(array.nbytes for array in arrays if array is not None),
                begin * value_bytes,
                (begin + held) * value_bytes,
            )
        )
    return rows


def format_table(rows: Sequence[Row]) -> list[str]:
    """The table as lines of text with aligned columns, a header and a total."""
    header = ("layer", "operator", "output", "MACs", "weights", "RAM")
    cells = [
        (
            row.layer,
            row.operator,
            "x".join(map(str, row.output)),
            f"{row.macs:,}",
            f"{row.weights:,} B",
            f"[{row.begin}, {row.end})",
        )
        for row in rows
    ]
    macs = f"{sum(row.macs for row in rows):,}"
    weights = f"{sum(row.weights for row in rows):,} B"
    total = ("total", "", "", macs, weights, "")
    widths = [max(map(len, column)) for column in zip(header, *cells, total, strict=True)]
    right = (False, False, False, True, True, False)

    def line(values: Sequence[str]) -> str:
        aligned = (
            value.rjust(width) if to_right else value.ljust(width)
            for value, width, to_right in zip(values, widths, right, strict=True)
        )
        return "  ".join(aligned).rstrip()

    return [line(header), *map(line, cells), line(total)]
