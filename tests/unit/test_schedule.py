"""The order of the kernel calls, what runs in place, and how long buffers live."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from graph_text import parse_graph
from hypothesis import given, settings
from random_graphs import graph_texts

from micronets.codegen.memory import lower_bound, plan_memory
from micronets.codegen.passes import FLOAT_PASSES, run_passes
from micronets.codegen.schedule import Schedule, make_schedule


def schedule_of(text: str) -> Schedule:
    return make_schedule(parse_graph(text))


def lives(schedule: Schedule) -> Mapping[str, tuple[int, int, int]]:
    """Size, first and last step of each buffer."""
    return {b.name: (b.size, b.first, b.last) for b in schedule.buffers}


def test_buffers_live_from_their_writer_to_their_last_reader() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x2
        a = conv2d(x) [window=(1, 1) filters=3]
        b = conv2d(a) [window=(3, 3) filters=5]
        c = dense(b) [units=2]
        return c
        """
    )
    assert lives(schedule) == {"a": (48, 0, 1), "b": (20, 1, 2), "c": (2, 2, 3)}


def test_the_callers_image_needs_no_buffer() -> None:
    schedule = schedule_of("x = input 9x9x1\na = max_pool2d(x) [window=(9, 9)]\nreturn a")
    assert lives(schedule) == {"a": (1, 0, 1)}


def test_the_callers_image_is_never_overwritten() -> None:
    schedule = schedule_of("x = input 8x1x1\na = relu(x)\nb = sigmoid(a)\nreturn b")
    assert schedule.homes == {"x": "x", "a": "a", "b": "a"}


@pytest.mark.parametrize("op", ["relu", "leaky_relu", "sigmoid", "tanh", "softmax", "affine"])
def test_in_place_with_single_reader(op: str) -> None:
    settings_text = " [slope=0.5]" if op == "leaky_relu" else ""
    schedule = schedule_of(
        f"x = input 4x4x2\na = max_pool2d(x) [window=(2, 2)]\nb = {op}(a){settings_text}\nreturn b"
    )
    assert schedule.homes["b"] == "a"
    assert lives(schedule) == {"a": (18, 0, 2)}


def test_in_place_only_when_nobody_reads_it_later() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x2
        a = max_pool2d(x) [window=(2, 2)]
        b = sigmoid(a)
        c = add(a, b)
        return c
        """
    )
    # b must not overwrite a, which c reads; c may overwrite either.
    assert schedule.homes["b"] == "b"
    assert schedule.homes["c"] == "a"
    assert lives(schedule) == {"a": (18, 0, 3), "b": (18, 1, 2)}


def test_outputs_of_the_net_are_not_overwritten() -> None:
    schedule = schedule_of("x = input 4x1x1\na = dense(x) [units=3]\nb = softmax(a)\nreturn a, b")
    assert schedule.homes["b"] == "b"
    assert lives(schedule) == {"a": (3, 0, 2), "b": (3, 1, 2)}


def test_add_overwrites_the_input_that_nobody_needs() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x2
        a = max_pool2d(x) [window=(2, 2)]
        b = average_pool2d(x) [window=(2, 2)]
        c = add(a, b)
        d = add(c, a)
        return d
        """
    )
    assert schedule.homes["c"] == "b"
    assert schedule.homes["d"] in ("a", "b")


def test_adding_a_tensor_to_itself_runs_in_place() -> None:
    schedule = schedule_of("x = input 4x1x1\na = dense(x) [units=3]\nb = add(a, a)\nreturn b")
    assert schedule.homes["b"] == "a"


def test_windowed_operators_never_run_in_place() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x2
        a = conv2d(x) [window=(1, 1) filters=2]
        b = depthwise_conv2d(a) [window=(3, 3) padding=(1, 1, 1, 1)]
        c = conv2d(b) [window=(1, 1) filters=2]
        return c
        """
    )
    assert {schedule.homes[name] for name in "abc"} == {"a", "b", "c"}


def test_flatten_of_one_channel_is_a_view() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x1
        a = max_pool2d(x) [window=(2, 2)]
        b = reshape(a) [shape=(4,)]
        c = softmax(b)
        return c
        """
    )
    assert [step.node.name for step in schedule.steps] == ["a", "c"]
    assert schedule.homes == {"x": "x", "a": "a", "b": "a", "c": "a"}


def test_flatten_of_several_channels_and_columns_is_a_copy() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x3
        a = max_pool2d(x) [window=(2, 2)]
        b = reshape(a) [shape=(12,)]
        c = softmax(b)
        return c
        """
    )
    assert [step.node.name for step in schedule.steps] == ["a", "b", "c"]
    assert schedule.homes["b"] == "b"


def test_view_keeps_the_buffer_alive() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x1
        a = max_pool2d(x) [window=(2, 2)]
        v = reshape(a) [shape=(4,)]
        b = sigmoid(a)
        c = dense(v) [units=2]
        d = dense(b) [units=2]
        e = add(c, d)
        return e
        """
    )
    # b comes first, but c still reads a through v.
    assert schedule.homes["v"] == "a"
    assert schedule.homes["b"] == "b"
    assert lives(schedule)["a"][2] == 2


def test_view_of_the_image_is_read_from_the_image() -> None:
    schedule = schedule_of(
        """
        x = input 4x4x2 interleaved
        v = reshape(x) [shape=(32,)]
        a = dense(v) [units=2]
        return a
        """
    )
    assert schedule.homes["v"] == "x"
    assert [step.node.name for step in schedule.steps] == ["a"]


def test_view_of_the_image_that_is_an_output_is_copied() -> None:
    schedule = schedule_of("x = input 4x4x1\nv = reshape(x) [shape=(16,)]\nreturn v")
    assert [step.node.name for step in schedule.steps] == ["v"]
    assert lives(schedule) == {"v": (16, 0, 1)}


_EXAMPLES = settings(max_examples=80, deadline=None, derandomize=True, database=None)


@_EXAMPLES
@given(text=graph_texts())
def test_simulated_memory_gives_every_reader_what_was_written(text: str) -> None:
    """Writes each tensor's name into its place and looks whether its readers still find it."""
    schedule = make_schedule(run_passes(FLOAT_PASSES, parse_graph(text)))
    graph, plan = schedule.graph, plan_memory(schedule.buffers)
    assert plan.size >= lower_bound(schedule.buffers)
    owner = np.full(plan.size, -1)
    numbers: dict[str, int] = {}
    views = _views(schedule)

    def place(name: str) -> slice:
        offset = plan.offsets[schedule.homes[name]]
        return slice(offset, offset + graph.tensor(name).size)

    for step in schedule.steps:
        sources = {views.get(name, name) for name in step.node.inputs}
        for name in sources - {graph.input.name}:
            assert (owner[place(name)] == numbers[name]).all(), f"{step.node.name} reads {name}"
        in_place = schedule.homes[step.node.name] != step.node.name
        for name in sources - {graph.input.name} if not in_place else ():
            one, other = place(name), place(step.node.name)
            assert one.stop <= other.start or other.stop <= one.start, step.node.name
        numbers[step.node.name] = len(numbers)
        owner[place(step.node.name)] = numbers[step.node.name]
    for name in graph.outputs:
        assert (owner[place(name)] == numbers[views.get(name, name)]).all(), f"output {name}"


def _views(schedule: Schedule) -> dict[str, str]:
    """The tensor that was computed, for every view of one."""
    computed = {step.node.name for step in schedule.steps}
    views: dict[str, str] = {}
    for node in schedule.graph.nodes:
        if node.name not in computed:
            views[node.name] = views.get(node.inputs[0], node.inputs[0])
    return views
