"""Candidates, boxes and suppression of float detectors: C++ against Python's references."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from detector_heads import Head, as_input, heads_graph, program_text, read_output
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from micronets import toolchain
from micronets.codegen.detections import Maps, find_detections
from micronets.codegen.emit.amalgamate import include_root
from micronets.codegen.graph import Array, Graph, Node
from micronets.codegen.ops.detect_head import detector_heads
from micronets.detection import detections as reference
from micronets.detection.detections import Detections
from micronets.detection.priors import PriorLayout, make_priors

HEADS = [Head((5, 7), 8, 12), Head((3, 4), 16, 40)]
IMAGE = (40, 56)
THRESHOLDS = (0.5, 0.0, 0.3, 0.731, 1.0, -1.0, 2.0, math.nan, math.inf)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return heads_graph(HEADS, IMAGE, is_int8=False)


@pytest.fixture(scope="module")
def program(graph: Graph, need_target) -> toolchain.Program:
    need_target("host")
    return build(graph, "host", sanitize=True, optimize="-O1", standard="c++11")


def build(graph: Graph, target: str, **options: object) -> toolchain.Program:
    folders = [include_root().parent, include_root().parents[1] / "tests"]
    return toolchain.build(
        target, program_text(graph), include_dirs=folders, warnings=True, **options
    )


def random_maps(graph: Graph, seed: int, wild: bool = False) -> Maps:
    rng = np.random.default_rng(seed)
    maps = []
    for head in detector_heads(graph):
        loc, conf = (
            rng.normal(0, 1.5, (tensor.size // tensor.shape[2], tensor.shape[2]))
            for tensor in graph.inputs_of(head)
        )
        if wild:
            for array in (loc, conf):
                odd = rng.random(array.shape) < 0.2
                values = [np.nan, np.inf, -np.inf, 3e38, -3e38, 9.9e5, -9.9e5, 0.0]
                array[odd] = rng.choice(values, odd.sum())
        maps.append((loc.astype(np.float32), conf.astype(np.float32)))
    return maps


def run(program: toolchain.Program, graph: Graph, maps: Maps, threshold: float) -> Detections:
    first, second = read_output(program.run(as_input(graph, maps, threshold)).output)
    np.testing.assert_array_equal(first.boxes, second.boxes)
    np.testing.assert_array_equal(first.scores, second.scores)
    return first


def assert_near(actual: Detections, expected: Detections) -> None:
    assert len(actual) == len(expected)
    np.testing.assert_allclose(actual.scores, expected.scores, atol=1e-6)
    assert np.abs(actual.boxes - expected.boxes).max(initial=0) <= 1


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_cpp_finds_what_python_finds(program: toolchain.Program, graph: Graph, threshold) -> None:
    for seed in range(12):
        maps = random_maps(graph, seed)
        assert_near(run(program, graph, maps, threshold), find_detections(graph, maps, threshold))


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32 - 1), threshold=st.sampled_from(THRESHOLDS))
def test_numbers_gone_wrong_are_dropped(
    program: toolchain.Program, graph: Graph, seed: int, threshold: float
) -> None:
    """Under the sanitizers: nothing overflows, and what is no number is nowhere."""
    found = run(program, graph, random_maps(graph, seed, wild=True), threshold)
    height, width = IMAGE
    assert (found.boxes >= 0).all()
    assert (found.boxes <= [width, height, width, height]).all()
    assert (found.boxes[:, :2] < found.boxes[:, 2:]).all()
    assert (found.scores >= threshold).all()
    assert (np.diff(found.scores) <= 0).all()


def test_nothing_but_nan_finds_nothing(program: toolchain.Program, graph: Graph) -> None:
    maps = [(loc * np.float32(np.nan), conf) for loc, conf in random_maps(graph, 3)]
    assert len(run(program, graph, maps, 0.0)) == 0
    maps = [(loc, conf * np.float32(np.nan)) for loc, conf in random_maps(graph, 3)]
    assert len(run(program, graph, maps, 0.0)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m0", "rv32"])
def test_chips_find_what_python_finds(need_target, graph: Graph, target: str) -> None:
    need_target(target)
    program = build(graph, target, optimize="-Os")
    for seed in range(4):
        maps = random_maps(graph, seed)
        assert_near(run(program, graph, maps, 0.4), find_detections(graph, maps, 0.4))


def heads_of(graph: Graph, maps: Maps) -> Iterator[tuple[Node, tuple[Array, Array]]]:
    return zip(detector_heads(graph), maps, strict=True)


def quantized(graph: Graph, head: Node, maps: tuple[Array, Array]) -> tuple[Array, Array]:
    loc, conf = graph.inputs_of(head)
    return loc.quant.quantize(maps[0]), conf.quant.quantize(maps[1])


def dequantized(graph: Graph, head: Node, maps: tuple[Array, Array]) -> tuple[Array, Array]:
    loc, conf = graph.inputs_of(head)
    return loc.quant.dequantize(maps[0]), conf.quant.dequantize(maps[1])


@pytest.mark.parametrize("is_int8", [False, True])
def test_twin_is_find_detections_up_to_rounding(is_int8: bool) -> None:
    """With room for everything; int8 reads what its codes stand for."""
    graph = heads_graph(HEADS, IMAGE, is_int8=is_int8, max_candidates=100, max_detections=100)
    layout = PriorLayout(*zip(*((head.step, head.side) for head in HEADS), strict=True))
    priors = make_priors(layout, IMAGE, [head.size for head in HEADS])
    missing = total = 0
    for seed in range(30):
        maps = real = random_maps(graph, seed)
        if is_int8:
            maps = [quantized(graph, head, pair) for head, pair in heads_of(graph, maps)]
            real = [dequantized(graph, head, pair) for head, pair in heads_of(graph, maps)]
        loc, conf = (np.concatenate([head[i] for head in real]) for i in (0, 1))
        expected = reference.find_detections(loc, conf, priors, IMAGE).clipped(IMAGE)
        inside = (expected.boxes[:, :2].round() < expected.boxes[:, 2:].round()).all(axis=1)
        expected = Detections(expected.boxes[inside], expected.scores[inside])
        found = find_detections(graph, maps, 0.5)
        distance = np.abs(found.boxes[:, np.newaxis] - expected.boxes).max(axis=2, initial=0)
        distance += 1e3 * np.abs(found.scores[:, np.newaxis] - expected.scores)
        # A rounding decides about a box at the border of the image or of an overlap now and then.
        missing += int((distance.min(axis=0, initial=99) > 1.1).sum())
        missing += int((distance.min(axis=1, initial=99) > 1.1).sum())
        total += len(found) + len(expected)
    assert total > 600
    assert missing <= (0.01 * total if is_int8 else 0)
