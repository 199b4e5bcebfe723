"""Which int8 maps get a column of padding in memory, and that it changes no answer."""

from __future__ import annotations

import numpy as np
import pytest
from graph_text import parse_graph
from header_batch import pixels_for
from hypothesis import given, settings
from random_graphs import graph_texts

from micronets.codegen.graph import Graph, Layout
from micronets.codegen.interpreter import evaluate_codes
from micronets.codegen.memory import plan_memory
from micronets.codegen.passes.pad_rows import pad_rows
from micronets.codegen.quantize import Sample, quantize
from micronets.codegen.schedule import make_schedule

_EXAMPLES = settings(max_examples=40, deadline=None, derandomize=True, database=None)
_SAME = "window=(3, 3) padding=(1, 1, 1, 1)"


def int8_graph(text: str) -> Graph:
    graph = parse_graph(text)
    sample = Sample(pixels_for(graph.input.shape, 4))
    return quantize(graph, (1 / 255, 0.0), sample, "minmax")[0]


def padded(text: str) -> set[str]:
    """The nodes whose outputs are padded."""
    nodes = pad_rows(int8_graph(text)).nodes
    return {node.name for node in nodes if node.output.layout is Layout.PADDED}


def chain(
    depthwise: str, side: int = 8, behind: str = "conv2d(b) [window=(1, 1) filters=2]"
) -> str:
    """A convolution, a depthwise one and a last layer."""
    return f"""
        x = input {side}x{side}x2
        a = conv2d(x) [window=(1, 1) filters=3]
        b = depthwise_conv2d(a) [{depthwise}]
        c = {behind}
        d = dense(c) [units=2]
        return d
        """


def test_maps_that_a_depthwise_convolution_pads_are_padded_in_memory() -> None:
    assert padded(chain(_SAME)) == {"a"}


@pytest.mark.parametrize("padding", ["(1, 1, 0, 0)", "(0, 0, 1, 1)"])
def test_padding_at_one_side_is_enough(padding: str) -> None:
    assert "a" in padded(chain(f"window=(3, 3) padding={padding}"))


def test_padding_above_and_below_alone_needs_none_in_memory() -> None:
    assert padded(chain("window=(3, 3) padding=(1, 0, 1, 0)")) == set()


def test_depthwise_outputs_of_an_odd_width_are_padded() -> None:
    assert padded(chain(_SAME, side=7)) == {"a", "b"}
    assert padded(chain("window=(3, 3)", side=9)) == {"b"}


@pytest.mark.parametrize(
    "behind", ["max_pool2d(b) [window=(2, 2)]", "average_pool2d(b) [window=(2, 2)]"]
)
def test_pools_read_padded_maps(behind: str) -> None:
    assert padded(chain(_SAME, 7, behind)) == {"a", "b"}


@pytest.mark.parametrize(
    "settings_text",
    [
        "window=(5, 5) padding=(1, 1, 1, 1)",
        "window=(3, 3) padding=(1, 1, 1, 1) stride=(3, 3)",
        "window=(3, 3) padding=(1, 1, 1, 1) multiplier=2",
        "window=(3, 3) padding=(2, 2, 2, 2)",
    ],
    ids=["window", "stride", "multiplier", "wide padding"],
)
def test_maps_of_other_depthwise_convolutions_stay(settings_text: str) -> None:
    assert padded(chain(settings_text, side=7)) == set()


@pytest.mark.parametrize(
    "behind",
    ["affine(b)", "relu(b)", "sigmoid(b)", "add(b, b)", "reshape(b) [shape=(147,)]"],
)
def test_maps_with_a_reader_that_knows_no_padding_stay(behind: str) -> None:
    assert padded(chain(_SAME, 7, behind)) == {"a"}


def test_maps_that_a_dense_layer_reads_as_a_whole_stay() -> None:
    assert padded(chain(_SAME, 7, "conv2d(b) [window=(7, 7) filters=2]")) == {"a"}


def test_a_map_with_another_reader_stays() -> None:
    text = f"""
        x = input 8x8x2
        a = conv2d(x) [window=(1, 1) filters=3]
        b = depthwise_conv2d(a) [{_SAME}]
        c = add(a, b)
        d = dense(c) [units=2]
        return d
        """
    assert padded(text) == set()


def test_outputs_of_the_net_and_the_callers_image_stay() -> None:
    text = f"""
        x = input 7x7x1
        a = depthwise_conv2d(x) [{_SAME}]
        return a
        """
    graph = pad_rows(int8_graph(text))
    assert {graph.input.layout, graph.nodes[0].output.layout} == {Layout.PLANAR}


def test_padding_layers_write_padded_maps() -> None:
    text = f"""
        x = input 6x6x2
        a = zero_pad2d(x) [padding=(0, 1, 1, 0)]
        b = depthwise_conv2d(a) [{_SAME}]
        c = dense(b) [units=2]
        return c
        """
    assert padded(text) == {"a"}


def test_float_maps_stay() -> None:
    graph = parse_graph(chain(_SAME))
    assert pad_rows(graph) is graph


def test_buffers_hold_padding_and_what_is_read_behind() -> None:
    graph = pad_rows(int8_graph(chain(_SAME, 5)))
    schedule = make_schedule(graph)
    sizes = {buffer.name: (buffer.size, buffer.lead) for buffer in schedule.buffers}
    # 5 rows of 3 channels of 6 columns behind one value; tiles of two read behind the last row.
    (tiles,) = schedule.steps[1].calls
    (pointwise,) = schedule.steps[2].calls
    assert sizes["a"] == (1 + 90 + tiles.reads_behind, 1)
    assert sizes["b"] == (1 + 90 + pointwise.reads_behind, 1)
    assert 0 < tiles.reads_behind <= 5
    # Of an odd number of channels the last is paired with what lies behind it.
    assert pointwise.reads_behind == 6 + 1
    # 8 bytes for each of 4 weights, of which one is a zero.
    assert [item.size for item in schedule.scratch if item.name == "c"] == [32]
    plan = plan_memory(schedule.buffers, schedule.scratch)
    assert plan.offsets["a"] != plan.offsets["b"]


@_EXAMPLES
@given(text=graph_texts())
def test_padding_changes_no_code_and_no_name(text: str) -> None:
    graph = int8_graph(text)
    result = pad_rows(graph)
    codes = np.random.default_rng(0).integers(-128, 128, (2, *graph.input.shape), np.int8)
    for before, after in zip(
        evaluate_codes(graph, codes), evaluate_codes(result, codes), strict=True
    ):
        np.testing.assert_array_equal(before, after)
    assert [node.name for node in result.nodes] == [node.name for node in graph.nodes]
    assert pad_rows(result).nodes == result.nodes or str(pad_rows(result)) == str(result)
