"""The stages of a net that is cut into segments, and what each needs of the tensors before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from micronets.codegen.folds import fold_rows, is_dense
from micronets.codegen.ripple import Stage
from micronets.codegen.rows import all_rows, no_rows, same_rows, source_needs
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


def fold_segments(
    schedule: Schedule, homes: Mapping[str, str], segments: Sequence[Segment]
) -> Schedule:
    """Lets kernels take row by row what their own segment computes; whole maps are there anyway."""
    for segment in segments:
        if not segment.whole:
            schedule = fold_rows(schedule, homes, segment.steps)
    return schedule


def stages_of(
    schedule: Schedule, homes: Mapping[str, str], segments: Sequence[Segment]
) -> list[Stage]:
    """One stage for each kernel call, in the order of the steps.

    Args:
        schedule: The steps, from `fold_segments`.
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
    rows = step.node.output.map_shape[0]
    for number, call in enumerate(step.calls):
        needs = source_needs(schedule.graph, step.node, call.inputs, homes)
        name = step.node.name if number == 0 else f"{step.node.name}_{number + 1}"
        if segment.whole or (is_dense(call) and call.fold == 1):
            needs = {source: all_rows(need.limit) for source, need in needs.items()}
            yield Stage(name, step.node.name, 1, needs, whole=rows)
            continue
        if call.fold > 1:
            needs = {source: same_rows(need.limit) for source, need in needs.items()}
        yield Stage(name, step.node.name, rows * call.fold, needs, call.fold, call.scratch > 0)


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
