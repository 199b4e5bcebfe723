"""Candidates, boxes and suppression of int8 detectors: C++ is the Python twin, to the bit."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from detector_heads import Head, as_input, heads_graph, program_text, read_output
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from micronets import toolchain
from micronets.codegen.detect_s8 import (
    CERTAIN,
    least_probability_s8,
    power_of_two,
    probability_s8,
)
from micronets.codegen.detections import Maps, find_detections
from micronets.codegen.emit.amalgamate import include_root
from micronets.codegen.graph import Graph
from micronets.codegen.ops.detect_head import detector_heads
from micronets.detection.detections import Detections

CPP_TESTS = include_root().parents[1] / "tests"

# Ordinary heads; more candidates and detections than there is room for; codes that mean so much
# that everything saturates, in a large image, too; and so little that nothing moves.
SETTINGS = {
    "usual": ([Head((5, 7), 8, 12), Head((3, 4), 16, 40, logits=(0.09, 3))], {}),
    "crowded": (
        [Head((5, 7), 8, 12), Head((3, 4), 16, 40, logits=(0.02, 0))],
        {"max_candidates": 5, "max_detections": 3, "most_overlap": 0.6},
    ),
    "single": ([Head((4, 3), 10, 10)], {"max_candidates": 1, "max_detections": 1}),
    "wild": (
        [Head((5, 7), 300, 32_767, (1e9, -128), (1e9, 127)), Head((3, 4), 1, 1, (50.0, 127))],
        {"most_overlap": 0.0},
    ),
    "huge": (
        [Head((5, 7), 4_000, 3, (50.0, -60)), Head((3, 4), 8_000, 4_000, (0.5, -100))],
        {"most_overlap": 0.9},
    ),
    "still": ([Head((5, 7), 8, 12, (1e-12, 0), (1e-12, 0))], {"most_overlap": 1.0}),
}
IMAGE, HUGE = (40, 56), (32_767, 32_767)
THRESHOLDS = (0.5, 0.0, 0.3, 0.731, 1.0, 1e-9, -1.0, 2.0, math.nan, math.inf, -math.inf)


@cache
def graph_of(name: str) -> Graph:
    heads, limits = SETTINGS[name]
    image = HUGE if name == "huge" else IMAGE
    return heads_graph(heads, image, is_int8=True, **limits)


def random_maps(graph: Graph, seed: int, kind: str) -> Maps:
    """Codes of one image: anything, few different scores, or one code everywhere."""
    rng = np.random.default_rng(seed)
    low, high = {"noise": (-128, 128), "ties": (-1, 2), "ends": (0, 2)}.get(kind, (0, 1))
    maps = []
    for head in detector_heads(graph):
        codes = []
        for tensor in graph.inputs_of(head):
            array = rng.integers(low, high, (tensor.size // tensor.shape[2], tensor.shape[2]))
            array = array * 255 - 128 if kind == "ends" else array
            codes.append(np.asarray(array + (seed % 200 - 100 if kind == "same" else 0), np.int8))
        maps.append((codes[0], codes[1]))
    return maps


@cache
def program_of(name: str, target: str) -> toolchain.Program:
    return toolchain.build(
        target,
        program_text(graph_of(name)),
        include_dirs=[include_root().parent, CPP_TESTS],
        warnings=True,
        sanitize=target == "host",
        optimize="-O1" if target == "host" else "-Os",
        standard="c++11" if target == "host" else None,
    )


def assert_same(actual: Detections, expected: Detections) -> None:
    np.testing.assert_array_equal(actual.boxes, expected.boxes)
    np.testing.assert_array_equal(actual.scores, expected.scores)


def check(name: str, target: str, cases: list[tuple[Maps, float]]) -> None:
    graph = graph_of(name)
    records = b"".join(as_input(graph, maps, threshold) for maps, threshold in cases)
    found = read_output(program_of(name, target).run(records).output)
    assert len(found) == 2 * len(cases)
    for number, (maps, threshold) in enumerate(cases):
        expected = find_detections(graph, maps, threshold)
        assert_same(found[2 * number], expected)
        assert_same(found[2 * number + 1], expected)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name == "crowded" else pytest.mark.slow) for name in SETTINGS],
)
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from(["noise", "ties", "ends", "same"]),
    threshold=st.sampled_from(THRESHOLDS) | st.floats(0, 1, width=32),
)
def test_cpp_is_the_twin(need_target, name: str, seed: int, kind: str, threshold: float) -> None:
    need_target("host")
    check(name, "host", [(random_maps(graph_of(name), seed, kind), threshold)])


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m0", "rv32", "avr", "host-m32"])
@pytest.mark.parametrize("name", SETTINGS)
def test_chips_are_the_twin(need_target, name: str, target: str) -> None:
    need_target(target)
    kinds = ("noise", "ties", "ends", "same")
    cases = [
        (random_maps(graph_of(name), seed, kinds[seed % 4]), threshold)
        for seed, threshold in enumerate(THRESHOLDS)
    ]
    check(name, target, cases)


def test_settings_find_and_drop_what_they_shall() -> None:
    """The programs would agree on nothing, too."""
    sizes = {
        name: len(find_detections(graph_of(name), random_maps(graph_of(name), 1, "noise"), 0.5))
        for name in SETTINGS
    }
    assert sizes["crowded"] == 3
    assert sizes["single"] == 1
    assert 3 < sizes["usual"] <= 32
    assert sizes["wild"] >= 1


# ---- Scores and sides ---------------------------------------------------------------------------


def test_probabilities_are_those_of_a_sigmoid_and_never_fall() -> None:
    scores = np.arange(-32_767, 32_768)
    codes = probability_s8(scores)
    exact = CERTAIN / (1 + np.exp(-scores / 1024))
    assert np.abs(codes - exact).max() < 2
    assert (np.diff(codes) >= 0).all()
    assert (codes[0], codes[32_767], codes[-1]) == (0, CERTAIN // 2, CERTAIN)


def test_powers_of_two_are_within_a_hundredth_of_a_percent_and_never_fall() -> None:
    exponents = np.arange(-3 << 16, 20 << 16, 7)
    powers = power_of_two(exponents)
    exact = 2.0 ** (exponents / 2**16)
    assert (np.abs(powers - exact) <= 0.5 + 1.1e-4 * exact).all()
    assert (np.diff(powers) >= 0).all()
    assert power_of_two([29 << 16]).tolist() == [2**29]


def test_threshold_is_compared_exactly() -> None:
    assert least_probability_s8(0.5) == CERTAIN // 2
    assert least_probability_s8(np.nextafter(np.float32(0.5), np.float32(1))) == CERTAIN // 2 + 1
    assert least_probability_s8(1e-30) == 1
    assert least_probability_s8(1.0) == CERTAIN
    assert least_probability_s8(1.1) > CERTAIN
    assert least_probability_s8(math.nan) > CERTAIN


# ---- What it costs ------------------------------------------------------------------------------

FACES = [
    *(Head((30, 40), 8, side) for side in (8, 16)),
    *(Head((15, 20), 16, side) for side in (32, 48)),
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["noise", "rising", "apart"])
def test_3000_priors_take_less_than_a_million_instructions(cortex_m4, kind: str) -> None:
    """Also where each prior is better than the one before, and where boxes are small."""
    graph = heads_graph(FACES, (240, 320), is_int8=True)
    maps = random_maps(graph, 1, "noise")
    for number, (loc, conf) in enumerate(maps):
        if kind == "rising":
            conf[:, 0] = -128
            conf[:, 1] = number * 60 + np.arange(len(conf)) * 60 // len(conf) - 128
        if kind == "apart":
            loc[:, 2:] = -128
    program = toolchain.build(
        cortex_m4,
        program_text(graph),
        include_dirs=[include_root().parent, CPP_TESTS],
        optimize="-Os",
    )
    run = program.run(as_input(graph, maps, 0.01))
    assert_same(read_output(run.output)[0], find_detections(graph, maps, 0.01))
    assert run.instructions[0] < 1_000_000
