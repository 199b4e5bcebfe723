"""Tables for the terminal; in a pipe or a file as wide as they need to be."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

# Wider than any table here: what is not a terminal does not wrap.
_WIDTH_OF_A_PIPE = 200


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> None:
    """Prints a table; the first `left` columns hold names, the others numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index < left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=_WIDTH_OF_A_PIPE)
    console.print(table)
