"""docs/stream_ram.svg: the RAM of each net under each schedule."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from micronets.bench.cases import NETS, TITLES
from micronets.bench.measure import export_of
from micronets.bench.svg import Drawing
from micronets.codegen.stream import make_stream


@dataclass(frozen=True)
class Series:
    """The nets under one schedule.

    Args:
        title: What the legend calls it.
        name: Of its color.
        color: Of its dots, on light and on dark paper.
        ram: Bytes of the object of a net, with or without int8.
    """

    title: str
    name: str
    color: tuple[str, str]
    ram: Callable[[str, bool], int]


def _whole_maps(net: str, is_int8: bool) -> int:
    return export_of(net, is_int8).ram


def _rows(net: str, is_int8: bool) -> int:
    return make_stream(export_of(net, is_int8, "stream").schedule).ram


def _segments(net: str, is_int8: bool) -> int:
    return export_of(net, is_int8, "stream").ram


SERIES = (
    Series("whole maps", "whole_maps", ("#6e7781", "#8b949e"), _whole_maps),
    Series("rows through all layers", "rows", ("#b35900", "#e08b3c"), _rows),
    Series(
        "segments: rows, and whole maps where these take less",
        "segments",
        ("#1864ab", "#4d9fe8"),
        _segments,
    ),
)
DTYPES = ("float32", "int8")
_BOARDS = {"Arduino Uno": 2, "Arduino Mega": 8, "micro:bit": 16}
"""KB of RAM; a KB is 1,024 B."""

_TRACK = ("#c3cad2", "#3d444d")
_LEFT, _TOP, _ROW, _BETWEEN, _MARGIN, _RADIUS = 132.0, 112.0, 30.0, 12.0, 24.0, 4.5
_SMALLEST, _OCTAVES, _OCTAVE = 1, 7, 112.0
"""KB on the left, how often they double to the right, and how wide that is."""


def draw_ram() -> Drawing:
    """A row for each net and dtype with a dot for each schedule, on a logarithmic scale."""
    title = "RAM of the zoo: bytes of the whole object"
    bottom = _TOP + len(NETS) * (len(DTYPES) * _ROW + _BETWEEN)
    drawing = Drawing(
        (_LEFT + _OCTAVES * _OCTAVE + _MARGIN + 8, bottom + 38),
        title,
        f"Each net in {' and '.join(DTYPES)}, and what the object takes with "
        f"{', '.join(series.title for series in SERIES)}.",
        {"track": _TRACK, **{series.name: series.color for series in SERIES}},
    )
    drawing.text((_MARGIN, 34), title, size=17, bold=True)
    _draw_legend(drawing)
    _draw_scale(drawing, bottom)
    y = _TOP + _BETWEEN
    for net in NETS:
        drawing.text((_MARGIN, y + len(DTYPES) * _ROW / 2 + 4), TITLES[net], size=13, bold=True)
        for dtype in DTYPES:
            y += _ROW
            _draw_net(drawing, net, dtype, y - 12)
        y += _BETWEEN
    return drawing


def _draw_legend(drawing: Drawing) -> None:
    x = _MARGIN + _RADIUS
    for series in SERIES:
        drawing.dot((x, 56), _RADIUS, series.name)
        drawing.text((x + 12, 60), series.title)
        x += 6.7 * len(series.title) + 40


def _draw_scale(drawing: Drawing, bottom: float) -> None:
    """Lines at powers of two, and what boards have."""
    for octave in range(_OCTAVES + 1):
        size = _SMALLEST << octave
        x = _x(size * 1024)
        drawing.line((x, _TOP), (x, bottom), "rule")
        drawing.text((x, bottom + 18), f"{size} KB", size=11, color="muted", anchor="middle")
    for board, size in _BOARDS.items():
        x = _x(size * 1024)
        drawing.line((x, _TOP - 6), (x, bottom), "muted", dashes="5 4")
        drawing.text((x, _TOP - 12), board, size=11, color="muted", anchor="middle")


def _draw_net(drawing: Drawing, net: str, dtype: str, y: float) -> None:
    sizes = {series.name: series.ram(net, dtype == "int8") for series in SERIES}
    drawing.text((_LEFT - 12, y + 4), dtype, size=11, color="muted", anchor="end")
    ends = _x(min(sizes.values())), _x(max(sizes.values()))
    drawing.line((ends[0], y), (ends[1], y), "track", width=3)
    for name, size in sizes.items():
        drawing.dot((_x(size), y), _RADIUS, name)
    for size, name in {size: name for name, size in sizes.items()}.items():
        place, anchor = (_x(size), y - 9), "middle"
        if size == min(sizes.values()):
            place, anchor = (_x(size) - 9, y + 4), "end"
        elif size == max(sizes.values()):
            place, anchor = (_x(size) + 9, y + 4), "start"
        drawing.text(place, f"{size:,}", size=11, color=name, anchor=anchor, bold=True, clears=True)


def _x(size: int) -> float:
    """The place of a number of bytes."""
    return _LEFT + _OCTAVE * math.log2(size / 1024 / _SMALLEST)
