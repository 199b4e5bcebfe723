"""`python -m micronets.bench`: measure the zoo on emulated chips.

Without a selection it measures everything and rewrites the figures of docs/ and the table of
`micronets list`. A selection is printed beside the committed figures and changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from micronets.bench.bars import broken_bars
from micronets.bench.cases import (
    ALL_NETS,
    ALL_TARGETS,
    FLAGS,
    INPUTS,
    MEMORIES,
    NETS,
    PERSON,
    SMALL_NETS,
    Case,
    select,
)
from micronets.bench.records import Record, by_case, read_records
from micronets.errors import MicronetsError
from micronets.quiet import import_keras_quietly

DOCS = Path(__file__).parents[2] / "docs"


@click.command()
@click.option("--net", "nets", multiple=True, type=click.Choice(ALL_NETS), help="Only this net.")
@click.option(
    "--target", "targets", multiple=True, type=click.Choice(ALL_TARGETS), help="Only this."
)
@click.option("--optimize", "flags", multiple=True, help="Only this flag, such as -Os.")
@click.option("--input", "inputs", multiple=True, type=click.Choice(INPUTS), help="Only this.")
@click.option("--memory", "memories", multiple=True, type=click.Choice(MEMORIES), help="Only it.")
@click.option("--jobs", default=2, show_default=True, help="Measurements at the same time.")
@click.option("--layers", type=click.Choice(ALL_NETS), help="Instructions of each layer of a net.")
@click.option("--code-sizes", is_flag=True, help="Rewrite the code sizes that headers quote.")
@click.option("--drawings", is_flag=True, help="Redraw the drawings of docs/streaming.md.")
@click.option("--train", is_flag=True, help="Train the zoo (--net: one of it) that is measured.")
def main(
    nets: tuple[str, ...],
    targets: tuple[str, ...],
    flags: tuple[str, ...],
    inputs: tuple[str, ...],
    memories: tuple[str, ...],
    jobs: int,
    layers: str | None,
    code_sizes: bool,
    drawings: bool,
    train: bool,
) -> None:
    """Count instructions on emulated chips; write docs/benchmarks.* if nothing is selected."""
    import_keras_quietly()
    try:
        if code_sizes:
            _rewrite_code_sizes()
        elif drawings:
            _tell(_draw())
        elif train:
            _train(nets)
        elif layers is not None:
            _print_layers(layers, targets or ("cortex-m4",), flags or FLAGS, inputs)
        else:
            selection = (nets, targets, flags, inputs, memories)
            _measure(select(*selection), jobs, write=not any(selection))
    except MicronetsError as error:
        sys.exit(f"Error: {error}")


def _measure(cases: list[Case], jobs: int, *, write: bool) -> None:
    from micronets.bench.measure import measure_all

    committed = read_records(DOCS / "benchmarks.csv")
    known = dict(committed)

    def tell(record: Record) -> None:
        known[record.case] = record
        whole = known.get(record.case.whole) if record.case.memory == "stream" else None
        click.echo(_line(record, committed.get(record.case), whole))

    records = measure_all(cases, jobs, tell)
    if write:
        _write(records)
        for net in (*NETS, *SMALL_NETS, PERSON):
            _print_layers(net, ("cortex-m4",), ("-O2",), ("int8",))


def _line(record: Record, before: Record | None, whole: Record | None) -> str:
    change = ""
    if before is not None:
        percent = 100 * (record.times(before) - 1)
        change = f"  committed {before.instructions:>11,} ({percent:+.1f} %)"
    if whole is not None:
        change += f"  {record.times(whole):.3f} of whole maps"
    broken = "".join(f"  OVER THE BAR: {words}" for words in broken_bars(record, whole))
    return (
        f"{record.net:7} {record.target:18} {record.optimize} {record.input:5} {record.memory:8} "
        f"{record.instructions:>11,} instructions {record.per_mac:7.2f}/MAC "
        f"object {record.ram_object:>7,} stack {record.ram_stack:>5,} flash {record.flash:>7,}"
        f"{change}{broken}"
    )


def _write(records: list[Record]) -> None:
    from micronets.bench.document import markdown
    from micronets.bench.measure import measure_zoo
    from micronets.bench.plot import draw
    from micronets.bench.zoo import write_csv, write_zoo
    from micronets.files import write_atomically

    found = by_case(records)
    text = markdown(found)
    written = [
        write_csv(DOCS / "benchmarks.csv", records),
        write_atomically(
            DOCS / "benchmarks.md",
            lambda name: Path(name).write_text(text, encoding="utf-8", newline="\n"),
        ),
        draw(DOCS / "benchmarks.svg", found),
        write_zoo(
            measure_zoo({net: found[Case(net, "cortex-m4", "-Os", "float")].flash for net in NETS})
        ),
        *_draw(),
    ]
    _tell(written)


def _draw() -> list[Path]:
    from micronets.bench.drawings import DRAWINGS

    return [draw().save(DOCS / name) for name, draw in DRAWINGS.items()]


def _tell(written: list[Path]) -> None:
    for path in written:
        click.echo(f"written {path.relative_to(DOCS.parent)}")


def _print_layers(
    net: str, targets: tuple[str, ...], flags: tuple[str, ...], inputs: tuple[str, ...]
) -> None:
    from micronets.bench.layers import format_profile, profile

    for case in select([net], targets, flags, inputs, ["pingpong"]):
        click.echo(format_profile(profile(case)))


def _train(nets: tuple[str, ...]) -> None:
    from micronets.bench.train import train

    train(tuple(net for net in NETS if not nets or net in nets), click.echo)


def _rewrite_code_sizes() -> None:
    from micronets.bench.code_sizes import measure_code_sizes, write_code_sizes

    click.echo(f"written {write_code_sizes(measure_code_sizes())}")


if __name__ == "__main__":
    main()
