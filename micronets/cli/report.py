"""`micronets report`: what a model costs, without writing anything."""

from __future__ import annotations

from typing import Any

import click

from micronets.cli.loading import load_model, with_known_options
from micronets.cli.options import MODEL, compile_options


@click.command()
@MODEL
@compile_options
def report(file: str, **options: Any) -> None:
    """Print the layers of a model with their MACs, weights and RAM."""
    model = load_model(file)
    from micronets.codegen.pipeline import compile_model

    export = compile_model(model, **with_known_options(model, options))
    click.echo(str(export))
    if export.choice is not None and export.choice.summary:
        click.echo(f"\n{export.choice}")
