"""The drawings of docs/streaming.md, from the nets as they are exported now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from micronets.bench.cases import TITLES
from micronets.bench.measure import export_of
from micronets.bench.ram_plot import draw_ram
from micronets.bench.ripple_drawing import draw_ripple
from micronets.bench.svg import Drawing

_NET = "pico"
_FIRST, _LAST = 12, 12
"""Rows of the image."""


def draw_pico() -> Drawing:
    """How an image begins and how it ends, as the class that is exported computes it."""
    rows, whole = (
        export_of(_NET, is_int8=True, memory=memory) for memory in ("stream", "pingpong")
    )
    assert rows.choice is not None
    assert rows.choice.stream is not None
    height = rows.graph.input.map_shape[0]
    return draw_ripple(
        rows.choice.stream,
        f"How rows ripple through {TITLES[_NET]} (int8)",
        _FIRST,
        _LAST,
        [
            f"The first {_FIRST} and the last {_LAST} of {height} rows; in between it goes on as it"
            " begins.",
            f"The object takes {rows.ram:,} B: rows, scratch, counts. With whole maps it takes "
            f"{whole.ram:,} B, beside an image of {rows.graph.input.size:,} B.",
        ],
    )


DRAWINGS: Mapping[str, Callable[[], Drawing]] = {
    "ripple.svg": draw_pico,
    "stream_ram.svg": draw_ram,
}
"""What draws each file of docs/."""
