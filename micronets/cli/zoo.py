"""`micronets list`: the nets of the zoo and what they cost."""

from __future__ import annotations

import click


@click.command("list")
def list_zoo() -> None:
    """List the nets of the zoo, measured at 96x96x1 and 10 classes in float32."""
    from micronets.bench.zoo import read_zoo
    from micronets.cli.tables import print_table

    print_table(
        ("net", "class", "parameters", "MACs", "RAM B", "flash B"),
        [
            (
                figures.net,
                figures.class_name,
                *(
                    f"{number:,}"
                    for number in (figures.parameters, figures.macs, figures.ram, figures.flash)
                ),
            )
            for figures in read_zoo()
        ],
        left=2,
    )
    click.echo("RAM is the C++ object; flash is constants and code on a Cortex-M4 at -Os.")
    click.echo("Other sizes and class counts: micronets report FILE.keras")
