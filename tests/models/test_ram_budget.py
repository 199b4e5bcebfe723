"""A budget of RAM: what is chosen, what is said, and what would fit where nothing does."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from micronets import MicroMobileNet, NanoMobileNet, PicoMobileNet
from micronets.codegen.pipeline import compile_model
from micronets.errors import RamBudgetError

_SHAPE = (48, 48, 1)


@pytest.fixture(scope="module")
def net() -> MicroMobileNet:
    return MicroMobileNet(3, _SHAPE)


def noise(count: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *_SHAPE), np.uint8)


def test_whole_maps_are_taken_where_they_fit(net: MicroMobileNet) -> None:
    plain = compile_model(net.model)
    export = compile_model(net.model, ram_budget=plain.ram)
    assert export.header.text == plain.header.text
    assert f"whole maps, which fit into {plain.ram:,} B and are fastest" in str(export)
    assert "memory" not in str(plain)


def test_rows_are_taken_where_whole_maps_do_not_fit(net: MicroMobileNet) -> None:
    plain = compile_model(net.model)
    export = compile_model(net.model, ram_budget=plain.ram - 1)
    assert export.ram < plain.ram
    assert "push_row" in export.header.text
    line = f"memory  rows, the fastest way that fits into {plain.ram - 1:,} B: "
    assert line in str(export)
    assert str(export.choice).splitlines()[-1].endswith(f"{export.ram:,} B in all")


def test_the_smallest_stream_fits_into_its_own_size(net: MicroMobileNet) -> None:
    least = compile_model(net.model, memory="stream").ram
    assert compile_model(net.model, memory="stream", ram_budget=least).ram == least


def test_a_stream_with_a_budget_equals_whole_maps_to_the_bit(net: MicroMobileNet) -> None:
    options = {"dtype": "int8", "calibration": noise(8)}
    whole = compile_model(net.model, **options).ram
    export = compile_model(net.model, memory="stream", ram_budget=whole // 2, **options)
    assert export.ram <= whole // 2
    assert export.verify(noise(2)).ok


def test_too_small_a_budget_says_what_would_fit(net: MicroMobileNet, tmp_path: Path) -> None:
    budget = 1_200
    with pytest.raises(RamBudgetError) as caught:
        net.export_cpp(tmp_path / "net.h", ram_budget=budget)
    text = str(caught.value)
    least = compile_model(net.model, memory="stream").ram
    assert f"{least:,} B of RAM when it holds as few rows as possible in float32" in text
    assert f"{least - budget:,} B more than ram_budget={budget:,}" in text
    assert 'With dtype="int8" and memory="stream" it takes' in text
    name, side, ram = re.search(r"int8 stream, (\w+) at (\d+)x\d+ \(([\d,]+) B\)", text).groups()
    assert (name, side) == ("NanoMobileNet", "48")
    nano = compile_model(
        NanoMobileNet(3, _SHAPE).model, dtype="int8", memory="stream", calibration=noise()
    )
    assert f"{nano.ram:,}" == ram
    assert nano.ram <= budget
    assert " or MicroMobileNet at " in text
    assert not list(tmp_path.iterdir())


def test_a_budget_below_everything_says_so(tmp_path: Path) -> None:
    with pytest.raises(RamBudgetError, match="No smaller net of the zoo fits either"):
        PicoMobileNet(3, _SHAPE).export_cpp(tmp_path / "net.h", ram_budget=20)


@pytest.mark.parametrize("budget", [0, -1, 2.5, "2 KB", True])
def test_a_budget_is_a_positive_number_of_bytes(net: MicroMobileNet, budget: object) -> None:
    with pytest.raises(ValueError, match="ram_budget must be a positive number of bytes"):
        compile_model(net.model, ram_budget=budget)
