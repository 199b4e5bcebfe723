"""`micronets export`: from a .keras file to a C++ header or an Arduino library."""

from __future__ import annotations

from typing import Any

import click

from micronets.cli.loading import load_model, read_labels, with_known_options
from micronets.cli.options import MODEL, compile_options


@click.command()
@MODEL
@click.option("-o", "--output", metavar="MODEL.h", help="The header to write.")
@click.option("--arduino", metavar="DIR", help="The Arduino and PlatformIO library to write.")
@compile_options
@click.option("--labels", metavar="A,B,C|FILE", help="Names of the classes, in a list or a file.")
def export(
    file: str, output: str | None, arduino: str | None, labels: str | None, **options: Any
) -> None:
    """Write a model as one C++ header, as an Arduino library, or as both."""
    if output is None and arduino is None:
        raise click.UsageError("Say what to write: -o MODEL.h, --arduino DIR, or both.")
    options["labels"] = read_labels(labels)
    model = load_model(file)
    options = with_known_options(model, options)
    from micronets.codegen.arduino import export_arduino
    from micronets.codegen.pipeline import export_cpp

    if output is not None:
        click.echo(str(export_cpp(model, output, **options)))
    if arduino is not None:
        click.echo(str(export_arduino(model, arduino, **options)))
