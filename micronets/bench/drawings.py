"""The drawings of docs/streaming.md, from the nets as they are exported now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from micronets.bench.cases import PERSON, TITLES
from micronets.bench.measure import export_of
from micronets.bench.memory_drawing import draw_memory
from micronets.bench.ram_plot import draw_ram
from micronets.bench.ripple_drawing import draw_ripple
from micronets.bench.svg import Drawing
from micronets.codegen.export import Export
from micronets.codegen.stream import Stream

_FIRST, _LAST = 12, 12
"""Rows of the image."""


def draw_pico() -> Drawing:
    """How an image begins and how it ends, as the class that is exported computes it."""
    rows, whole, stream = _exports("pico")
    height = rows.graph.input.map_shape[0]
    return draw_ripple(
        stream,
        "How rows ripple through Pico (int8)",
        _FIRST,
        _LAST,
        [
            f"The first {_FIRST} and the last {_LAST} of {height} rows; in between it goes on as it"
            " begins.",
            f"The object takes {rows.ram:,} B: rows, scratch, counts. With whole maps it takes "
            f"{whole.ram:,} B, beside an image of {rows.graph.input.size:,} B.",
        ],
    )


def draw_person() -> Drawing:
    """The array of a deep net, in segments."""
    rows, whole, stream = _exports(PERSON)
    return draw_memory(
        stream,
        f"Which bytes of the {TITLES[PERSON].lower()} hold what (int8)",
        f"The object takes {rows.ram:,} B: these bytes, with scratch between them that is not "
        f"drawn, and counts. With whole maps it takes {whole.ram:,} B.",
    )


def _exports(net: str) -> tuple[Export, Export, Stream]:
    """A net by rows and with whole maps in int8, and how its rows run."""
    rows, whole = (export_of(net, is_int8=True, memory=memory) for memory in ("stream", "pingpong"))
    assert rows.choice is not None
    assert rows.choice.stream is not None
    return rows, whole, rows.choice.stream


DRAWINGS: Mapping[str, Callable[[], Drawing]] = {
    "ripple.svg": draw_pico,
    "segments.svg": draw_person,
    "stream_ram.svg": draw_ram,
}
"""What draws each file of docs/."""
