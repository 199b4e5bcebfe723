"""docs/benchmarks.md: the figures as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from micronets.bench.bars import BARS
from micronets.bench.cases import (
    FLAGS,
    INPUTS,
    MICROBIT,
    NETS,
    PERSON,
    SMALL_NETS,
    TARGETS,
    TITLES,
    Case,
)
from micronets.bench.face_document import faces
from micronets.bench.peers import Peer, read_peers
from micronets.bench.records import Records
from micronets.bench.stream_document import streaming
from micronets.bench.tables import MISSING, at_both_flags, instructions, per_mac, table

_OURS = "**micronets**"


def markdown(records: Records) -> str:
    """The whole document; a case that `records` lack is a dash."""
    sections = (
        _introduction(records),
        ["## Beside other engines: float32", "", *_beside_peers(records, "float")],
        _plot(),
        ["## Beside other engines: int8", "", *_beside_peers(records, "int8")],
        _helium(records),
        _person(records),
        _promises(records),
        _every_chip(records),
        _small_nets(records),
        streaming(records),
        faces(records),
        _memory(records),
        _method(),
    )
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _introduction(records: Records) -> list[str]:
    macs = (
        f"{TITLES[net]} {records[case].macs:,}"
        for net in NETS
        if (case := Case(net, "cortex-m4", "-Os", "float")) in records
    )
    return [
        "# Benchmarks",
        "",
        "<!-- Written by `make bench` from the measurements in benchmarks.csv; do not edit. -->",
        "",
        "One `predict` of a 96x96x1 image to 10 classes, in float32 and int8, on the header as",
        "it is exported by default. The nets are trained on handwritten digits with the zoo's",
        "defaults and have no dead channels; the outputs are compared with Python in the same run.",
        f"Multiply-accumulates: {', '.join(macs)}.",
    ]


def _beside_peers(records: Records, kind: str, target: str = "cortex-m4") -> list[str]:
    peers = read_peers("float32" if kind == "float" else "int8", target)
    rows = [
        (
            f"{_OURS} {flag}",
            *(instructions(records, Case(net, target, flag, kind)) for net in NETS),
        )
        for flag in FLAGS
    ]
    by_title: dict[str, dict[str, Peer]] = {}
    for peer in peers:
        by_title.setdefault(peer.title, {})[peer.net] = peer
    for title, nets in by_title.items():
        rows.append((title, *(_approximate(nets[net].instructions) for net in NETS)))
    best = {net: min(peer.instructions for peer in peers if peer.net == net) for net in NETS}
    ratios = (
        f"{best[case.net] / records[case].instructions:.2f}" if case in records else MISSING
        for case in (Case(net, target, "-Os", kind) for net in NETS)
    )
    rows.append(("best other / ours at -Os", *ratios))
    what = "float input" if kind == "float" else "our net from pixels"
    return [
        f"Instructions on a {_CHIPS[target]}, {what}. Figures of the others were measured",
        "with the same emulator and the same nets in November 2026; those with a ~ were noted in",
        "thousands (micronets/bench/peers.csv).",
        "",
        *table(("engine", *(TITLES[net] for net in NETS)), rows),
    ]


_CHIPS = {"cortex-m4": "Cortex-M4 with FPU", "cortex-m55": "Cortex-M55 with Helium"}

_CALLED = {
    "float": "float32, `predict(const float*)`",
    "uint8": "float32, `predict(const uint8_t*)`",
    "int8": "int8, `predict(const uint8_t*)`",
}


def _helium(records: Records) -> list[str]:
    return ["## Helium", "", *_beside_peers(records, "int8", "cortex-m55")]


def _person(records: Records) -> list[str]:
    rows = [
        (
            f"{_OURS} {flag}",
            *(per_mac(records, Case(PERSON, chip, flag, "int8")) for chip in _CHIPS),
        )
        for flag in FLAGS
    ]
    macs = next((record.macs for case, record in records.items() if case.net == PERSON), None)
    others: dict[str, dict[str, int]] = {}
    for chip in _CHIPS:
        for peer in read_peers("int8", chip, (PERSON,)):
            others.setdefault(peer.title, {})[chip] = peer.instructions
    for title, counts in others.items():
        cells = (_with_share(counts.get(chip), macs) for chip in _CHIPS)
        rows.append((title, *cells))
    return [
        "## Person detector",
        "",
        "MobileNetV1 0.25 at 96x96x3 to two classes, the architecture of MLPerf Tiny, with random",
        "weights behind batch normalization: instructions, and instructions for each",
        "multiply-accumulate, int8 from pixels.",
        "",
        *table(("engine", *_CHIPS.values()), rows),
    ]


def _with_share(instructions: int | None, macs: int | None) -> str:
    if instructions is None:
        return MISSING
    share = f" ({instructions / macs:.2f})" if macs else ""
    return _approximate(instructions) + share


def _promises(records: Records) -> list[str]:
    rows = []
    for (net, target, kind, memory), bar in BARS.items():
        if bar.instructions is not None:
            counts = at_both_flags(records, Case(net, target, FLAGS[0], kind, memory))
            rows.append((TITLES[net], target, kind, counts, f"{bar.instructions:,}"))
    header = ("net", "chip", "input", "instructions -O2 / -Os", "at most")
    return [
        "## What is promised",
        "",
        "The tests hold every release to these (micronets/bench/bars.py).",
        "",
        *table(header, rows, names=3),
    ]


def _plot() -> list[str]:
    return ["![Instructions of each engine on each net](benchmarks.svg)"]


def _every_chip(records: Records) -> list[str]:
    lines = ["## Every chip", "", "Instructions, and instructions for each multiply-accumulate."]
    for kind in INPUTS:
        targets = (*TARGETS, MICROBIT) if kind == "int8" else TARGETS
        lines += ["", f"{_CALLED[kind]}:", "", *_by_chip(records, NETS, targets, kind)]
    return [
        *lines,
        "",
        "Cortex-M0, Cortex-M3 and RV32IMAC have no floating-point unit: every addition and every",
        "multiplication is a call of the compiler's library. M0 code is counted on a larger board,",
        "and that of the nets that fit into its 16 KB of RAM on a micro:bit as well.",
    ]


def _small_nets(records: Records) -> list[str]:
    lines = [
        "## Nets of others, 28x28",
        "",
        "Conv2D(12, 3x3), pooling and Dense(10); and the convolutional net of Keras's tutorial:",
        "Conv2D(32), pooling, Conv2D(64), pooling, Conv2D(64), Dense(64), Dense(10), all 3x3.",
        "Random weights.",
    ]
    for kind in ("float", "int8"):
        lines += ["", f"{_CALLED[kind]}:", "", *_by_chip(records, SMALL_NETS, TARGETS, kind)]
    return lines


def _by_chip(records: Records, nets: Sequence[str], targets: Sequence[str], kind: str) -> list[str]:
    rows = [
        (target, flag, *(per_mac(records, Case(net, target, flag, kind)) for net in nets))
        for target in targets
        for flag in FLAGS
    ]
    return table(("chip", "flag", *(TITLES[net] for net in nets)), rows, names=2)


def _memory(records: Records) -> list[str]:
    peers = read_peers()
    engine = peers[0].engine
    kinds = [(net, kind) for kind in ("float", "int8") for net in (*NETS, *SMALL_NETS)]
    rows = []
    for net, kind in [*kinds, (PERSON, "int8")]:
        old = next((p for p in peers if p.net == net and kind == "float"), None)
        large, small = (records.get(Case(net, "cortex-m4", flag, kind)) for flag in ("-O2", "-Os"))
        if large is None or small is None:
            continue
        rows.append(
            (
                TITLES[net] + (" int8" if kind == "int8" else ""),
                f"{small.ram_object:,}",
                f"{large.ram_stack:,} / {small.ram_stack:,}",
                f"{large.flash:,} / {small.flash:,}",
                (old.ram_kib if old else "") or MISSING,
                (old.flash_kib if old else "") or MISSING,
            )
        )
    header = (
        *("net", "object B", "stack B -O2 / -Os", "flash B -O2 / -Os"),
        *(f"{engine} RAM KiB", f"{engine} flash KiB"),
    )
    return [
        "## Memory",
        "",
        "Cortex-M4; float32 from floats, int8 from pixels. The object is all of a net's RAM but",
        "the stack; flash is code, constants and what they need of the C library, over an empty",
        "program.",
        "",
        *table(header, rows),
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
        "layer by layer: `python -m micronets.bench --layers pico`, with `--input int8` for int8.",
        "The weights are committed; `python -m micronets.bench --train` makes them anew.",
    ]


def _approximate(instructions: int) -> str:
    return f"{'~' if instructions % 1000 == 0 else ''}{instructions:,}"
