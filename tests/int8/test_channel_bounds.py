"""Bounds of channels hold for every image, and what saturates within them is deleted, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from graph_text import parse_graph
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_graphs import graph_texts

from micronets.codegen.calibrate import calibrate
from micronets.codegen.graph import Graph
from micronets.codegen.interpreter import evaluate, evaluate_codes, trace, trace_codes
from micronets.codegen.passes.channel_bounds import channel_bounds
from micronets.codegen.passes.lower_int8 import lower_int8
from micronets.codegen.passes.remove_dead_channels import remove_dead_channels

_PIXEL = (1 / 255, 0.0)

_NETS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def with_constants(graph: Graph, name: str, **constants: Any) -> Graph:
    """The graph with other weights or biases in one of its nodes."""
    nodes = []
    for node in graph.nodes:
        if node.name == name:
            arrays = {role: np.array(value, np.float32) for role, value in constants.items()}
            for role, array in arrays.items():
                assert array.shape == node.constants[role].shape
            node = replace(node, constants={**node.constants, **arrays})  # noqa: PLW2901
        nodes.append(node)
    return graph.with_nodes(nodes)


def images_of(graph: Graph, seed: int = 0, count: int = 6) -> np.ndarray:
    """Pixels, the darkest and the brightest image among them."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, *graph.input.shape), np.uint8)
    pixels[0], pixels[1] = 0, 255
    return pixels


def lowered(graph: Graph, pixels: np.ndarray) -> tuple[Graph, np.ndarray]:
    """The int8 graph, calibrated with the pixels, and the codes of these."""
    ranges = calibrate(graph, (pixels / 255).astype(np.float32), "minmax")
    return lower_int8(graph, ranges, _PIXEL), (pixels.astype(np.int16) - 128).astype(np.int8)


def biased(graph: Graph, shifts: Sequence[float], seed: int) -> Graph:
    """Every bias moved by one of the shifts, some filters without weights."""
    rng = np.random.default_rng(seed)
    for node in graph.nodes:
        if "bias" not in node.constants:
            continue
        bias = node.constants["bias"]
        weights = node.constants["weights"].copy()
        if node.op != "depthwise_conv2d":
            weights[rng.random(len(weights)) < 0.1] = 0
        moved = bias + rng.choice(shifts, bias.shape)
        graph = with_constants(graph, node.name, bias=moved, weights=weights)
    return graph


@st.composite
def chains(draw: st.DrawFn) -> Graph:
    """Layers behind each other, where constants travel far and meet padding."""
    lines = [f"x = input 6x{draw(st.integers(5, 7))}x{draw(st.sampled_from((1, 3)))} interleaved"]
    if lines[0].endswith("x1 interleaved"):
        lines[0] = lines[0].removesuffix(" interleaved")
    for number in range(draw(st.integers(2, 5))):
        clamp = f"activation={draw(st.sampled_from(('linear', 'relu', 'relu6', 'relu0.5')))}"
        padded = f"window=(3, 3) padding={draw(st.sampled_from(('(1, 1, 1, 1)', '(0, 0, 2, 1)')))}"
        layer = draw(
            st.sampled_from(
                (
                    f"conv2d({{}}) [filters=5 window=(1, 1) {clamp}]",
                    f"conv2d({{}}) [filters=4 {padded} {clamp}]",
                    f"depthwise_conv2d({{}}) [{padded} {clamp}]",
                    "max_pool2d({}) [window=(2, 2) stride=(1, 1) padding=(0, 1, 1, 0)]",
                    "average_pool2d({}) [window=(2, 2) stride=(1, 1) padding=(1, 0, 0, 1)]",
                    "leaky_relu({}) [slope=0.25]",
                    "zero_pad2d({}) [padding=(1, 0, 1, 2)]",
                    f"affine({{}}) [{clamp}]",
                )
            )
        )
        before = f"n{number - 1}" if number else "x"
        lines.append(f"n{number} = {layer.format(before)}")
    last = f"n{len(lines) - 2}"
    lines += [f"mixed = conv2d({last}) [filters=4 window=(1, 1)]", "y = dense(mixed) [units=3]"]
    graph = parse_graph("\n".join([*lines, "return y"]))
    return biased(graph, (-60, -6, 0, 0, 0, 6, 60), draw(st.integers(0, 10**6)))


def biased_graphs() -> st.SearchStrategy[Graph]:
    """Nets of every operator, with branches and several heads, and strong biases."""
    texts, seeds = graph_texts(), st.integers(0, 10**6)
    return st.builds(lambda text, seed: biased(parse_graph(text), (-40, 0, 40), seed), texts, seeds)


@_NETS
@given(graph=chains() | biased_graphs(), seed=st.integers(0, 10**6))
def test_every_value_lies_within_its_bounds(graph: Graph, seed: int) -> None:
    pixels = images_of(graph, seed)
    quantized, codes = lowered(graph, pixels)
    # Bounds must hold for images that calibration has not seen, also for floats of any size.
    others = np.random.default_rng(seed).integers(-128, 128, codes.shape).astype(np.int8)
    wide = np.random.default_rng(seed).normal(0, 1e3, codes.shape).astype(np.float32)
    for net, values in (
        (quantized, trace_codes(quantized, np.concatenate([codes, others]))),
        (graph, trace(graph, wide)),
    ):
        for name, bounds in channel_bounds(net).items():
            channels = values[name].reshape(-1, net.tensor(name).map_shape[2])
            assert (channels >= bounds.low).all() and (channels <= bounds.high).all(), name


