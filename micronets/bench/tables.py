"""Tables of measurements in Markdown: cells, and a dash where there is no figure."""

from __future__ import annotations

from collections.abc import Sequence

from micronets.bench.cases import FLAGS, Case
from micronets.bench.records import Records

MISSING = "-"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, names: int = 1) -> list[str]:
    """Lines of a table whose first `names` columns are names, and the others numbers."""
    rule = [":--" if index < names else "--:" for index in range(len(header))]
    return ["| " + " | ".join(row) + " |" for row in (header, rule, *rows)]


def instructions(records: Records, case: Case) -> str:
    """How many were executed."""
    return f"{records[case].instructions:,}" if case in records else MISSING


def at_both_flags(records: Records, case: Case) -> str:
    """The instructions of a case at -O2 and at -Os, whichever of them it is."""
    return " / ".join(instructions(records, case.at(flag)) for flag in FLAGS)


def per_mac(records: Records, case: Case) -> str:
    """How many were executed, and for each multiply-accumulate."""
    if case not in records:
        return MISSING
    return f"{records[case].instructions:,} ({records[case].per_mac:.2f})"
