"""`python -m micronets.bench` with a selection: it prints and changes nothing."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from micronets.bench.__main__ import main

_CSV = Path(__file__).parents[2] / "docs" / "benchmarks.csv"


def test_selection_prints_beside_the_committed_figure(cortex_m4):
    before = _CSV.read_bytes()
    options = ["--net", "pico", "--target", "cortex-m4", "--optimize", "-O2", "--input", "float"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert line.split()[:4] == ["pico", "cortex-m4", "-O2", "float"]
    assert "committed" in line
    assert _CSV.read_bytes() == before


def test_unknown_net_is_refused():
    result = CliRunner().invoke(main, ["--net", "giga"])
    assert result.exit_code == 2
    assert "giga" in result.stderr
