"""What the templates lay out for a net that streams: turns, and one call for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from micronets.codegen.emit.camera import takes_camera
from micronets.codegen.emit.lines import Call, wrapped_call
from micronets.codegen.graph import Graph, Tensor
from micronets.codegen.literals import wrapped
from micronets.codegen.stream import Stream, row_extent
from micronets.codegen.turns import Turn, Turns

_MARGIN = 8
"""Columns in front of a call in a case of the forward pass."""


@dataclass(frozen=True)
class RowGroup:
    """Stages that compute the same row one after the other.

    Args:
        count: Which of the counts is theirs; 0 where they run once.
        calls: A row of each.
    """

    count: int
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Push:
    """A `push_row` that copies or converts a row.

    Args:
        parameter: Its parameter.
        store: What puts the row into its slot.
    """

    parameter: str
    store: str


@dataclass(frozen=True)
class Prediction:
    """A `predict`.

    Args:
        signature: Name and parameter.
        body: What it does after `begin()`.
    """

    signature: str
    body: str


@dataclass(frozen=True)
class StreamContext:
    """What a streaming header needs beyond others.

    Args:
        count_type: C++ type that counts rows.
        turn_type: C++ type that counts turns.
        counts: How many counts there are: of the image and of the groups that need one.
        turns: How many turns there are.
        turn_rows: Lines of the table of turns.
        groups: Their calls.
        slot: Where the next row of the image goes, in C++.
        ring: The rows of the image that are held, in C++.
        row_type: C++ type of a value of the image, as it is held.
        pushes: The kinds of rows that the class takes.
        camera_pushes: Those of a colour camera.
        predicts: The kinds of images.
        largest_step: The most multiply-accumulates that one row of the image sets off.
    """

    count_type: str
    turn_type: str
    counts: int
    turns: int
    turn_rows: str
    groups: tuple[RowGroup, ...]
    slot: str
    ring: str
    row_type: str
    pushes: tuple[Push, ...]
    camera_pushes: tuple[Push, ...]
    predicts: tuple[Prediction, ...]
    largest_step: int

    @property
    def reads_memory(self) -> bool:
        """Whether any call reads what another has written."""
        return any("from + " in call.text for group in self.groups for call in group.calls)


def stream_context(
    stream: Stream,
    named: Sequence[tuple[str, str, Sequence[str]]],
    readers: tuple[str, str],
) -> StreamContext:
    """Lays out a stream.

    Args:
        stream: The plan.
        readers: How `row`, an array of floats or of pixels, is read, in C++.
        named: For each stage the name of its parameters, the title of its step or nothing, and the
            arrays that are arguments of its call.
    """
    graph, table = stream.schedule.graph, stream.turns
    groups = _groups(table, _row_calls(stream, named))
    turns = [*table.turns, Turn(table.height + 1, 0, 0)]  # The last one never comes.
    items = (f"{{{turn.rows}, {turn.first}, {turn.last}}}" for turn in turns)
    image = stream.rings[graph.input.name].capacity
    return StreamContext(
        count_type=f"uint{8 * table.count_bytes}_t",
        turn_type=f"uint{8 * table.turn_bytes}_t",
        counts=table.counts,
        turns=len(turns),
        turn_rows=wrapped(items, "    "),
        groups=groups,
        slot=_pointer(graph, f"memory_ + {_slot(stream, graph.input, 'row')}"),
        ring=_image_rows(graph, f"memory_ + {stream.plan.offsets[graph.input.name]}", image),
        row_type="uint8_t" if graph.is_int8 else "float",
        pushes=_pushes(graph, readers),
        camera_pushes=_camera_pushes(graph, readers[1]),
        predicts=_predictions(graph, readers),
        largest_step=largest_step(stream),
    )


def _groups(table: Turns, calls: Sequence[Call]) -> tuple[RowGroup, ...]:
    groups: list[RowGroup] = []
    count = 0
    for stages, rows in zip(table.groups, table.rows, strict=True):
        count += rows > 1
        groups.append(RowGroup(count if rows > 1 else 0, tuple(calls[n] for n in stages)))
    return tuple(groups)


def _row_calls(stream: Stream, named: Sequence[tuple[str, str, Sequence[str]]]) -> list[Call]:
    calls, result = stream.schedule.calls, []
    for (step, call), stage, (name, title, arrays) in zip(calls, stream.stages, named, strict=True):
        whole, folds = stage.whole > 0, call.fold > 1
        names = [step.node.inputs[position] for position in call.inputs]
        if folds:  # Of any view the rows that are held.
            names = [stream.schedule.homes[name] for name in names]
        sources = [_source(stream, name, whole=whole) for name in names]
        y = "y" if stage.rows > 1 else "0"
        row = [] if whole else [y]
        row_text = f"{y} / {call.fold}" if folds else y
        target = str(stream.plan.offsets[step.node.name])
        if not whole:
            target = _slot(stream, step.node.output, row_text)
        arguments = [f"fetch(k::{name})", *sources, *row, *arrays, f"to + {target}"]
        if call.scratch:
            arguments.append(f"to + {stream.plan.scratch[step.node.name]}")
        if call.state:
            arguments.append(call.state)
        function = f"{call.function}_row"
        if whole or folds:
            function = call.function if whole else f"{call.function}_fold"
        result.append(Call(title, wrapped_call(function, arguments, _MARGIN)))
    return result


def _source(stream: Stream, name: str, *, whole: bool) -> str:
    graph = stream.schedule.graph
    home = stream.schedule.homes[name]
    if home == graph.input.name:
        tensor = graph.tensor(name)
        if tensor.map_shape == graph.input.map_shape or whole:
            return "image.data" if whole else "image"
        return f"viewed(image, {row_extent(tensor)}, {tensor.map_shape[0]})"
    offset = stream.plan.offsets[home]
    if whole:
        return f"from + {offset}"
    ring, held, tensor = stream.rings[home], graph.tensor(home), graph.tensor(name)
    capacity = ring.capacity
    if tensor.map_shape != held.map_shape:
        held, capacity = tensor, tensor.map_shape[0]  # A view of a whole map.
    return f"ring(from + {offset}, {row_extent(held)}, {capacity})"


def _slot(stream: Stream, tensor: Tensor, row: str) -> str:
    """The offset of a row in the object's memory, in C++."""
    home = stream.schedule.homes[tensor.name]
    offset, ring = stream.plan.offsets[home], stream.rings[home]
    if ring.capacity == 1:
        return str(offset)
    return f"{offset} + {row} % {ring.capacity} * {row_extent(tensor)}"


