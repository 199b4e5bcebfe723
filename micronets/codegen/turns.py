"""The order of a streamed net's rows as a short table: which layers compute a row in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from micronets.codegen.ripple import Event, Stage
from micronets.errors import InternalError


@dataclass(frozen=True)
class Turn:
    """Groups that follow each other compute a row each.

    Args:
        rows: How many rows of the image must be there.
        first: The first of these groups.
        last: The last one.
    """

    rows: int
    first: int
    last: int


@dataclass(frozen=True)
class Turns:
    """What happens in one inference, in short.

    Args:
        groups: Stages that always run one after the other and share the number of their row, from
            the first stage to the last.
        turns: What the groups do, in this order.
        rows: How often each group runs.
        height: Rows of the image.
    """

    groups: tuple[range, ...]
    turns: tuple[Turn, ...]
    rows: tuple[int, ...]
    height: int

    @property
    def counts(self) -> int:
        """How many counts the C++ object holds: of the image and of groups that run again."""
        return 1 + sum(rows > 1 for rows in self.rows)

    @property
    def count_bytes(self) -> int:
        """Bytes of such a count, and of each number in a turn."""
        return _bytes_of(max(self.height + 1, len(self.groups), *self.rows))

    @property
    def turn_bytes(self) -> int:
        """Bytes of the number of the turn that comes next."""
        return max(self.count_bytes, _bytes_of(len(self.turns)))

    @property
    def table_bytes(self) -> int:
        """Bytes of the table of turns in flash: three numbers for each, and for one that never
        comes."""
        return 3 * self.count_bytes * (len(self.turns) + 1)


def turns_of(stages: Sequence[Stage], events: Sequence[Event]) -> Turns:
    """Finds the groups and the turns.

    Args:
        stages: The stages of the net.
        events: What happens in one inference, in this order.

    Returns:
        A table that gives these very events.

    Raises:
        InternalError: It does not.
    """
    groups = _groups(stages, events)
    numbers = {group[0]: number for number, group in enumerate(groups)}
    turns: list[Turn] = []
    rows, open_group = 0, -1  # The next group that would lengthen the last turn.
    for event in events:
        number = numbers.get(event.stage)
        if event.stage < 0:
            rows, open_group = event.row + 1, -1
        elif number is not None:
            if number == open_group:
                turns[-1] = replace(turns[-1], last=number)
            else:
                turns.append(Turn(rows, number, number))
            open_group = number + 1
    height = sum(event.stage < 0 for event in events)
    runs = tuple(stages[group[0]].rows for group in groups)
    result = Turns(tuple(groups), tuple(turns), runs, height)
    if events_of_turns(result) != list(events):
        raise InternalError("the table of turns gives another order than the plan's")
    return result


def events_of_turns(table: Turns) -> list[Event]:
    """What the generated code does with a table."""
    events: list[Event] = []
    done = [0] * len(table.groups)
    pushed = 0
    for turn in table.turns:
        events += [Event(-1, row) for row in range(pushed, turn.rows)]
        pushed = max(pushed, turn.rows)
        for number in range(turn.first, turn.last + 1):
            events += [Event(stage, done[number]) for stage in table.groups[number]]
            done[number] += 1
    return events + [Event(-1, row) for row in range(pushed, table.height)]


def _groups(stages: Sequence[Stage], events: Sequence[Event]) -> list[range]:
    """Each stage joins the one before it where its rows always follow at once."""
    joined = [stages[n].rows == stages[n - 1].rows for n in range(1, len(stages))]
    for event, following in zip(events, [*events[1:], Event(-1, 0)], strict=True):
        if 0 <= event.stage < len(joined) and following != Event(event.stage + 1, event.row):
            joined[event.stage] = False
    groups = [range(1)] if stages else []
    for number, joins in enumerate(joined, 1):
        if joins:
            groups[-1] = range(groups[-1].start, number + 1)
        else:
            groups.append(range(number, number + 1))
    return groups


def _bytes_of(most: int) -> int:
    """Of a number up to `most`."""
    return 1 if most <= 255 else 2
