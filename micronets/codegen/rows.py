"""Which rows of its inputs a kernel call reads to compute a row of its output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RowNeed:
    """Row `y` of an output needs the first `min(y * step + reach, limit)` rows of a source, and none
    of those before row `y * step - before`.

    Args:
        step: Rows of the source from one row of the output to the next.
        reach: Rows of the source that row 0 needs.
        before: Rows of padding above the source.
        limit: Height of the source.
    """

    step: int
    reach: int
    before: int
    limit: int

    def count(self, y: int) -> int:
        """How many rows of the source must be there."""
        return min(max(y * self.step + self.reach, 0), self.limit)

    def first(self, y: int) -> int:
        """The first of them that is read."""
        return min(max(y * self.step - self.before, 0), self.limit)


def same_rows(height: int) -> RowNeed:
    """Row y reads row y."""
    return RowNeed(1, 1, 0, height)


def window_rows(window: int, stride: int, padding: int, height: int) -> RowNeed:
    """A window of `window` rows that moves by `stride`, with `padding` rows above the map."""
    return RowNeed(stride, window - padding, padding, height)


def all_rows(height: int) -> RowNeed:
    """Every row reads all rows."""
    return RowNeed(0, height, 0, height)
