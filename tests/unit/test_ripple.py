"""Rows that ripple through a net: the order, the rings, and that no row is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micronets.codegen.rings import Ring, rings_of
from micronets.codegen.ripple import Event, Stage, run_order
from micronets.codegen.rows import RowNeed, all_rows, same_rows, window_rows
from micronets.codegen.turns import Turn, events_of_turns, turns_of
from micronets.errors import InternalError

_MANY = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def chain(height: int, *windows: tuple[int, int, int, int]) -> list[Stage]:
    """Layers of windows, each (rows, stride, padding above, padding below)."""
    stages, source = [], "x"
    for number, (window, stride, top, bottom) in enumerate(windows):
        rows = (height + top + bottom - window) // stride + 1
        need = window_rows(window, stride, top, height)
        stages.append(Stage(f"s{number}", f"t{number}", rows, {source: need}))
        source, height = f"t{number}", rows
    return stages


def rings(stages: list[Stage], height: int) -> dict[str, Ring]:
    events = run_order(stages, "x", height)
    return rings_of(stages, events, "x", [stages[-1].target])


def test_a_row_runs_down_as_far_as_it_can() -> None:
    events = run_order(chain(4, (3, 1, 1, 1), (1, 1, 0, 0)), "x", 4)
    assert events[:5] == [Event(-1, 0), Event(-1, 1), Event(0, 0), Event(1, 0), Event(-1, 2)]
    # With the last row the windows that reach below the map are complete, too.
    assert events[-5:] == [Event(-1, 3), Event(0, 2), Event(1, 2), Event(0, 3), Event(1, 3)]


def test_a_window_needs_as_many_rows_as_it_is_high() -> None:
    held = rings(chain(12, (3, 1, 1, 1), (1, 1, 0, 0), (5, 2, 0, 0)), 12)
    assert [held[name].capacity for name in ("x", "t0", "t1")] == [3, 1, 5]


def test_an_output_stays_whole() -> None:
    assert rings(chain(6, (1, 1, 0, 0)), 6)["t0"].capacity == 6


def test_a_residual_addition_delays_rows() -> None:
    stages = [
        Stage("conv", "c", 8, {"x": window_rows(3, 1, 1, 8)}),
        Stage("again", "d", 8, {"c": window_rows(3, 1, 1, 8)}),
        Stage("add", "sum", 8, {"x": same_rows(8), "d": same_rows(8)}),
        Stage("pool", "p", 1, {"sum": all_rows(8)}),
    ]
    held = rings_of(stages, run_order(stages, "x", 8), "x", ["p"])
    assert {name: ring.capacity for name, ring in held.items()} == {
        "x": 3,
        "c": 3,
        "d": 1,
        "sum": 8,
        "p": 1,
    }


def test_rows_that_are_folded_need_no_ring() -> None:
    stages = [
        Stage("conv", "c", 8, {"x": same_rows(8)}),
        Stage("pool", "p", 8, {"c": same_rows(8)}, fold=4),
        Stage("end", "e", 2, {"p": same_rows(2)}),
    ]
    events = run_order(stages, "x", 8)
    held = rings_of(stages, events, "x", ["e"])
    assert [held[name].capacity for name in ("c", "p", "e")] == [1, 1, 2]
    assert events.index(Event(2, 0)) == events.index(Event(1, 3)) + 1


def test_sums_that_lie_apart_leave_their_row_to_the_last_run() -> None:
    stages = [
        Stage("conv", "c", 6, {"x": same_rows(6)}),
        Stage("dense", "d", 6, {"c": same_rows(6)}, fold=6, apart=True),
    ]
    events = run_order(stages, "x", 6)
    held = rings_of(stages, events, "x", ["d"])
    assert [held[name].capacity for name in ("c", "d")] == [1, 1]
    assert held["d"].alive == 1 << events.index(Event(1, 5))
    together = [stages[0], Stage("dense", "d", 6, {"c": same_rows(6)}, fold=6)]
    first = events.index(Event(1, 0))
    assert rings_of(together, events, "x", ["d"])["d"].alive == (1 << len(events)) - (1 << first)


def test_rings_that_are_never_used_together_may_share_memory() -> None:
    held = rings(chain(9, (3, 3, 0, 0), (1, 1, 0, 0), (1, 1, 0, 0)), 9)
    assert held["x"].alive & held["t1"].alive == 0


@st.composite
def nets(draw: st.DrawFn) -> tuple[int, list[Stage]]:
    """Layers that read up to two of the tensors before them."""
    height = draw(st.integers(1, 12))
    heights, stages = {"x": height}, []
    for number in range(draw(st.integers(1, 6))):
        source = draw(st.sampled_from(sorted(heights)))
        window = draw(st.integers(1, min(4, heights[source])))
        stride, top = draw(st.integers(1, 3)), draw(st.integers(0, window - 1))
        rows = (heights[source] + top - window) // stride + 1
        needs: dict[str, RowNeed] = {source: window_rows(window, stride, top, heights[source])}
        for other in sorted(heights):
            if other != source and heights[other] == rows and draw(st.booleans()):
                needs[other] = same_rows(rows)
                break
        stages.append(Stage(f"s{number}", f"t{number}", rows, needs))
        heights[f"t{number}"] = rows
    return height, stages


@_MANY
@given(net=nets())
def test_every_row_is_still_there_when_it_is_read(net: tuple[int, list[Stage]]) -> None:
    height, stages = net
    events = run_order(stages, "x", height)
    held = rings_of(stages, events, "x", [stages[-1].target])
    slots: dict[tuple[str, int], int] = {}
    for time, event in enumerate(events):
        target = "x"
        if event.stage >= 0:
            stage = stages[event.stage]
            target = stage.target
            for name, need in stage.needs.items():
                for row in range(need.first(event.row), need.count(event.row)):
                    assert slots[name, row % held[name].capacity] == row
                    assert held[name].alive >> time & 1
        assert held[target].alive >> time & 1
        slots[target, event.row % held[target].capacity] = event.row
    assert len(events) == height + sum(stage.rows for stage in stages)


def test_layers_whose_rows_follow_at_once_are_a_group_and_take_turns_together() -> None:
    stages = chain(8, (3, 2, 0, 1), (1, 1, 0, 0), (3, 2, 0, 1), (1, 1, 0, 0))
    table = turns_of(stages, run_order(stages, "x", 8))
    assert table.groups == (range(2), range(2, 4))
    assert table.turns == (Turn(3, 0, 0), Turn(5, 0, 0), Turn(7, 0, 1), Turn(8, 0, 1))


def test_layers_that_sometimes_wait_are_no_group() -> None:
    # The second layer's first row needs two rows of the first layer, its last row none.
    stages = chain(4, (1, 1, 0, 0), (3, 1, 1, 1))
    table = turns_of(stages, run_order(stages, "x", 4))
    assert table.groups == (range(1), range(1, 2))
    assert table.turns[-2:] == (Turn(4, 0, 1), Turn(4, 1, 1))


def test_rows_that_nobody_reads_wait_for_no_turn() -> None:
    stages = chain(9, (2, 4, 0, 0))
    events = run_order(stages, "x", 9)
    table = turns_of(stages, events)
    assert table.turns == (Turn(2, 0, 0), Turn(6, 0, 0))
    assert events_of_turns(table) == events


def test_an_order_that_no_table_gives_is_an_error() -> None:
    with pytest.raises(InternalError, match="order"):
        turns_of(chain(2, (1, 1, 0, 0)), [Event(-1, 0), Event(0, 1), Event(-1, 1), Event(0, 0)])


@_MANY
@given(net=nets())
def test_turns_give_the_order_that_was_planned(net: tuple[int, list[Stage]]) -> None:
    height, stages = net
    events = run_order(stages, "x", height)
    table = turns_of(stages, events)
    assert events_of_turns(table) == events
    assert [number for group in table.groups for number in group] == list(range(len(stages)))
    for group in table.groups:
        assert len({stages[number].rows for number in group}) == 1
