"""The figures of the zoo that need no run: a committed table, so that listing it is quick."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from micronets.errors import InstallationError
from micronets.files import write_atomically

FILE_NAME = "zoo.csv"


@dataclass(frozen=True)
class ZooFigures:
    """A net at 96x96x1 and 10 classes in float32.

    Args:
        net: Its name in `micronets.models`.
        class_name: Its class in `micronets`.
        parameters: Trainable weights.
        macs: Multiply-accumulates of one prediction.
        ram: Bytes of the C++ object.
        flash: Bytes of constants and code on a Cortex-M4 at -Os.
    """

    net: str
    class_name: str
    parameters: int
    macs: int
    ram: int
    flash: int


def read_zoo() -> list[ZooFigures]:
    """Reads the committed table, smallest net first.

    Raises:
        InstallationError: The installed package lacks it.
    """
    path = resources.files("micronets.bench") / FILE_NAME
    if not path.is_file():
        raise InstallationError(
            f"The installed package lacks micronets/bench/{FILE_NAME}. Install micronets again: "
            "pip install --force-reinstall micronets"
        )
    return [
        ZooFigures(
            row["net"],
            row["class_name"],
            *(int(row[name]) for name in ("parameters", "macs", "ram", "flash")),
        )
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    ]


def write_zoo(figures: Sequence[ZooFigures]) -> Path:
    """Rewrites the table in the source folder; returns its path."""
    return write_csv(Path(__file__).with_name(FILE_NAME), figures)


def write_csv(path: Path, records: Sequence[Any]) -> Path:
    """Writes dataclasses of one kind as a table, whole or not at all."""

    def write(name: str) -> None:
        with open(name, "w", encoding="utf-8", newline="") as file:
            names = [field.name for field in fields(records[0])]
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(record) for record in records)

    return write_atomically(path, write)
