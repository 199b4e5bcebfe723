"""The speed that was promised, and the speed that was committed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from micronets.bench.bars import BARS, Place, broken_bars
from micronets.bench.cases import MICROBIT, Case, select
from micronets.bench.measure import compiler_version, measure
from micronets.bench.records import read_records

_CSV = Path(__file__).parents[2] / "docs" / "benchmarks.csv"
_WORSE = 1.02


def _place(case: Case) -> Place:
    return case.net, case.target, case.input, case.memory


_CASES = select()
_PROMISED = [case for case in _CASES if _place(case) in BARS]
_COMPARED = [
    case
    for case in _CASES
    if case.target in ("cortex-m4", MICROBIT) or (case.target, case.input) == ("cortex-m55", "int8")
]

# Both tests ask for the same measurements.
_measure = cache(measure)


def _name(case: Case) -> str:
    return f"{case.net}-{case.target}-{case.optimize}-{case.input}-{case.memory}"


def test_every_bar_is_measured():
    assert {_place(case) for case in _PROMISED} == set(BARS)


@pytest.mark.slow
@pytest.mark.parametrize("case", _PROMISED, ids=_name)
def test_promise_is_kept(case, need_target):
    """But for the ratio of float32 rows: Pico misses it at -O2, and docs/benchmarks.md says so."""
    need_target(case.target)
    is_compared = case.memory == "stream" and case.input == "int8"
    whole = _measure(case.whole) if is_compared else None
    assert not broken_bars(_measure(case), whole), "see micronets/bench/bars.py"


@pytest.mark.slow
@pytest.mark.parametrize("case", _COMPARED, ids=_name)
def test_no_worse_than_committed(case, need_target):
    need_target(case.target)
    records = read_records(_CSV)
    assert case in records, "run `make bench` and commit docs/benchmarks.*"
    fresh, committed = _measure(case), records[case]
    if committed.compiler != compiler_version(case.target):
        return  # Another compiler: the bars are all that can be asked for.
    limit = committed.instructions * _WORSE
    assert fresh.instructions <= limit, (
        f"{_name(case)} takes {fresh.instructions:,} instructions, {committed.instructions:,} are "
        "committed. If that is the price of something better, run `make bench` and commit "
        "docs/benchmarks.*"
    )
    assert fresh.flash <= committed.flash * _WORSE
    assert fresh.ram_object <= committed.ram_object
