"""How rows ripple through a net: what happens, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from micronets.codegen.rows import RowNeed
from micronets.errors import InternalError


@dataclass(frozen=True)
class Stage:
    """A kernel call that computes one row of a tensor at a time, or all of it at once.

    Args:
        name: Of the stage; unique.
        target: The tensor that it writes.
        rows: How often it runs.
        needs: What each run needs of each source.
        fold: How many runs, one after the other, compute a row of the target.
        apart: True where only the last of them writes it, from sums that lie elsewhere.
        whole: The height of the target where a single run computes all of it; else 0.
    """

    name: str
    target: str
    rows: int
    needs: Mapping[str, RowNeed]
    fold: int = 1
    apart: bool = False
    whole: int = 0

    def written(self, run: int) -> range:
        """The rows of the target that a run writes."""
        if self.whole:
            return range(self.whole)
        row, part = divmod(run, self.fold)
        return range(row, row if self.apart and part < self.fold - 1 else row + 1)

    def complete(self, runs: int) -> int:
        """How many rows of the target are there after so many runs."""
        return runs * self.whole if self.whole else runs // self.fold


@dataclass(frozen=True)
class Event:
    """One row of one stage; `stage` is -1 where the caller pushes a row of the image."""

    stage: int
    row: int


def run_order(
    stages: Sequence[Stage], source: str, height: int, present: Collection[str] = ()
) -> list[Event]:
    """Pushes the rows of the image one by one; after each, every row runs that can.

    The stage that is furthest down runs first, so that a row is used up before the next one comes.

    Args:
        stages: In an order in which every stage comes behind those that write its sources.
        source: The tensor that the caller pushes.
        height: How many rows it has; 0 where nothing is pushed.
        present: Tensors that are there from the beginning.
    """
    after = resume_points(stages)
    progress = _Progress(stages, source, present)
    events: list[Event] = []
    for row in range(max(height, 1)):
        if height:
            events.append(Event(-1, row))
            progress.push(row + 1)
        at = after[-1] if height else len(stages) - 1
        while at >= 0:
            if progress.is_ready(at):
                events.append(Event(at, progress.run(at)))
                at = after[at]
            else:
                at -= 1
    unfinished = [
        stage.name for stage, runs in zip(stages, progress.runs, strict=True) if runs < stage.rows
    ]
    if unfinished:
        raise InternalError(f"stages never finish: {', '.join(unfinished)}")
    return events


def resume_points(stages: Sequence[Stage]) -> dict[int, int]:
    """Where to look for work after a stage (-1: after a push): the last one that it feeds."""
    points = {}
    for number in range(-1, len(stages)):
        fed = [
            reader
            for reader, stage in enumerate(stages)
            if reader > number and (number == -1 or stages[number].target in stage.needs)
        ]
        if number == -1:
            written = {stage.target for stage in stages}
            fed = [r for r in fed if any(name not in written for name in stages[r].needs)]
        points[number] = max([*fed, number])
    return points


class _Progress:
    """How often each stage has run, and with that how many rows of each tensor are there.

    A search for the best partition asks this millions of times: rows are counted when a stage has
    run, and not when another one waits for them.
    """

    def __init__(self, stages: Sequence[Stage], source: str, present: Collection[str]) -> None:
        self.runs = [0] * len(stages)
        self._stages = stages
        self._rows = {stage.target: [0] for stage in stages} | {source: [0]}
        self._source = self._rows[source]
        writers: dict[str, list[int]] = {}
        for number, stage in enumerate(stages):
            writers.setdefault(stage.target, []).append(number)
        self._siblings = [writers[stage.target] for stage in stages]
        self._needs = [
            [
                (self._rows[name], need.counts(stage.rows))
                for name, need in stage.needs.items()
                if name not in present
            ]
            for stage in stages
        ]

    def push(self, rows: int) -> None:
        """The caller has pushed so many rows."""
        self._source[0] = rows

    def is_ready(self, number: int) -> bool:
        """Whether a stage has runs left and all rows that the next one needs are there."""
        run = self.runs[number]
        if run == self._stages[number].rows:
            return False
        for rows, counts in self._needs[number]:  # noqa: SIM110 - twice as fast as `all`
            if rows[0] < counts[run]:
                return False
        return True

    def run(self, number: int) -> int:
        """A stage runs; several stages may write parts of each row. Returns which run it is."""
        run = self.runs[number]
        self.runs[number] = run + 1
        self._rows[self._stages[number].target][0] = min(
            [
                self._stages[sibling].complete(self.runs[sibling])
                for sibling in self._siblings[number]
            ]
        )
        return run
