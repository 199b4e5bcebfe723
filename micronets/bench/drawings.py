"""The drawings of docs/streaming.md, from the nets as they are exported now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from micronets.bench.cases import TITLES
from micronets.bench.measure import export_of
from micronets.bench.ram_plot import draw_ram
from micronets.bench.ripple_drawing import draw_ripple
from micronets.bench.svg import Drawing
from micronets.codegen.stream import make_stream

_NET, _PUSHES = "pico", 24


def draw_pico() -> Drawing:
    """The rows of the image that set off every layer with windows once."""
    rows, whole = (
        export_of(_NET, is_int8=True, memory=memory) for memory in ("stream", "pingpong")
    )
    stream = make_stream(rows.schedule)
    height = rows.graph.input.map_shape[0]
    later = [stage.target for stage in stream.stages if stage.rows == 1]
    return draw_ripple(
        stream,
        f"How rows ripple through {TITLES[_NET]} (int8)",
        _PUSHES,
        [
            f"The first {_PUSHES} of {height} rows. It goes on like this; behind row {height - 1} "
            f"{' and '.join(later)} run.",
            f"The object takes {rows.ram:,} B: rings, scratch, counts, outputs. With whole maps it "
            f"takes {whole.ram:,} B, beside an image of {rows.graph.input.size:,} B.",
        ],
    )


DRAWINGS: Mapping[str, Callable[[], Drawing]] = {
    "ripple.svg": draw_pico,
    "stream_ram.svg": draw_ram,
}
"""What draws each file of docs/."""
