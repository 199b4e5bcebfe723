"""How a net is cut into segments: what each takes, that the smallest and the fastest are found."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from graph_text import parse_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import folding_texts, graph_texts

from micronets.codegen.choose import choose, ping_pong, smallest_stream
from micronets.codegen.partition import Partitions
from micronets.codegen.schedule import Schedule, make_schedule
from micronets.codegen.stages import Segment, one_segment
from micronets.codegen.stream import Stream, make_stream
from micronets.errors import RamBudgetError

_FEW = settings(max_examples=60, deadline=None, derandomize=True, database=None)

_DEEP = """\
x = input 24x24x1
a = conv2d(x) [window=(3, 3) stride=(2, 2) padding=(0, 0, 1, 1) filters=8]
b = conv2d(a) [window=(3, 3) padding=(1, 1, 1, 1) filters=8]
c = conv2d(b) [window=(3, 3) stride=(2, 2) padding=(0, 0, 1, 1) filters=8]
d = conv2d(c) [window=(3, 3) padding=(1, 1, 1, 1) filters=8]
e = conv2d(d) [window=(3, 3) padding=(1, 1, 1, 1) filters=8]
f = conv2d(e) [window=(3, 3) padding=(1, 1, 1, 1) filters=8]
g = conv2d(f) [window=(3, 3) padding=(1, 1, 1, 1) filters=8]
y = conv2d(g) [window=(6, 6) filters=4]
return y"""


def schedule_of(text: str) -> Schedule:
    return make_schedule(parse_graph(text))


def cuts(segments: Iterable[Segment]) -> str:
    """`0-2 3 4` for a segment of three steps and two that compute whole maps."""
    return " ".join(str(s.first) if s.whole else f"{s.first}-{s.last}" for s in segments)


def held(stream: Stream) -> dict[str, int]:
    """Rows that are held of each tensor."""
    return {name: ring.capacity for name, ring in stream.rings.items()}


# ---- Segments -----------------------------------------------------------------------------------


def test_a_segment_waits_for_the_whole_maps_before_it() -> None:
    schedule = schedule_of(_DEEP)
    stream = make_stream(schedule, [Segment(0, 2), Segment(3, 7)])
    assert held(stream) == {
        "x": 3,
        "a": 3,
        "b": 3,
        "c": 6,
        "d": 3,
        "e": 3,
        "f": 3,
        "g": 1,
        "y": 1,
    }
    order = [event.stage for event in stream.events]
    assert max(i for i, stage in enumerate(order) if stage == 2) < order.index(3)


def test_a_whole_map_is_computed_in_one_run() -> None:
    schedule = schedule_of(_DEEP)
    stream = make_stream(schedule, [Segment(0, 2), Segment(3, 3, True), Segment(4, 7)])
    assert [event.stage for event in stream.events].count(3) == 1
    assert held(stream)["c"] == held(stream)["d"] == 6


def test_rows_are_written_where_rows_before_them_are_not_needed_any_more() -> None:
    # A convolution of 3x3 that reads a map of 12 rows and writes one: row y over row y - 2.
    schedule = schedule_of(
        """\
x = input 12x8x1
a = conv2d(x) [window=(1, 1) filters=8]
b = conv2d(a) [window=(3, 3) padding=(1, 1, 1, 1) filters=8]
return b"""
    )
    stream = make_stream(schedule, [Segment(0, 0), Segment(1, 1)])
    row = 8 * 8
    assert stream.plan.offsets["a"] == stream.plan.offsets["b"] + 2 * row
    assert stream.plan.size == (12 + 2) * row


def test_segments_run_one_after_the_other_on_branches() -> None:
    schedule = schedule_of(
        """\
x = input 8x8x2
a = conv2d(x) [window=(3, 3) padding=(1, 1, 1, 1) filters=3]
b = conv2d(a) [window=(3, 3) padding=(1, 1, 1, 1) filters=3]
c = conv2d(a) [window=(3, 3) padding=(1, 1, 1, 1) filters=3]
d = add(b, c)
return d"""
    )
    stream = make_stream(schedule, [Segment(0, 0), Segment(1, 1), Segment(2, 3)])
    order = [event.stage for event in stream.events if event.stage >= 0]
    assert order == [0] * 8 + [1] * 8 + [2, 3] * 8


# ---- The choice ---------------------------------------------------------------------------------


def test_deep_layers_on_small_maps_run_apart_from_the_rows_before_them() -> None:
    schedule = schedule_of(_DEEP)
    smallest = smallest_stream(schedule)
    assert smallest.stream is not None
    assert cuts(smallest.stream.segments) != cuts(one_segment(schedule))
    assert smallest.ram < make_stream(schedule).ram < ping_pong(schedule).ram


def test_a_budget_gets_the_fastest_schedule_that_fits() -> None:
    schedule = schedule_of(_DEEP)
    whole, smallest = ping_pong(schedule).ram, smallest_stream(schedule).ram
    assert choose(schedule, None, whole).stream is None
    partitions = Partitions(schedule)
    last = 0
    for budget in range(smallest, whole, 64):
        choice = choose(schedule, None, budget)
        assert choice.stream is not None
        assert choice.ram <= budget
        work = partitions.preparation(choice.stream.segments)
        assert work <= last or last == 0
        last = work
    assert choose(schedule, None, smallest).ram == smallest


def test_a_stream_with_a_large_budget_still_takes_rows() -> None:
    choice = choose(schedule_of(_DEEP), "stream", 1_000_000)
    assert choice.stream is not None
    assert cuts(choice.stream.segments) == "0-0 1 2 3 4 5 6 7-7"


@pytest.mark.parametrize("memory", [None, "stream", "pingpong"])
def test_a_budget_that_is_too_small_says_by_how_much(memory: str | None) -> None:
    schedule = schedule_of(_DEEP)
    least = ping_pong(schedule).ram if memory == "pingpong" else smallest_stream(schedule).ram
    with pytest.raises(RamBudgetError, match=rf"{least:,} B .*: 7 B more than ram_budget="):
        choose(schedule, memory, least - 7)


def test_a_choice_draws_itself() -> None:
    schedule = schedule_of(_DEEP)
    text = str(choose(schedule, "stream"))
    assert text.startswith("rows in the least RAM\nsegment 1: row by row\n  x")
    assert f"{smallest_stream(schedule).ram:,} B in all" in text
    assert "24x24x1  3 of 24 rows" in text


# ---- Promises -----------------------------------------------------------------------------------


@_FEW
@given(st.one_of(graph_texts(largest_side=9, most_nodes=5), folding_texts()))
def test_no_partition_is_smaller_and_none_that_fits_is_faster(text: str) -> None:
    schedule = schedule_of(text)
    partitions = Partitions(schedule)
    every = [make_stream(schedule, way) for way in partitions.all()]
    smallest = smallest_stream(schedule).ram
    assert smallest == min(stream.ram for stream in every)
    budget = (smallest + max(stream.ram for stream in every)) // 2
    chosen = choose(schedule, "stream", budget).stream
    assert chosen is not None
    assert chosen.ram <= budget
    fastest = min(
        partitions.preparation(stream.segments) for stream in every if stream.ram <= budget
    )
    assert partitions.preparation(chosen.segments) == fastest
