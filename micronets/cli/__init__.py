"""The `micronets` command: list the zoo, export, report, verify, measure, detect, send.

Every subcommand is a module of its own, which loads Keras only when it runs, so that `--help` and
`list` answer at once.
"""

import click

from micronets._version import __version__
from micronets.cli.bench import bench
from micronets.cli.detect import detect
from micronets.cli.errors import CleanGroup
from micronets.cli.export import export
from micronets.cli.report import report
from micronets.cli.send import send
from micronets.cli.verify import verify
from micronets.cli.zoo import list_zoo

__all__ = ["main"]


@click.group(cls=CleanGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="micronets")
def main() -> None:
    """Turn a trained Keras model into one C++ header for a microcontroller."""


for command in (list_zoo, export, report, verify, bench, detect, send):
    main.add_command(command)
