"""Which maps a stream holds as a whole, and why: what cannot run row by row is named."""

from __future__ import annotations

from dataclasses import dataclass

from micronets.codegen.folds import can_fold
from micronets.codegen.ops.detect_head import detector_heads, kept_outputs
from micronets.codegen.rows import no_rows, source_needs
from micronets.codegen.schedule import Step
from micronets.codegen.stream import Stream, row_extent


@dataclass(frozen=True)
class WholeMap:
    """A map of several rows that a stream holds as a whole.

    Args:
        layer: Who needs it: the layer that reads it, or the output of the net that it is.
        reason: Why.
        bytes: How large it is.
    """

    layer: str
    reason: str
    bytes: int

    def __str__(self) -> str:
        return f"holds its whole map: {self.layer}, {self.reason} ({self.bytes:,} B)"


def whole_maps(stream: Stream) -> tuple[WholeMap, ...]:
    """Names who needs each map that is held as a whole; rings of fewer rows are not listed."""
    graph, homes = stream.schedule.graph, stream.schedule.homes
    outputs = {homes[name]: name for name in kept_outputs(graph)}
    heads = {head.name for head in detector_heads(graph)}
    maps = []
    for name, ring in stream.rings.items():
        if name in heads:  # By-products of a byte for each row.
            continue
        tensor = graph.tensor(name)
        if 1 < tensor.map_shape[0] == ring.capacity:
            needed = _readers(stream, name)
            if name in outputs:
                needed = [(outputs[name], "an output of the net")]
            size = ring.capacity * row_extent(tensor) * graph.value_bytes
            maps += [WholeMap(layer, reason, size) for layer, reason in needed]
    return tuple(maps)


def _readers(stream: Stream, name: str) -> list[tuple[str, str]]:
    """The layers for which a map is whole, each with its reason.

    None of them where the map is just not higher than the windows that slide over it.
    """
    graph, homes = stream.schedule.graph, stream.schedule.homes
    readers = [
        (step, call, stage)
        for (step, call), stage in zip(stream.schedule.calls, stream.stages, strict=True)
        if name in stage.needs
    ]
    whole = [
        step
        for step, call, _ in readers
        if call.fold == 1
        and source_needs(graph, step.node, call.inputs, homes).get(name, no_rows(0)).is_whole
    ]
    # A layer that could take rows one at a time does not where another needs the map anyway.
    firm = [step for step in whole if not can_fold(graph, step, homes)]
    if _crosses(stream, name):  # The plan would have cut the net here in any case.
        return [(step.node.name, _reason(stream, step, name)) for step in firm]
    if whole:
        return [(step.node.name, _reason(stream, step, name)) for step in firm or whole]
    return [
        (step.node.name, "it waits for another input")
        for step, _, stage in readers
        if len(stage.needs) > 1 and stream.rings[name].capacity > stage.needs[name].rows
    ]


def _crosses(stream: Stream, name: str) -> bool:
    """True where a segment reads what another one has written."""
    steps, homes = stream.schedule.steps, stream.schedule.homes
    written = {steps[n].node.name: s for s in stream.segments for n in s.steps}
    writer = written.get(name, stream.segments[0])
    return any(
        homes[read] == name and segment != writer
        for segment in stream.segments
        for number in segment.steps
        for read in steps[number].node.inputs
    )


def _reason(stream: Stream, step: Step, name: str) -> str:
    graph, homes = stream.schedule.graph, stream.schedule.homes
    if can_fold(graph, step, homes):
        return "its sums would take no less"
    shape = graph.tensor(name).map_shape
    viewed = any(homes[x.name] == name and x.map_shape != shape for x in step.inputs)
    if viewed or step.node.op == "reshape":
        return "its rows are others"
    return "its window covers all rows"
