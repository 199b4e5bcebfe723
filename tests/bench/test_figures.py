"""The speed that was promised, and the speed that was committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from micronets.bench.cases import FLAGS, INPUTS, NETS, Case
from micronets.bench.measure import compiler_version, measure
from micronets.bench.records import read_records

_CSV = Path(__file__).parents[2] / "docs" / "benchmarks.csv"

# Instructions of the best other engine on a Cortex-M4, float input (micronets/bench/peers.csv).
_MOST_INSTRUCTIONS = {
    "pico": 218_011,
    "nano": 575_276,
    "micro": 3_106_329,
    "milli": 4_030_159,
    "base": 6_637_342,
}
_WORSE = 1.02


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("net", NETS)
def test_instructions_on_cortex_m4(net, flag, kind, cortex_m4):
    case = Case(net, "cortex-m4", flag, kind)
    fresh, committed = measure(case), read_records(_CSV)[case]
    if kind == "float":
        assert fresh.instructions <= _MOST_INSTRUCTIONS[net]
    if committed.compiler == compiler_version("cortex-m4"):
        limit = committed.instructions * _WORSE
        assert fresh.instructions <= limit, (
            f"{net} {flag} from {kind} takes {fresh.instructions:,} instructions, "
            f"{committed.instructions:,} are committed. If that is the price of something better, "
            "run `make bench` and commit docs/benchmarks.*"
        )
        assert fresh.flash <= committed.flash * _WORSE
        assert fresh.ram_object <= committed.ram_object
