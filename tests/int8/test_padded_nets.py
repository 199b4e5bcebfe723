"""Chains of convolutions around depthwise ones, laid out by the compiler, equal their twins."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from graph_text import parse_graph
from header_batch import Case, assert_same_codes, export_graph_s8, pixels_for, run_batch

from micronets.codegen.graph import Layout

_WIDTHS = range(1, 13)

_LAST = (
    "conv2d(d) [window=(1, 1) filters=3]",
    "max_pool2d(d) [window=(2, 1) padding=(1, 0, 0, 0)]",
    "conv2d(d) [window=(2, 3) padding=(0, 1, 1, 1) filters=3]",
    "average_pool2d(d) [window=(1, 2) padding=(0, 0, 0, 1)]",
)


def _net(number: int, width: int, stride: int, padding: tuple[int, ...]) -> str:
    """Image, general or pointwise convolution, depthwise one, and something that reads it."""
    channels, filters = 1 + number % 3, 2 + number % 4
    first = ("window=(1, 1)", "window=(3, 3) padding=(1, 1, 1, 1)", "window=(2, 1)")[number % 3]
    return f"""
        x = input 5x{width}x{channels}{" interleaved" if channels > 1 else ""}
        a = conv2d(x) [{first} filters={filters} activation=relu]
        b = depthwise_conv2d(a) [window=(3, 3) stride=({stride}, {stride}) padding={padding}]
        c = conv2d(b) [window=(1, 1) filters={filters + 1} activation=relu6]
        d = depthwise_conv2d(c) [window=(3, 3) padding=(1, 1, 1, 1) activation=relu]
        e = {_LAST[number % 4]}
        f = dense(e) [units=3]
        return f
        """


def _cases() -> list[Case]:
    texts = []
    for width, stride, (left, right) in product(_WIDTHS, (1, 2), ((1, 1), (0, 1), (1, 0), (0, 0))):
        if width + left + right >= 3:
            number = len(texts) * 7
            texts.append(_net(number, width, stride, (1, left, 1, right)))
    cases = []
    for number, text in enumerate(texts):
        export = export_graph_s8(parse_graph(text), f"Net{number}")
        cases.append(Case(export, pixels_for(export.graph.input.shape, 2, number)))
    return cases


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return _cases()


def test_the_nets_have_padded_maps_and_others(cases: list[Case]) -> None:
    layouts = [node.output.layout for case in cases for node in case.export.graph.nodes]
    assert {Layout.PLANAR, Layout.PADDED} == set(layouts)
    assert layouts.count(Layout.PADDED) > len(cases)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "build"),
    [
        ("host", {"optimize": "-O1", "warnings": True, "sanitize": True}),
        ("cortex-m4", {"optimize": "-O2"}),
        ("cortex-m4", {"optimize": "-Os", "warnings": True}),
        ("cortex-m0", {"optimize": "-Os"}),
        ("rv32", {"optimize": "-Os"}),
    ],
    ids=["host", "m4-O2", "m4-Os", "m0", "rv32"],
)
def test_padded_nets_equal_their_twins(
    cases: list[Case], target: str, build, tmp_path: Path, need_target
) -> None:
    need_target(target)
    for case, answer in zip(cases, run_batch(cases, tmp_path, target, **build), strict=True):
        assert_same_codes(case, answer)
