"""Which layers of a stream take their rows one at a time, and what it says of those that cannot."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from graph_text import parse_graph
from header_batch import export_graph, export_graph_s8

from micronets.codegen.export import Export
from micronets.codegen.stream import Stream, make_stream

_EXPORTS = {"int8": export_graph_s8, "float32": export_graph}
each_type = pytest.mark.parametrize("dtype", _EXPORTS)


def net(dtype: str, text: str) -> tuple[Export, Stream]:
    """A streaming export of a graph and its plan."""
    make: Callable[..., Export] = _EXPORTS[dtype]
    export = make(parse_graph(text), "Net", cut=0)
    return export, make_stream(export.schedule)


def folds(dtype: str, text: str) -> dict[str, tuple[int, int]]:
    """Of each layer that folds: how many rows, and the bytes of its sums beside the output."""
    calls = {step.node.name: step.calls[0] for step in net(dtype, text)[1].schedule.steps}
    return {name: (call.fold, call.scratch) for name, call in calls.items() if call.fold > 1}


def test_a_dense_layer_takes_the_rows_of_a_map_one_at_a_time() -> None:
    text = "x = input 9x7x1\ny = dense(x) [units=5]\nreturn y"
    assert folds("int8", text) == {"y": (9, 20)}
    assert folds("float32", text) == {"y": (9, 0)}


@each_type
def test_a_dense_layer_reads_a_map_whose_sums_take_no_less(dtype: str) -> None:
    # 8 of 9 rows of 7 values need not be held: 56 bytes, or 224 in float.
    units = {"int8": 14, "float32": 56}[dtype]
    text = "x = input 9x7x1\ny = dense(x) [units={}]\nreturn y"
    assert folds(dtype, text.format(units)) == {}
    assert set(folds(dtype, text.format(units - 1))) == {"y"}


@each_type
def test_a_dense_layer_reads_rows_through_views(dtype: str) -> None:
    text = """x = input 9x7x1
a = relu(x)
b = reshape(a) [shape=(3, 21, 1)]
y = conv2d(b) [window=(3, 21) filters=2]
return y"""
    assert folds(dtype, text)["y"][0] == 9


@each_type
def test_a_window_that_covers_its_map_is_a_dense_layer(dtype: str) -> None:
    text = "x = input 9x7x1\ny = conv2d(x) [window=(9, 7) filters=3]\nreturn y"
    assert folds(dtype, text)["y"][0] == 9


@pytest.mark.parametrize(
    ("places", "bytes_of_sum"), [((17, 15), 2), ((257, 1), 2), ((129, 2), 4)], ids=str
)
def test_sums_have_as_many_bits_as_the_windows_need(
    places: tuple[int, int], bytes_of_sum: int
) -> None:
    height, width = places
    text = f"x = input {height}x{width}x3\ny = average_pool2d(x) [window={places}]\nreturn y"
    assert folds("int8", text) == {"y": (height, 3 * bytes_of_sum)}
    assert folds("float32", text) == {"y": (height, 0)}


def test_average_pooling_folds_where_sums_take_less_than_rows() -> None:
    text = "x = input 12x12x3\ny = average_pool2d(x) [window={0} stride={0}]\nreturn y"
    # A row of 36 bytes against 18 sums of two: nothing is gained.
    assert folds("int8", text.format((2, 2))) == {}
    assert folds("int8", text.format((3, 3))) == {"y": (3, 24)}
    assert folds("float32", text.format((2, 2))) == {"y": (2, 0)}


@each_type
@pytest.mark.parametrize("kind", ["max_pool2d", "average_pool2d"])
def test_windows_that_meet_or_are_padded_hold_rows(dtype: str, kind: str) -> None:
    text = f"x = input 12x9x2 interleaved\ny = {kind}(x) [window=(4, 3) {{}}]\nreturn y"
    assert folds(dtype, text.format("stride=(3, 3)")) == {}
    assert folds(dtype, text.format("stride=(4, 3) padding=(1, 0, 0, 0)")) == {}
    assert set(folds(dtype, text.format("stride=(4, 3)"))) == {"y"}


@each_type
@pytest.mark.parametrize("kind", ["max_pool2d", "average_pool2d"])
def test_pooling_of_a_view_reads_other_rows(dtype: str, kind: str) -> None:
    text = f"""x = input 6x8x1
