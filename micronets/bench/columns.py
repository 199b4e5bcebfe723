"""The columns of a drawing in which time runs to the right, a part of it left out."""

from __future__ import annotations

from dataclasses import dataclass

from micronets.bench.held_rows import set_off
from micronets.codegen.stream import Stream

COLUMN = 16.0
_CUT, _BREAK = 28.0, 8.0
"""What stands for the columns that are left out, and the white in the middle of it."""


@dataclass(frozen=True)
class Columns:
    """Which events are shown, each in a column: those before `first` and those from `second` on.

    Args:
        left: The left edge of all.
        first: See above.
        second: See above.
        end: The number of events.
    """

    left: float
    first: int
    second: int
    end: int

    def __contains__(self, event: object) -> bool:
        return isinstance(event, int) and not self.first <= event < self.second

    @property
    def is_cut(self) -> bool:
        """True where there is something between them that is not shown."""
        return self.first < self.second

    def begin_of(self, event: int) -> float:
        """The left edge of an event; the middle of the cut for one that is not shown."""
        if event < self.first:
            return self.left + event * COLUMN
        cut = _CUT if self.is_cut else 0
        if event < self.second:
            return self.left + self.first * COLUMN + cut / 2
        return self.left + (self.first + event - self.second) * COLUMN + cut

    def end_of(self, event: int) -> float:
        """The right edge."""
        return self.begin_of(event) + (COLUMN if event in self else 0)

    def middle_of(self, event: int) -> float:
        """The middle of what is drawn in a column."""
        return self.begin_of(event) + (COLUMN - 1) / 2

    @property
    def right(self) -> float:
        """The right edge of all."""
        return self.begin_of(self.end)

    @property
    def strips(self) -> list[tuple[float, float]]:
        """The left and right edges of what is drawn through all columns, with a break in the
        cut."""
        if not self.is_cut:
            return [(self.left, self.right)]
        middle = self.begin_of(self.first)
        return [(self.left, middle - _BREAK / 2), (middle + _BREAK / 2, self.right)]


def shown_columns(stream: Stream, left: float, first: int, last: int) -> Columns:
    """The columns of the first and last rows of the image, and of what they set off."""
    pushes, end = list(set_off(stream)), len(stream.events)
    if first + last >= len(pushes):
        return Columns(left, end, end, end)
    return Columns(left, pushes[first], pushes[-last] if last else end, end)
