"""`micronets bench`: instructions, RAM and flash of a model on emulated chips."""

from __future__ import annotations

from typing import Any

import click
import numpy as np

from micronets.cli.loading import load_model, with_known_options
from micronets.cli.options import MODEL, compile_options, optimize_flags, split_values


@click.command()
@MODEL
@click.option(
    "--target",
    "targets",
    multiple=True,
    default=["cortex-m4"],
    show_default=True,
    callback=split_values,
    help="Chips, repeated or separated by commas.",
)
@click.option(
    "--optimize",
    multiple=True,
    default=["-O2", "-Os"],
    show_default=True,
    callback=optimize_flags,
    help="Flags of the compiler, repeated or separated by commas; Arduino uses -Os.",
)
@click.option(
    "--input",
    "kind",
    type=click.Choice(["float", "uint8"]),
    default="float",
    show_default=True,
    help="Which predict is called.",
)
@compile_options
def bench(file: str, targets: list[str], optimize: list[str], kind: str, **options: Any) -> None:
    """Compile a model for chips, run it in emulators and measure one predict.

    The outputs are compared with the Python twin in the same run.
    """
    from micronets.toolchain import find_target

    for target in targets:
        find_target(target).require()
    model = load_model(file)
    from micronets.cli.tables import print_table
    from micronets.codegen.pipeline import compile_model

    export = compile_model(model, **with_known_options(model, options))
    x = image_of(export.graph.input.shape, kind)
    rows = []
    for target in targets:
        for flag in optimize:
            result = export.benchmark(target, optimize=flag, x=x)
            work = result.instructions if result.instructions is not None else result.cycles
            rows.append(
                (
                    target,
                    flag,
                    _number(work) + ("" if result.instructions is not None else " cycles"),
                    "" if work is None else f"{work / max(1, result.macs):.2f}",
                    _number(result.ram_object),
                    _number(result.ram_stack),
                    _number(result.flash),
                )
            )
    click.echo(f"{export.class_name}: one predict, {kind} input, {export.macs:,} MACs")
    columns = ("target", "flag", "instructions", "per MAC", "object B", "stack B", "flash B")
    print_table(columns, rows, left=2)


def image_of(shape: tuple[int, ...], kind: str) -> np.ndarray:
    """One random image, `(1, *shape)`."""
    rng = np.random.default_rng(0)
    if kind == "uint8":
        return rng.integers(0, 256, (1, *shape), dtype=np.uint8)
    return rng.uniform(0, 1, (1, *shape)).astype(np.float32)


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
