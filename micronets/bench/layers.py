"""Instructions of each layer: the header with markers around its kernel calls, in an emulator."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from micronets import toolchain
from micronets.bench.cases import Case, random_image
from micronets.bench.measure import export_of
from micronets.codegen.driver import driver_source
from micronets.codegen.layer_trace import insert_hooks
from micronets.errors import InternalError

_MARKERS = re.compile(r" *harness_count_(begin|end)\(\);\n")


@dataclass(frozen=True)
class Layer:
    """A step of the forward pass.

    Args:
        name: Name of the node.
        operator: What it does.
        output: Shape of its output.
        macs: Multiply-accumulates.
        instructions: Executed from before its first kernel call to behind its last.
    """

    name: str
    operator: str
    output: tuple[int, ...]
    macs: int
    instructions: int


@dataclass(frozen=True)
class Profile:
    """What was measured, and its layers in order."""

    case: Case
    layers: tuple[Layer, ...]


def profile(case: Case) -> Profile:
    """Counts the instructions of each layer.

    Raises:
        ToolchainError: A tool is missing or failed.
    """
    export = export_of(case.net, case.input == "int8")
    image = random_image(export.graph.input.shape, case.input)
    driver = _MARKERS.sub("", driver_source(export, image, case.target))
    with tempfile.TemporaryDirectory(prefix="micronets-") as folder:
        header = with_markers(export.header.text, len(export.rows))
        (Path(folder) / "net.h").write_text(header, encoding="utf-8")
        program = toolchain.build(
            case.target, driver, include_dirs=[folder], optimize=case.optimize
        )
        counts = program.run(image.tobytes()).instructions
    if len(counts) != len(export.rows):
        raise InternalError(f"{len(counts)} layers were counted; {len(export.rows)} were expected.")
    layers = (
        Layer(row.layer, row.operator, row.output, row.macs, count)
        for row, count in zip(export.rows, counts, strict=True)
    )
    return Profile(case, tuple(layers))


def with_markers(header: str, steps: int) -> str:
    """The header with counting around each step; the program must include "harness.h" first."""
    begin, end = "harness_count_begin();", "harness_count_end();"
    return insert_hooks(header, [begin] * steps, [end] * steps)


def format_profile(measured: Profile) -> str:
    """A table for the terminal."""
    case, total = measured.case, sum(layer.instructions for layer in measured.layers)
    title = f"{case.net} on {case.target} {case.optimize}, {case.input} input"
    header = ("layer", "operator", "output", "MACs", "instructions", "/MAC", "/output", "share")
    rows = [_cells(layer, total) for layer in measured.layers]
    macs = sum(layer.macs for layer in measured.layers)
    rows.append(("total", "", "", f"{macs:,}", f"{total:,}", f"{total / macs:.2f}", "", ""))
    return "\n".join([title, *_aligned([header, *rows]), ""])


def _cells(layer: Layer, total: int) -> tuple[str, ...]:
    return (
        layer.name,
        layer.operator,
        "x".join(map(str, layer.output)),
        f"{layer.macs:,}",
        f"{layer.instructions:,}",
        f"{layer.instructions / layer.macs:.2f}" if layer.macs else "",
        f"{layer.instructions / math.prod(layer.output):.1f}",
        f"{layer.instructions / total:.1%}",
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index < 3 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