def largest_step(stream: Stream) -> int:
    """Multiply-accumulates of the push that sets off the most."""
    macs = [
        step.macs // stage.rows
        for (step, _), stage in zip(stream.schedule.calls, stream.stages, strict=True)
    ]
    most = total = 0
    for event in stream.events:
        total = 0 if event.stage < 0 else total + macs[event.stage]
        most = max(most, total)
    return most


def _pointer(graph: Graph, expression: str) -> str:
    return f"reinterpret_cast<uint8_t*>({expression})" if graph.is_int8 else expression


def _image_rows(graph: Graph, data: str, capacity: int) -> str:
    """A view of rows of the image."""
    function = "pixel_rows" if graph.is_int8 else "ring"
    return f"micronets::{function}({data}, {row_extent(graph.input)}, {capacity})"


def _pushes(graph: Graph, readers: tuple[str, str]) -> tuple[Push, ...]:
    count = row_extent(graph.input)
    result = []
    for kind, reader in zip(("float", "uint8_t"), readers, strict=True):
        store = wrapped_call("micronets::store_row", [reader, str(count), "slot"])
        if _is_held_as(graph, kind, reader):
            size = count if graph.is_int8 else f"{count} * sizeof *row"
            store = f"memcpy(slot, row, {size});"
        result.append(Push(f"const {kind}* row", store))
    return tuple(result)


def _camera_pushes(graph: Graph, reader: str) -> tuple[Push, ...]:
    """Rows of RGB565, the higher byte first, for nets whose input is grey or RGB."""
    if not takes_camera(graph):
        return ()
    levels = "Grey565<uint8_t>{row}" if graph.input.shape[2] == 1 else "Rgb565<uint8_t>{row, 0}"
    lines = (
        f"const auto levels = micronets::{levels};",
        f"const auto reader = {reader.replace('{row', '{nullptr')};",
        "const auto values = micronets::camera<0>(levels, reader);",
        f"micronets::store_row(values, {row_extent(graph.input)}, slot);",
    )
    return (Push("const uint8_t* row", "\n".join(lines)),)


def _predictions(graph: Graph, readers: tuple[str, str]) -> tuple[Prediction, ...]:
    """An image that lies in memory as the net reads it needs no copy of its rows."""
    count, height = row_extent(graph.input), graph.input.map_shape[0]
    result = []
    kinds = (("float", "values"), ("uint8_t", "pixels"))
    for (kind, name), reader in zip(kinds, readers, strict=True):
        body = f"while (push_row({name})) {name} += {count};"
        if _is_held_as(graph, kind, reader):
            body = (
                f"const auto image = {_image_rows(graph, name, height)};\n"
                f"done_[0] = {height};\nripple(image);"
            )
        result.append(Prediction(f"predict(const {kind}* {name})", body))
    return tuple(result)


def _is_held_as(graph: Graph, kind: str, reader: str) -> bool:
    """Whether the net holds rows of this kind as they are."""
    return reader == "row" or (graph.is_int8 and kind == "uint8_t")