a = relu(x)
b = reshape(a) [shape=(12, 4, 1)]
y = {kind}(b) [window=(3, 4) stride=(3, 4)]
return y"""
    assert folds(dtype, text) == {}


@each_type
def test_nothing_folds_a_map_that_is_held_anyway(dtype: str) -> None:
    is_output = "x = input 9x7x1\na = relu(x)\ny = dense(a) [units=2]\nreturn a, y"
    assert folds(dtype, is_output) == {}
    is_read = """x = input 9x7x1
a = relu(x)
b = depthwise_conv2d(a) [window=(9, 3)]
y = dense(a) [units=2]
return b, y"""
    assert folds(dtype, is_read) == {}
    # Three rows are held for `b`; that spares none of the three that `y` reads at once.
    three = """x = input 9x7x1
a = relu(x)
b = depthwise_conv2d(a) [window=(3, 3) stride=(3, 3)]
y = max_pool2d(a) [window=(3, 7) stride=(3, 7)]
return b, y"""
    assert folds(dtype, three) == {}


@each_type
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = relu(x)\nreturn a", "a, an output of the net"),
        ("a = depthwise_conv2d(x) [window=(9, 3)]\nreturn a", "a, its window covers all rows"),
        ("a = average_pool2d(x) [window=(12, 7) padding=(2, 0, 1, 0)]\nreturn a", "a, its window"),
        ("a = relu(x)\nb = reshape(a) [shape=(9, 7)]\nreturn b", "b, its rows are others"),
        ("a = dense(x) [units=400]\nreturn a", "a, its sums would take no less"),
        (
            "a = relu(x)\nb = reshape(a) [shape=(7, 9, 1)]\n"
            "c = max_pool2d(b) [window=(2, 9)]\nd = dense(c) [units=1]\nreturn d",
            "c, its rows are others",
        ),
        (
            "a = relu(x)\nb = average_pool2d(a) [window=(7, 7) padding=(3, 3, 3, 3)]\n"
            "c = add(a, b)\nd = dense(c) [units=2]\nreturn d",
            None,
        ),
        ("a = conv2d(x) [window=(3, 3)]\nb = dense(a) [units=2]\nreturn b", None),
    ],
)
def test_who_needs_a_whole_map_is_named(dtype: str, text: str, said: str | None) -> None:
    export, _ = net(dtype, f"x = input 9x7x1\n{text}")
    lines = [line for line in str(export).splitlines() if line.startswith("holds its whole map")]
    assert lines == [str(whole) for whole in export.header.whole_maps]
    if said is None:
        assert lines == []
    else:
        (line,) = lines
        assert line.startswith(f"holds its whole map: {said}")
    assert all(f"//   {line}\n" in export.header.text for line in lines)


@each_type
def test_a_map_that_waits_for_another_is_named(dtype: str) -> None:
    # The first row of `b` comes with the fifth row of `x`, when there are five rows of `a`.
    text = """x = input 5x7x1
b = conv2d(x) [window=(9, 1) padding=(4, 0, 4, 0)]
a = relu(x)
c = add(a, b)
d = dense(c) [units=2]
return d"""
    size = 35 * (1 if dtype == "int8" else 4)
    assert [str(whole) for whole in net(dtype, text)[0].header.whole_maps] == [
        f"holds its whole map: b, its window covers all rows ({size} B)",
        f"holds its whole map: c, it waits for another input ({size} B)",
    ]
