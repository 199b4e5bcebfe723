"""Face detectors in docs/benchmarks.md: beside what their authors published."""

from __future__ import annotations

from micronets.bench.bars import bar_of
from micronets.bench.cases import FACES, TITLES, Case
from micronets.bench.records import Records
from micronets.bench.tables import MISSING, table

# Saha et al., NeurIPS 2020 (arXiv:2002.11921), and the tutorial of EdgeML: int8 and int16 on a
# NUCLEO-F439ZI. KB of RAM and of flash, and seconds for a frame at 168 MHz.
_PUBLISHED = {"face_m4": (185, 160, 10.5), "face_qvga": (185, 450, 20.3)}
_CLOCK = 168e6


def faces(records: Records) -> list[str]:
    """The section; a case that `records` lack is a dash."""
    rows = [row for net in FACES for row in _rows(records, net)]
    return [
        "## Face detectors",
        "",
        "RNNPool's face detectors at 320x240 in int8 by rows: from the pixels of a frame to",
        "boxes, on a Cortex-M4, with the weights that ship; M4's recurrent matrices are sparse.",
        "The object holds everything but the stack. Their authors' generated code stops in front",
        "of the boxes; its seconds are those of a chip at 168 MHz. Ours are instructions at that",
        "clock: a lower bound, one cycle for each.",
        "",
        *table(
            ("net", "", "RAM B", "flash B", "instructions", "seconds at 168 MHz"), rows, names=2
        ),
    ]


def _rows(records: Records, net: str) -> list[tuple[str, ...]]:
    rows = []
    for flag in ("-O2", "-Os"):
        record = records.get(Case(net, "cortex-m4", flag, "int8", "stream"))
        cells = (MISSING,) * 4
        if record is not None:
            cells = (
                f"{record.ram_object:,}",
                f"{record.flash:,}",
                f"{record.instructions:,}",
                f"{record.instructions / _CLOCK:.2f} and more",
            )
        rows.append((TITLES[net], f"**micronets** {flag}", *cells))
    bar = bar_of(Case(net, "cortex-m4", "-Os", "int8", "stream"))
    rows.append(
        (TITLES[net], "at most", f"{bar.ram:,}", f"{bar.flash:,}", f"{bar.instructions:,}", "")
    )
    ram, flash, seconds = _PUBLISHED[net]
    rows.append((TITLES[net], "published", f"{ram} KB", f"{flash} KB", "", f"{seconds}"))
    return rows
