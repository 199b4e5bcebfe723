"""Ranges from calibration images, degenerate ones too."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from graph_text import parse_graph
from header_batch import images_for

from micronets.codegen.calibrate import calibrate
from micronets.codegen.observers import OBSERVERS


@pytest.mark.parametrize("observer", OBSERVERS)
def test_values_a_few_roundings_apart_have_a_range(observer: str) -> None:
    """Too narrow for a histogram of float32 values."""
    graph = parse_graph("x = input 4x4x2\na = affine(x)\nreturn a")
    node = dataclasses.replace(
        graph.nodes[0],
        constants={"scale": np.full(2, 1e-6, np.float32), "offset": np.full(2, 3, np.float32)},
    )
    ranges = calibrate(graph.with_nodes([node]), images_for((4, 4, 2), 16), observer)
    low, high = ranges["a"]
    assert low < high
    assert (low, high) == pytest.approx((3, 3), abs=1e-5)
