"""The memory planner: its behaviour in names, its promises as properties."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from micronets.codegen.memory import ALIGNMENT, MemoryPlan, lower_bound, plan_memory
from micronets.codegen.schedule import Buffer, Scratch

_MANY = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def buffers(*rows: tuple[int, int, int]) -> list[Buffer]:
    """Buffers from (size, first step, last step)."""
    return [Buffer(f"b{i}", *row) for i, row in enumerate(rows)]


def scratch(*rows: tuple[int, int]) -> list[Scratch]:
    """Scratch from (size, step)."""
    return [Scratch(f"s{i}", *row) for i, row in enumerate(rows)]


@st.composite
def lifetimes(draw: st.DrawFn, most: int = 12) -> list[Buffer]:
    """Any buffers: sizes up to 30, at most 10 steps."""
    rows = []
    for _ in range(draw(st.integers(0, most))):
        first = draw(st.integers(0, 9))
        rows.append((draw(st.integers(1, 30)), first, draw(st.integers(first, 9))))
    return buffers(*rows)


@st.composite
def needs(draw: st.DrawFn) -> tuple[list[Buffer], list[Scratch]]:
    """Buffers, some with a lead, and scratch: of any size, in steps of its own."""
    planned = [
        replace(buffer, lead=draw(st.integers(0, min(1, buffer.size - 1))))
        for buffer in draw(lifetimes(most=8))
    ]
    steps = draw(st.lists(st.integers(0, 9), max_size=5, unique=True))
    return planned, scratch(*((draw(st.integers(1, 40)), step) for step in steps))


def assert_sound(plan: MemoryPlan, planned: list[Buffer], scratch: Sequence[Scratch] = ()) -> None:
    """All lies inside the array, and no two that are in use at once overlap."""
    assert set(plan.offsets) == {buffer.name for buffer in planned}
    assert set(plan.scratch) == {item.name for item in scratch}
    begins = {buffer.name: plan.offsets[buffer.name] - buffer.lead for buffer in planned}
    for buffer in planned:
        assert 0 <= begins[buffer.name] <= plan.size - buffer.size
    for one, other in itertools.combinations(planned, 2):
        if one.overlaps(other):
            begin, end = begins[one.name], begins[other.name]
            assert begin + one.size <= end or end + other.size <= begin, (one, other)
    for item in scratch:
        offset = plan.scratch[item.name]
        assert offset % ALIGNMENT == 0
        assert 0 <= offset <= plan.size - item.size
        for buffer in planned:
            if buffer.first <= item.step <= buffer.last:
                begin = begins[buffer.name]
                assert begin + buffer.size <= offset or offset + item.size <= begin, (buffer, item)


# ---- Behaviour ----------------------------------------------------------------------------------


def test_no_buffers_need_no_memory() -> None:
    assert plan_memory([]) == MemoryPlan({}, 0)


def test_single_buffer_begins_at_zero() -> None:
    assert plan_memory(buffers((5, 0, 1))) == MemoryPlan({"b0": 0}, 5)


def test_chain_needs_its_largest_pair_of_neighbours() -> None:
    chain = buffers((100, 0, 1), (60, 1, 2), (90, 2, 3), (10, 3, 4))
    plan = plan_memory(chain)
    assert plan.size == 160
    assert_sound(plan, chain)


def test_ping_pong_buffers_are_not_both_as_large_as_the_larger() -> None:
    chain = buffers((3072, 0, 1), (768, 1, 2), (1536, 2, 3), (384, 3, 4))
    assert plan_memory(chain).size == 3840


def test_chain_alternates_between_the_ends() -> None:
    plan = plan_memory(buffers((6, 0, 1), (2, 1, 2), (3, 2, 3)))
    assert plan.offsets == {"b0": 0, "b1": 6, "b2": 0}


def test_reuses_gap_left_by_dead_tensor() -> None:
    # b0 is dead when b2 is written, and b1 lives on beside it.
    planned = buffers((10, 0, 1), (4, 0, 5), (10, 2, 3), (9, 4, 5))
    plan = plan_memory(planned)
    assert plan.size == 14
    assert_sound(plan, planned)


def test_residual_branch_stays_beside_the_path_around_it() -> None:
    planned = buffers((8, 0, 3), (16, 1, 2), (8, 2, 3), (8, 3, 4))
    plan = plan_memory(planned)
    assert plan.size == 32
    assert_sound(plan, planned)


def test_output_never_overlaps_live_input() -> None:
    planned = buffers((7, 0, 1), (7, 1, 2))
    plan = plan_memory(planned)
    assert plan.size == 14
    assert_sound(plan, planned)


def test_buffers_of_different_steps_share_memory() -> None:
    assert plan_memory(buffers((7, 0, 0), (7, 1, 1), (5, 2, 2))).size == 7


def test_beats_first_fit_by_size_where_order_matters() -> None:
    # Largest first puts b0 and b1 apart, and a hole between them is lost.
    planned = buffers((5, 0, 2), (6, 2, 4), (4, 1, 3), (5, 4, 5), (4, 3, 5))
    assert plan_memory(planned).size == lower_bound(planned)


def test_heads_live_to_the_end() -> None:
    planned = buffers((10, 0, 2), (3, 1, 3), (4, 2, 3))
    plan = plan_memory(planned)
    assert plan.size == 17
    assert_sound(plan, planned)


def test_offsets_are_those_behind_the_lead() -> None:
    planned = [Buffer("a", 10, 0, 1, lead=1), Buffer("b", 5, 1, 2)]
    plan = plan_memory(planned)
    assert plan == MemoryPlan({"a": 1, "b": 10}, 15)


def test_scratch_lies_in_the_gap_between_buffers() -> None:
    # In step 3 only b2 and b3 are in use, at either end of the array.
    planned = buffers((100, 0, 1), (60, 1, 2), (20, 2, 3), (10, 3, 4))
    plan = plan_memory(planned, scratch((40, 3)))
    assert plan.size == plan_memory(planned).size == 160
    assert plan.scratch == {"s0": 20}


def test_scratch_that_finds_no_gap_makes_the_array_longer() -> None:
    planned = buffers((6, 0, 1), (4, 1, 2))
    plan = plan_memory(planned, scratch((5, 1)))
    assert plan.scratch == {"s0": 12}  # the first multiple of 4 behind both
    assert plan.size == 17


def test_scratch_of_different_steps_shares_memory() -> None:
    plan = plan_memory(buffers((8, 0, 2)), scratch((16, 1), (12, 2)))
    assert plan.scratch == {"s0": 8, "s1": 8}
    assert plan.size == 24


def test_scratch_moves_no_buffer() -> None:
    planned = buffers((10, 0, 1), (4, 0, 5), (10, 2, 3), (9, 4, 5))
    assert plan_memory(planned, scratch((30, 2))).offsets == plan_memory(planned).offsets


# ---- Promises -----------------------------------------------------------------------------------


@_MANY
@given(lifetimes())
def test_no_two_live_buffers_overlap(planned: list[Buffer]) -> None:
    assert_sound(plan_memory(planned), planned)


@_MANY
@given(needs())
def test_scratch_is_aligned_and_meets_no_buffer_of_its_step(
    needed: tuple[list[Buffer], list[Scratch]],
) -> None:
    planned, scratch = needed
    assert_sound(plan_memory(planned, scratch), planned, scratch)


@_MANY
@given(needs())
def test_scratch_costs_no_more_than_the_largest(
    needed: tuple[list[Buffer], list[Scratch]],
) -> None:
    planned, scratch = needed
    without, plan = plan_memory(planned).size, plan_memory(planned, scratch).size
    largest = max((item.size for item in scratch), default=0)
    assert without <= plan <= without + largest + 2 * (ALIGNMENT - 1)


@_MANY
@given(lifetimes())
def test_size_is_between_busiest_step_and_sum(planned: list[Buffer]) -> None:
    plan = plan_memory(planned)
    assert lower_bound(planned) <= plan.size <= sum(buffer.size for buffer in planned)


@_MANY
@given(lifetimes())
def test_lower_bound_is_what_is_in_use_in_some_step(planned: list[Buffer]) -> None:
    in_use = [sum(b.size for b in planned if b.first <= step <= b.last) for step in range(10)]
    assert lower_bound(planned) == max(in_use)


@_MANY
@given(lifetimes())
def test_same_buffers_get_the_same_plan(planned: list[Buffer]) -> None:
    assert plan_memory(planned) == plan_memory(planned)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(lifetimes(most=6))
def test_nothing_smaller_exists_up_to_six_buffers(planned: list[Buffer]) -> None:
    assert plan_memory(planned).size == _smallest(planned)


def _smallest(planned: list[Buffer]) -> int:
    """Branch and bound: in a smallest plan every buffer lies at 0 or at the end of another."""
    best = [sum(buffer.size for buffer in planned)]

    def place(rest: list[Buffer], placed: list[tuple[Buffer, int]], size: int) -> None:
        if size >= best[0] and rest:
            return
        if not rest:
            best[0] = min(best[0], size)
            return
        for index, buffer in enumerate(rest):
            others = [(o, at) for o, at in placed if o.overlaps(buffer)]
            for offset in {0, *(at + o.size for o, at in others)}:
                end = offset + buffer.size
                if end >= best[0]:
                    continue
                if all(end <= at or at + o.size <= offset for o, at in others):
                    left = rest[:index] + rest[index + 1 :]
                    place(left, [*placed, (buffer, offset)], max(size, end))

    if planned and lower_bound(planned) < best[0]:
        place(planned, [], 0)
    return best[0]
