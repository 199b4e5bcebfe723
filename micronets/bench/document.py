"""docs/benchmarks.md: the figures as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from micronets.bench.cases import FLAGS, INPUTS, NETS, TARGETS, Case
from micronets.bench.peers import Peer
from micronets.bench.records import Record

Records = Mapping[Case, Record]
_OURS = "**micronets**"


def markdown(records: Records, peers: Sequence[Peer], int8_peers: Sequence[Peer]) -> str:
    """The whole document; `records` hold every case."""
    sections = (
        _introduction(records),
        ["## Beside other engines: float32", "", *_beside_peers(records, peers, "float")],
        _plot(),
        ["## Beside other engines: int8", "", *_beside_peers(records, int8_peers, "int8")],
        _every_chip(records),
        _memory(records, peers),
        _method(),
    )
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _introduction(records: Records) -> list[str]:
    macs = (f"{_title(net)} {records[Case(net, *_FIRST)].macs:,}" for net in NETS)
    return [
        "# Benchmarks",
        "",
        "<!-- Written by `make bench` from the measurements in benchmarks.csv; do not edit. -->",
        "",
        "One `predict` of a 96x96x1 image to 10 classes, in float32 and int8, on the header as",
        "it is exported by default. The nets are those of `batch_norm=False` with random weights",
        "(seed 0); the outputs are compared with Python in the same run.",
        f"Multiply-accumulates: {', '.join(macs)}.",
    ]


_FIRST = (TARGETS[0], FLAGS[0], INPUTS[0])


def _beside_peers(records: Records, peers: Sequence[Peer], kind: str) -> list[str]:
    rows = [
        (
            f"{_OURS} {flag}",
            *(f"{_instructions(records, net, 'cortex-m4', flag, kind):,}" for net in NETS),
        )
        for flag in FLAGS
    ]
    by_title: dict[str, dict[str, Peer]] = {}
    for peer in peers:
        by_title.setdefault(peer.title, {})[peer.net] = peer
    for title, nets in by_title.items():
        rows.append((title, *(_approximate(nets[net].instructions) for net in NETS)))
    best = [min(peer.instructions for peer in peers if peer.net == net) for net in NETS]
    ours = [_instructions(records, net, "cortex-m4", "-Os", kind) for net in NETS]
    rows.append(
        (
            "best other / ours at -Os",
            *(f"{other / own:.2f}" for other, own in zip(best, ours, strict=True)),
        )
    )
    what = "float input" if kind == "float" else "our net from pixels"
    return [
        f"Instructions on a Cortex-M4 with FPU, {what}. Figures of the others were measured",
        "with the same emulator and the same nets in November 2026; those with a ~ were noted in",
        "thousands (micronets/bench/peers.csv).",
        "",
        *_table(("engine", *map(_title, NETS)), rows),
    ]


_CALLED = {
    "float": "float32, `predict(const float*)`",
    "uint8": "float32, `predict(const uint8_t*)`",
    "int8": "int8, `predict(const uint8_t*)`",
}


def _plot() -> list[str]:
    return ["![Instructions of each engine on each net](benchmarks.svg)"]


def _every_chip(records: Records) -> list[str]:
    lines = ["## Every chip", "", "Instructions, and instructions for each multiply-accumulate."]
    for kind in INPUTS:
        rows = []
        for target in TARGETS:
            for flag in FLAGS:
                cases = [records[Case(net, target, flag, kind)] for net in NETS]
                cells = (f"{one.instructions:,} ({one.per_mac:.2f})" for one in cases)
                rows.append((target, flag, *cells))
        lines += ["", f"{_CALLED[kind]}:", ""]
        lines += _table(("chip", "flag", *map(_title, NETS)), rows, names=2)
    return [
        *lines,
        "",
        "Cortex-M0, Cortex-M3 and RV32IMAC have no floating-point unit: every addition and every",
        "multiplication is a call of the compiler's library. M0 code is counted on a larger board.",
    ]


def _memory(records: Records, peers: Sequence[Peer]) -> list[str]:
    rows = []
    for net, kind in [(net, kind) for kind in ("float", "int8") for net in NETS]:
        one = records[Case(net, "cortex-m4", "-Os", kind)]
        other = records[Case(net, "cortex-m4", "-O2", kind)]
        old = next(peer for peer in peers if peer.net == net)
        rows.append(
            (
                _title(net) + (" int8" if kind == "int8" else ""),
                f"{one.ram_object:,}",
                f"{other.ram_stack:,} / {one.ram_stack:,}",
                f"{other.flash:,} / {one.flash:,}",
                old.ram_kib if old.ram_kib and kind == "float" else "-",
                old.flash_kib if old.flash_kib and kind == "float" else "-",
            )
        )
    header = (
        *("net", "object B", "stack B -O2 / -Os", "flash B -O2 / -Os"),
        *(f"{peers[0].engine} RAM KiB", f"{peers[0].engine} flash KiB"),
    )
    return [
        "## Memory",
        "",
        "Cortex-M4; float32 from floats, int8 from pixels. The object is all of a net's RAM but",
        "the stack; flash is code, constants and what they need of the C library, over an empty",
        "program.",
        "",
        *_table(header, rows),
        "",
        "Compilers: "
        + "; ".join(sorted({record.compiler for record in records.values()}))
        + ". All figures, machine readable: [benchmarks.csv](benchmarks.csv).",
    ]


def _method() -> list[str]:
    return [
        "## How it is measured",
        "",
        "QEMU runs the cross-compiled header; a plugin counts the instructions executed between",
        "two markers around `predict`. Instructions are not cycles: a real Cortex-M4 needs more",
        "than one cycle for a load, a taken branch or a division. To measure one net on one chip,",
        "beside the committed figures: `python -m micronets.bench --net pico --target cortex-m4`;",
        "layer by layer: `python -m micronets.bench --layers pico`.",
    ]


def _instructions(records: Records, net: str, target: str, flag: str, kind: str) -> int:
    return records[Case(net, target, flag, kind)].instructions


def _approximate(instructions: int) -> str:
    return f"{'~' if instructions % 1000 == 0 else ''}{instructions:,}"


def _title(net: str) -> str:
    return net.capitalize()


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, names: int = 1) -> list[str]:
    rule = [":--" if index < names else "--:" for index in range(len(header))]
    return ["| " + " | ".join(row) + " |" for row in (header, rule, *rows)]
