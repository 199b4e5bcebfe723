"""Collects all that is wrong with a file of labels, so that one error names it all."""

from micronets.errors import DataError

# A wrong file can have a problem per line; nobody reads more than this.
_MOST_SHOWN = 20


class Problems:
    """Problems found so far.

    Args:
        title: First line of the error: what cannot be used.

    Attributes:
        hint: Last line of the error: what to do about it. Empty for none.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self.hint = ""
        self._lines: list[str] = []

    def add(self, problem: str, line: int | None = None) -> None:
        """Note a problem, and the line of the file where it is (counted from 1)."""
        self._lines.append(problem if line is None else f"line {line}: {problem}")

    def raise_all(self) -> None:
        """Raise one DataError that lists all problems, if there are any."""
        if not self._lines:
            return
        count = len(self._lines)
        shown = "".join(f"\n  {line}" for line in self._lines[:_MOST_SHOWN])
        more = f"\n  ... and {count - _MOST_SHOWN:,} more" if count > _MOST_SHOWN else ""
        hint = f"\n{self.hint}" if self.hint else ""
        plural = "s" if count > 1 else ""
        raise DataError(f"{self._title} ({count:,} problem{plural}):{shown}{more}{hint}")
