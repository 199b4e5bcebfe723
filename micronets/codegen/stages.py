"""The stages of a net that is cut into segments, and what each needs of the tensors before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from micronets.codegen.ripple import Stage
from micronets.codegen.rows import RowNeed, all_rows, no_rows, rows_folded, rows_needed, same_rows
from micronets.codegen.schedule import Schedule, Step


@dataclass(frozen=True)
class Segment:
    """Steps of which each row ripples through all; what they read of other segments is whole.

    Args:
        first: Its first step.
        last: Its last step.
        whole: True for a single step that computes its whole map in one go, as ping-pong does.
    """

    first: int
    last: int
    whole: bool = False

    @property
    def steps(self) -> range:
        """The numbers of its steps."""
        return range(self.first, self.last + 1)


def one_segment(schedule: Schedule) -> tuple[Segment, ...]:
    """All steps together."""
    return (Segment(0, len(schedule.steps) - 1),) if schedule.steps else ()


def homes_of(schedule: Schedule) -> dict[str, str]:
    """Views lie in their input's memory; everything else has memory of its own."""
    computed = {step.node.name for step in schedule.steps}
    homes = {schedule.graph.input.name: schedule.graph.input.name}
    for node in schedule.graph.nodes:
        homes[node.name] = node.name if node.name in computed else homes[node.inputs[0]]
    return homes


def stages_of(
    schedule: Schedule, homes: Mapping[str, str], segments: Sequence[Segment]
) -> list[Stage]:
    """One stage for each kernel call, in the order of the steps.

    Args:
        schedule: The steps.
        homes: The memory of each tensor, from `homes_of`.
        segments: Consecutive ranges of steps, in order; those that are left out have no stages.
    """
    stages: list[Stage] = []
    before: list[Stage] = []
    for segment in segments:
        own: list[Stage] = []
        inside = {schedule.steps[number].node.name for number in segment.steps}
        for number in segment.steps:
            for stage in _stages_of_step(schedule, homes, schedule.steps[number], segment):
                own.append(_wait_for_maps(stage, inside, schedule.graph.input.name, segment))
        stages += [_wait_for_segment(stage, before, inside) for stage in own]
        before = own
    return stages


def _stages_of_step(
    schedule: Schedule, homes: Mapping[str, str], step: Step, segment: Segment
) -> Iterator[Stage]:
    graph, rows = schedule.graph, step.node.output.map_shape[0]
    needs = rows_needed(step.node, step.inputs)
    for number, call in enumerate(step.calls):
        by_source: dict[str, RowNeed] = {}
        for position in call.inputs:
            name = step.node.inputs[position]
            home = graph.tensor(homes[name])
            viewed = home.map_shape != step.inputs[position].map_shape
            need = all_rows(home.map_shape[0]) if viewed else needs[position]
            known = by_source.get(home.name)
            by_source[home.name] = need if known is None else _both(known, need)
        name = step.node.name if number == 0 else f"{step.node.name}_{number + 1}"
        if segment.whole or call.function.startswith("dense_"):
            by_source = {source: all_rows(need.limit) for source, need in by_source.items()}
            yield Stage(name, step.node.name, 1, by_source, whole=rows)
            continue
        fold = rows_folded(step.node)
        if fold > 1:
            (source,) = by_source
            by_source = {source: same_rows(graph.tensor(source).map_shape[0])}
        yield Stage(name, step.node.name, rows * fold, by_source, fold)


def _both(one: RowNeed, other: RowNeed) -> RowNeed:
    """What is needed by a call that reads a tensor twice."""
    if one == other:
        return one
    return all_rows(max(one.limit, other.limit))


def _wait_for_maps(stage: Stage, inside: set[str], image: str, segment: Segment) -> Stage:
    """What other segments have written must be whole before the first row of this one."""
    pushed = image if segment.first == 0 else None
    needs = {
        name: need if name in inside or name == pushed else replace(need, reach=need.limit)
        for name, need in stage.needs.items()
    }
    return replace(stage, needs=needs)


def _wait_for_segment(stage: Stage, before: Sequence[Stage], inside: set[str]) -> Stage:
    """Segments run one after the other: whatever could begin earlier waits for all of the last.

    A stage that reads a tensor of its own segment waits for what that one waits for.
    """
    if inside & set(stage.needs):
        return stage
    read = {name for other in before for name in other.needs}
    needs = dict(stage.needs)
    for other in before:
        if other.target not in read and other.target not in needs:
            needs[other.target] = no_rows(other.whole or other.rows // other.fold)
    return replace(stage, needs=needs)
