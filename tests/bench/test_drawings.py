"""The drawings of docs/streaming.md are those of the nets as they are exported."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from graph_text import parse_graph
from header_batch import export_graph_s8

from micronets.bench.drawings import DRAWINGS
from micronets.bench.held_rows import held_rows, rows_read
from micronets.bench.measure import export_of
from micronets.bench.memory_drawing import blocks_of, draw_memory, segment_lines
from micronets.bench.ram_plot import SERIES
from micronets.bench.ripple_drawing import draw_ripple
from micronets.bench.svg import Drawing
from micronets.codegen.stages import Segment
from micronets.codegen.stream import Stream, make_stream, row_extent

_DOCS = Path(__file__).parents[2] / "docs"
_RESIDUAL = """\
x = input 12x8x4 interleaved
stem = conv2d(x) [filters=4 window=(3, 3) stride=(1, 1) padding=(1, 1, 1, 1)]
deep = depthwise_conv2d(stem) [window=(3, 3) stride=(1, 1) padding=(1, 1, 1, 1)]
sum = add(deep, stem)
pool = max_pool2d(sum) [window=(3, 3) stride=(3, 3)]
return sum, pool"""


def _streams() -> list[Stream]:
    """With a residual addition, with whole maps at the end, and with rows to the end."""
    residual = export_graph_s8(parse_graph(_RESIDUAL), "Residual")
    schedule = export_of("pico", is_int8=True, memory="stream").schedule
    maps = (Segment(number, number, whole=True) for number in range(4, len(schedule.steps)))
    cut = make_stream(schedule, (Segment(0, 3), *maps))
    return [make_stream(residual.schedule), cut, make_stream(schedule)]


@pytest.mark.parametrize(
    "name",
    [
        "ripple.svg",
        pytest.param("segments.svg", marks=pytest.mark.slow),
        pytest.param("stream_ram.svg", marks=pytest.mark.slow),
    ],
)
def test_committed_drawing_is_of_the_nets_as_they_are(name: str) -> None:
    committed = (_DOCS / name).read_text(encoding="utf-8")
    assert committed == str(DRAWINGS[name]()), "run python -m micronets.bench --drawings"


def test_the_document_shows_every_drawing() -> None:
    text = (_DOCS / "streaming.md").read_text(encoding="utf-8")
    assert all(f"]({name})" in text for name in DRAWINGS)


def test_no_slot_is_drawn_with_two_rows_and_each_is_drawn_with_some() -> None:
    for stream in _streams():
        slots: dict[tuple[str, int], int] = {}
        for row in sorted(held_rows(stream), key=lambda row: row.first):
            assert slots.get((row.tensor, row.slot), -1) < row.first, row
            slots[row.tensor, row.slot] = row.last
        capacities = {name: ring.capacity for name, ring in stream.rings.items()}
        assert len(slots) == sum(capacities.values())


def test_rows_are_drawn_from_before_they_are_read_to_when_they_are_read_last() -> None:
    for stream in _streams():
        held = {(row.tensor, row.row): row for row in held_rows(stream)}
        last = {}
        for time, event in enumerate(stream.events):
            for key in rows_read(stream, event) if event.stage >= 0 else ():
                assert held[key].first < time <= held[key].last
                last[key] = time
        outputs = {stream.schedule.homes[name] for name in stream.schedule.graph.outputs}
        for (name, row), time in last.items():
            assert name in outputs or held[name, row].last == time


def test_bytes_hold_one_thing_at_a_time() -> None:
    for stream in _streams():
        blocks = list(blocks_of(stream))
        assert {block.tensor for block in blocks} == set(stream.rings)
        rows = {name: set[int]() for name in stream.rings}
        for one, other in combinations(blocks, 2):
            if one.tensor != other.tensor:
                in_time = max(one.span[0], other.span[0]) <= min(one.span[1], other.span[1])
                assert not in_time or one.end <= other.begin or other.end <= one.begin
        for block in blocks:
            assert 0 <= block.begin < block.end <= stream.plan.size
            rows[block.tensor] |= set(range(block.begin, block.end))
        for name, ring in stream.rings.items():
            extent = row_extent(stream.schedule.graph.tensor(name))
            assert len(rows[name]) == ring.capacity * extent


def test_segments_are_told_in_words() -> None:
    stream = _streams()[1]
    lines = segment_lines(stream)
    assert lines == [
        "Segment 1: rows ripple through 4 layers into block_2_depthwise, a whole map.",
        "Segments 2 to 7: whole maps, each where the one that it reads is not.",
    ]
    text = str(draw_memory(stream, "bytes", "note"))
    assert all(f"{line}</text>" in text for line in (*lines, "note"))


def test_any_net_can_be_drawn() -> None:
    for stream in _streams():
        for first, last in ((96, 0), (5, 4), (6, 0)):
            text = str(draw_ripple(stream, "rows & sums", first, last))
            assert "rows &amp; sums" in text
            whole = first == 96 or last > 0
            assert not whole or all(f">{name}</text>" in text for name in stream.rings)


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawings_stay_inside_their_card_and_speak(name: str) -> None:
    drawing = ElementTree.parse(_DOCS / name).getroot()
    parts = {tag: drawing.findall(f"{{*}}{tag}") for tag in ("title", "desc", "rect", "text")}
    assert parts["title"][0].text
    assert parts["desc"][0].text
    width, height = (float(drawing.attrib[side]) for side in ("width", "height"))
    for rect in parts["rect"]:
        x, y, w, h = (float(rect.attrib[side]) for side in ("x", "y", "width", "height"))
        assert x >= 0 and x + w <= width
        assert y >= 0 and y + h <= height
    for text in parts["text"]:
        # Letters are half as wide as they are high, and a little more.
        length = 0.62 * float(text.attrib["font-size"]) * len(str(text.text))
        before = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.attrib.get("text-anchor", "start")]
        begin = float(text.attrib["x"]) - before * length
        assert begin >= 0 and begin + length <= width, text.text


@pytest.mark.slow
def test_the_plot_shows_the_numbers_of_the_table() -> None:
    text = (_DOCS / "streaming.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (Pico|Nano|Micro|Milli|Base) \|(.+)\|$", text, re.MULTILINE)
    assert len(rows) == 5
    whole, _, least = SERIES
    for title, cells in rows:
        drawn = [
            series.ram(title.lower(), is_int8)
            for is_int8 in (False, True)
            for series in (whole, least)
        ]
        assert [int(cell.replace(",", "")) for cell in cells.split("|")] == drawn


def test_drawings_have_colors_for_light_and_dark() -> None:
    drawing = Drawing((10, 10), "a < b", "words", {"spot": ("#111111", "#eeeeee")})
    drawing.dot((5, 5), 2, "spot")
    light, dark = str(drawing).split("@media (prefers-color-scheme: dark)")
    assert ".on-spot { fill: #111111; }" in light
    assert ".on-spot { fill: #eeeeee; }" in dark
    assert "<title>a &lt; b</title>" in light
    with pytest.raises(KeyError, match="no color dust"):
        drawing.line((0, 0), (1, 1), "dust")
