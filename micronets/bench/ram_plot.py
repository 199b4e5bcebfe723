"""docs/stream_ram.svg: the RAM of each net under each schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from micronets.bench.cases import NETS, TITLES
from micronets.bench.measure import export_of
from micronets.bench.svg import Drawing


@dataclass(frozen=True)
class Series:
    """The nets under one schedule.

    Args:
        title: What the legend calls it.
        memory: What `export_cpp(memory=...)` calls it.
        color: Of its dots, on light and on dark paper.
    """

    title: str
    memory: str
    color: tuple[str, str]


SERIES = (
    Series("whole maps", "pingpong", ("#6e7781", "#8b949e")),
    Series("rows", "stream", ("#1864ab", "#4d9fe8")),
)
DTYPES = ("float32", "int8")
_BOARDS = {"Arduino Uno": 2, "Arduino Mega": 8, "micro:bit": 16}
"""KB of RAM; a KB is 1,024 B."""

_TRACK = ("#c3cad2", "#3d444d")
_LEFT, _TOP, _ROW, _BETWEEN, _MARGIN, _RADIUS = 132.0, 92.0, 32.0, 12.0, 24.0, 4.5
_SMALLEST, _OCTAVES, _OCTAVE = 1, 7, 112.0
"""KB on the left, how often they double to the right, and how wide that is."""


def ram_of(series: Series, net: str, dtype: str) -> int:
    """Bytes of the object."""
    return export_of(net, dtype == "int8", series.memory).ram


def draw_ram() -> Drawing:
    """A row for each net and dtype with a dot for each schedule, on a logarithmic scale."""
    title = "RAM of the zoo: bytes of the whole object"
    bottom = _TOP + len(NETS) * (len(DTYPES) * _ROW + _BETWEEN)
    drawing = Drawing(
        (_LEFT + _OCTAVES * _OCTAVE + _MARGIN + 8, bottom + 38),
        title,
        f"Each net in {' and '.join(DTYPES)}, and what the object takes with "
        f"{', '.join(series.title for series in SERIES)}.",
        {"track": _TRACK, **{series.memory: series.color for series in SERIES}},
    )
    drawing.text((_MARGIN, 34), title, size=17, bold=True)
    _draw_legend(drawing, _LEFT + _OCTAVES * _OCTAVE)
    _draw_scale(drawing, bottom)
    y = _TOP + _BETWEEN
    for net in NETS:
        drawing.text((_MARGIN, y + len(DTYPES) * _ROW / 2 + 4), TITLES[net], size=13, bold=True)
        for dtype in DTYPES:
            y += _ROW
            _draw_net(drawing, net, dtype, y - 12)
        y += _BETWEEN
    return drawing


def _draw_legend(drawing: Drawing, right: float) -> None:
    for series in reversed(SERIES):
        drawing.text((right, 34), series.title, anchor="end")
        right -= 7.2 * len(series.title) + 12
        drawing.dot((right, 30), _RADIUS, series.memory)
        right -= 24


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
    sizes = {series.memory: ram_of(series, net, dtype) for series in SERIES}
    drawing.text((_LEFT - 12, y + 4), dtype, size=11, color="muted", anchor="end")
    ends = _x(min(sizes.values())), _x(max(sizes.values()))
    drawing.line((ends[0], y), (ends[1], y), "track", width=3)
    for memory, size in sizes.items():
        drawing.dot((_x(size), y), _RADIUS, memory)
        place, words = (_x(size), y - 9), f"{size:,}"
        drawing.text(place, words, size=11, color=memory, anchor="middle", bold=True, clears=True)


def _x(size: int) -> float:
    """The place of a number of bytes."""
    return _LEFT + _OCTAVE * math.log2(size / 1024 / _SMALLEST)
