"""`python -m micronets.bench` with a selection: it prints and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from micronets.bench.__main__ import main

_CSV = Path(__file__).parents[2] / "docs" / "benchmarks.csv"


def test_selection_prints_beside_the_committed_figure(cortex_m4):
    before = _CSV.read_bytes()
    options = ["--net", "pico", "--target", "cortex-m4", "--optimize", "-O2", "--input", "int8"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    whole, rows = result.stdout.splitlines()
    assert whole.split()[:5] == ["pico", "cortex-m4", "-O2", "int8", "pingpong"]
    assert "committed" in whole
    assert rows.split()[:5] == ["pico", "cortex-m4", "-O2", "int8", "stream"]
    times = float(rows.partition(" of whole maps")[0].split()[-1])
    assert times == pytest.approx(_instructions(rows) / _instructions(whole), abs=0.001)
    assert _CSV.read_bytes() == before


def _instructions(line: str) -> int:
    return int(line.split()[5].replace(",", ""))


def test_memory_is_selected(cortex_m4):
    options = ["--net", "pico", "--target", "cortex-m4", "--optimize", "-Os", "--memory", "stream"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[3:5] for line in lines] == [["float", "stream"], ["int8", "stream"]]


def test_unknown_net_is_refused():
    result = CliRunner().invoke(main, ["--net", "giga"])
    assert result.exit_code == 2
    assert "giga" in result.stderr
