"""What was measured, as a table in a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from micronets.bench.cases import Case


@dataclass(frozen=True, kw_only=True)
class Record:
    """One `predict`.

    Args:
        net: As in the case.
        target: As in the case.
        optimize: As in the case.
        input: As in the case.
        memory: As in the case.
        macs: Multiply-accumulates.
        instructions: Instructions executed.
        per_mac: Instructions for each multiply-accumulate.
        ram_object: Bytes of the C++ object.
        ram_stack: Deepest stack in bytes.
        flash: Bytes of code and constants over an empty program.
        compiler: What the compiler calls its version.
    """

    net: str
    target: str
    optimize: str
    input: str
    memory: str = "pingpong"
    macs: int
    instructions: int
    per_mac: float
    ram_object: int
    ram_stack: int
    flash: int
    compiler: str

    @property
    def case(self) -> Case:
        """What was measured."""
        return Case(self.net, self.target, self.optimize, self.input, self.memory)

    def times(self, other: Record) -> float:
        """Instructions as a multiple of another measurement's."""
        return self.instructions / other.instructions


Records = Mapping[Case, Record]


def read_records(path: Path) -> dict[Case, Record]:
    """Reads the table; no file is an empty table."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return by_case(_record(row) for row in csv.DictReader(lines))


def by_case(records: Iterable[Record]) -> dict[Case, Record]:
    """Records, to be found by what was measured."""
    return {record.case: record for record in records}


def _record(row: dict[str, str]) -> Record:
    numbers = ("macs", "instructions", "ram_object", "ram_stack", "flash")
    values = {name: int(text) if name in numbers else text for name, text in row.items()}
    return Record(**{**values, "per_mac": float(row["per_mac"])})  # type: ignore[arg-type]
