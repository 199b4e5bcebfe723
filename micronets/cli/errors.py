"""How the command fails: one message without a traceback, exit code 2."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from micronets.errors import MicronetsError


class CleanGroup(click.Group):
    """A group that prints what went wrong; anything unforeseen stays a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader has seen enough (`micronets list | head`): click ends quietly on this one.
            raise
        except OSError as error:
            about = f": {error.filename}" if error.filename else ""
            fail(f"{error.strerror or error}{about}")
        except (MicronetsError, ValueError) as error:
            fail(str(error))


def fail(message: str) -> NoReturn:
    """End the command with exit code 2 and this message on stderr."""
    failure = click.ClickException(message)
    failure.exit_code = 2
    raise failure
