"""Row streaming in docs/benchmarks.md: what rows cost and save beside whole maps."""

from __future__ import annotations

from micronets.bench.bars import bar_of
from micronets.bench.cases import FLAGS, TITLES, Case, select
from micronets.bench.records import Record, Records
from micronets.bench.tables import MISSING, at_both_flags, table

_DTYPES = {"float": "float32", "int8": "int8"}


def streaming(records: Records) -> list[str]:
    """The section; a case that `records` lack is a dash."""
    cases = select(flags=FLAGS[:1], memories=["stream"])
    instructions = [
        (*_names(case), at_both_flags(records, case), _times(records, case), _goal(case))
        for case in cases
    ]
    memory = [
        (*_names(case)[:2], *_memory(records, case)) for case in cases if case.target == "cortex-m4"
    ]
    return [
        "## Row streaming",
        "",
        '`memory="stream"` ([streaming.md](streaming.md)) beside whole maps: one `predict` of an',
        "image in memory, row by row. A ratio above its bar is marked with a !.",
        "",
        *table(
            ("net", "", "chip", "instructions -O2 / -Os", "times whole maps", "at most"),
            instructions,
            names=3,
        ),
        "",
        "Bytes on a Cortex-M4. The object holds the rows of the image, too, which nets of whole",
        "maps read where the caller has them.",
        "",
        *table(
            (
                *("net", "", "object", "at most", "of whole maps"),
                *("stack -O2 / -Os", "flash -O2 / -Os", "of whole maps"),
            ),
            memory,
            names=2,
        ),
    ]


def _names(case: Case) -> tuple[str, ...]:
    return TITLES[case.net], _DTYPES[case.input], case.target


def _times(records: Records, case: Case) -> str:
    most = bar_of(case).ratio
    cells = []
    for rows, whole in _pairs(records, case):
        ratio = rows.times(whole) if rows and whole else None
        missed = ratio is not None and most is not None and ratio > most
        cells.append(MISSING if ratio is None else f"{ratio:.3f}{'!' if missed else ''}")
    return " / ".join(cells)


def _goal(case: Case) -> str:
    most = bar_of(case).ratio
    return MISSING if most is None else str(most)


def _memory(records: Records, case: Case) -> tuple[str, ...]:
    pairs = _pairs(records, case)
    rows, whole = pairs[0]
    most = bar_of(case).ram
    return (
        MISSING if rows is None else f"{rows.ram_object:,}",
        MISSING if most is None else f"{most:,}",
        MISSING if whole is None else f"{whole.ram_object:,}",
        " / ".join(MISSING if rows is None else f"{rows.ram_stack:,}" for rows, _ in pairs),
        " / ".join(MISSING if rows is None else f"{rows.flash:,}" for rows, _ in pairs),
        " / ".join(MISSING if whole is None else f"{whole.flash:,}" for _, whole in pairs),
    )


def _pairs(records: Records, case: Case) -> list[tuple[Record | None, Record | None]]:
    """By rows and with whole maps, at each flag."""
    return [(records.get(case.at(flag)), records.get(case.at(flag).whole)) for flag in FLAGS]
