"""What other engines need for the same nets, measured with the same emulator."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from micronets.bench.cases import NETS


@dataclass(frozen=True)
class Peer:
    """An engine on one net and chip.

    Args:
        engine: Its name.
        version: Its version, or when it was taken from its repository.
        flags: How its code was compiled, and what else one should know; empty if not noted.
        net: The net, as in `cases.ALL_NETS`.
        target: The chip, as in `cases.TARGETS`.
        instructions: Of one inference; where it ends in 000, it was noted in thousands.
        ram_kib: Static memory, stack and heap without the caller's input; empty if not noted.
        flash_kib: Over an empty program; empty if not noted.
    """

    engine: str
    version: str
    flags: str
    net: str
    target: str
    instructions: int
    ram_kib: str
    flash_kib: str

    @property
    def title(self) -> str:
        """The engine with its flags, for a table."""
        return f"{self.engine} {self.flags}".strip()


def read_peers(
    dtype: str = "float32", target: str = "cortex-m4", nets: Sequence[str] = NETS
) -> list[Peer]:
    """Reads the committed table, what it has of some nets; the order is the file's."""
    text = (resources.files("micronets.bench") / "peers.csv").read_text(encoding="utf-8")
    return [
        Peer(
            row["engine"],
            row["version"],
            row["flags"],
            row["net"],
            row["target"],
            int(row["instructions"]),
            row["ram_kib"],
            row["flash_kib"],
        )
        for row in csv.DictReader(text.splitlines())
        if row["dtype"] == dtype and row["target"] == target and row["net"] in nets
    ]
