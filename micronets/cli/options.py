"""Arguments that several subcommands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from micronets.cli.loading import load_images

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

MODEL = click.argument("file", metavar="FILE.keras")


def compile_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds what decides how a model is compiled; the command receives it as `**options`."""

    @functools.wraps(command)
    def translated(
        *arguments: Any, int8: str | None = None, stream: bool = False, **options: Any
    ) -> Any:
        if stream:
            options["memory"] = "stream"
        if int8 is not None:
            options.update(dtype="int8", calibration=load_images(int8))
        return command(*arguments, **options)

    result: Callable[..., Any] = translated
    for option in (
        click.option(
            "--int8",
            metavar="IMAGES.npz",
            help="Quantize to int8; the images, as the net will see them, calibrate the ranges.",
        ),
        click.option(
            "--stream",
            is_flag=True,
            help="Hold rows instead of whole maps: far less RAM, some more instructions.",
        ),
        click.option(
            "--ram-budget",
            type=click.IntRange(min=1),
            metavar="BYTES",
            help="Take the fastest schedule whose C++ object is no larger; whole maps if they fit.",
        ),
        click.option("--pixel-offset", type=float, help="See --pixel-scale.  [default: 0]"),
        click.option(
            "--pixel-scale",
            type=float,
            help="uint8 pixels become pixel * SCALE + OFFSET.  [default: 1/255, or 1 for a model "
            "that begins with Rescaling]",
        ),
        click.option("--class-name", help="Name of the C++ class.  [default: the model's name]"),
    ):
        result = option(result)
    return result


def split_values(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[str]:
    """Values of an option that may be repeated or hold several, separated by commas."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def optimize_flags(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> list[str]:
    """As `split_values`; `O2` means `-O2`."""
    flags = split_values(context, parameter, values)
    return [flag if flag.startswith("-") else f"-{flag}" for flag in flags]