@_NETS
@given(graph=chains() | biased_graphs(), seed=st.integers(0, 10**6))
def test_removal_keeps_every_bit(graph: Graph, seed: int) -> None:
    pixels = images_of(graph, seed)
    quantized, codes = lowered(graph, pixels)
    smaller, _ = remove_dead_channels(quantized)
    for other in (codes, np.random.default_rng(seed).integers(-128, 128, codes.shape, np.int8)):
        pairs = zip(evaluate_codes(quantized, other), evaluate_codes(smaller, other), strict=True)
        for whole, reduced in pairs:
            np.testing.assert_array_equal(reduced, whole)


@_NETS
@given(graph=chains(), seed=st.integers(0, 10**6))
def test_removal_keeps_float32(graph: Graph, seed: int) -> None:
    images = (images_of(graph, seed) / 255).astype(np.float32)
    smaller, _ = remove_dead_channels(graph)
    whole = evaluate(graph, images)[0]
    tolerance = 1e-4 * max(1.0, float(np.abs(whole).max()))
    np.testing.assert_allclose(evaluate(smaller, images)[0], whole, rtol=0, atol=tolerance)


CLAMPED = """
    x = input 5x5x2 interleaved
    a = conv2d(x) [filters=4 window=(1, 1) activation=relu6]
    b = conv2d(a) [filters=3 window=(1, 1) activation=relu6]
    c = conv2d(b) [filters=2 window={window} padding={padding}]
    return c
"""


def saturated(window: str = "(1, 1)", padding: str = "(0, 0, 0, 0)") -> Graph:
    """Channel 0 of `b` is 0, channel 1 is 6, channel 2 lives, whatever `a` in [0, 6] is."""
    graph = parse_graph(CLAMPED.format(window=window, padding=padding))
    weights = np.full((3, 1, 1, 4), 0.25, np.float32)
    weights[:, 0, 0, 1::2] = -0.25
    graph = with_constants(graph, "b", weights=weights, bias=[-3.5, 9.5, 1.0])
    # No channel of `a` is constant.
    mixed = [[[[3.0, -3.0]]], [[[-3.0, 3.0]]], [[[2.0, 1.0]]], [[[1.0, 2.0]]]]
    return with_constants(graph, "a", weights=mixed, bias=[0.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("int8", [False, True])
def test_what_saturates_both_ways_is_deleted(int8: bool) -> None:
    graph = saturated()
    net = lowered(graph, images_of(graph))[0] if int8 else graph
    smaller, lost = remove_dead_channels(net)
    assert lost == {"b": 2}
    assert smaller.node("c").constants["weights"].shape == (2, 1, 1, 1)


@pytest.mark.parametrize("int8", [False, True])
def test_only_the_value_of_the_padding_is_deleted_in_front_of_padding(int8: bool) -> None:
    graph = saturated("(3, 3)", "(1, 1, 1, 1)")
    net = lowered(graph, images_of(graph))[0] if int8 else graph
    smaller, lost = remove_dead_channels(net)
    assert lost == {"b": 1}
    assert smaller.tensor("b").shape == (5, 5, 2)


def test_a_float_that_only_nearly_saturates_stays() -> None:
    """Its sum is 0 in exact arithmetic; rounding may lift it above."""
    graph = with_constants(saturated(), "b", bias=[-3.0, 9.0, 1.0])
    assert channel_bounds(graph)["b"].high[0] > 0
    assert not remove_dead_channels(graph)[1]


def test_int8_bounds_are_exact_integers() -> None:
    graph = parse_graph("x = input 1x1x1\na = conv2d(x) [filters=2 window=(1, 1)]\nreturn a")
    graph = with_constants(graph, "a", weights=[[[[1.0]]], [[[-2.0]]]], bias=[0.5, 0.0])
    quantized, codes = lowered(graph, np.arange(256, dtype=np.uint8).reshape(256, 1, 1, 1))
    bounds, seen = channel_bounds(quantized)["a"], evaluate_codes(quantized, codes)[0]
    np.testing.assert_array_equal(bounds.low, seen.reshape(256, 2).min(axis=0))
    np.testing.assert_array_equal(bounds.high, seen.reshape(256, 2).max(axis=0))


def test_what_only_a_deleted_channel_read_is_deleted_as_well() -> None:
    graph = parse_graph(
        """
        x = input 6x6x1
        a = conv2d(x) [filters=3 window=(3, 3) activation=relu6]
        b = depthwise_conv2d(a) [window=(3, 3) padding=(1, 1, 1, 1) activation=relu6]
        c = conv2d(b) [filters=2 window=(1, 1)]
        return c
        """
    )
    weights = graph.node("b").constants["weights"].copy()
    weights[..., 1] = 0
    graph = with_constants(graph, "b", weights=weights, bias=[0.1, 2.0, 0.1])
    readers = graph.node("c").constants["weights"].copy()
    readers[..., 2] = 0
    graph = with_constants(graph, "c", weights=readers)
    images = images_of(graph)
    quantized, codes = lowered(graph, images)
    smaller, lost = remove_dead_channels(quantized)
    # Channel 1 has no weights behind it, channel 2 has no reader.
    assert lost == {"a": 2}
    assert smaller.tensor("b").shape == (4, 4, 1)
    np.testing.assert_array_equal(
        evaluate_codes(smaller, codes)[0], evaluate_codes(quantized, codes)[0]
    )
