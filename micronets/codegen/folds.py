"""Kernels that take the rows of their input as they come, one at a time, into their output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from micronets.codegen.graph import Graph, Tensor
from micronets.codegen.ops.base import KernelCall
from micronets.codegen.rows import source_needs
from micronets.codegen.schedule import Schedule, Step

_MOST_PLACES = 257
"""Places of a window whose levels, 0 to 255, are summed in 16 bits (`average_pool2d_s8_fold`)."""


def fold_rows(schedule: Schedule, homes: Mapping[str, str], numbers: range) -> Schedule:
    """Lets kernels take row by row where that holds less than the rows of their windows.

    A dense layer keeps a sum for each of its outputs, pooling whose windows do not meet a sum or
    the largest value of each. Every float kernel adds in the same order either way, so the results
    are the same to the bit. Sums of an int8 layer are its scratch; floats lie in the output itself.

    Args:
        schedule: The steps of a net, their calls unfolded.
        homes: The tensor in whose memory each tensor lies.
        numbers: The steps that run together row by row; what others write is held as a whole.
    """
    graph, steps = schedule.graph, list(schedule.steps)
    written = {steps[number].node.name for number in numbers}
    written |= {graph.input.name} if numbers.start == 0 else set()
    whole = {homes[name] for name in graph.outputs}
    whole |= {homes[name] for step in steps[numbers.stop :] for name in step.node.inputs}
    whole |= set(homes.values()) - written
    held = {name: graph.tensor(name).map_shape[0] for name in whole}
    foldable = [number for number in numbers if can_fold(graph, steps[number], homes)]
    for number in numbers:
        if number not in foldable:
            for call in steps[number].calls:
                needs = source_needs(graph, steps[number].node, call.inputs, homes)
                for name, need in needs.items():
                    held[name] = max(held.get(name, 1), need.rows)
    for number in foldable:
        steps[number] = _folded(graph, steps[number], homes, held)
    return replace(schedule, steps=tuple(steps))


def can_fold(graph: Graph, step: Step, homes: Mapping[str, str]) -> bool:
    """True where a step could take the rows of its input one at a time."""
    return _fold(graph, step, homes) > 1


def _fold(graph: Graph, step: Step, homes: Mapping[str, str]) -> int:
    """How many rows of its input a step can take into each row of its output; 1 where it cannot."""
    home, attributes = _home(graph, step, homes), _attributes(step)
    if is_dense(step.calls[0]):  # Of any view: it reads the values in the order of memory.
        return 1 if home.lead else home.map_shape[0]
    if step.node.op not in ("max_pool2d", "average_pool2d") or any(attributes.padding):
        return 1
    rows: int = attributes.window[0]
    apart = rows == attributes.stride[0] or step.node.output.map_shape[0] == 1
    return rows if apart and home.map_shape == step.inputs[0].map_shape else 1


def _folded(graph: Graph, step: Step, homes: Mapping[str, str], held: Mapping[str, int]) -> Step:
    """The step with a folding call, where the rows that need not be held outweigh the sums.

    Args:
        graph: The net.
        step: One that can fold.
        homes: The tensor in whose memory each tensor lies.
        held: Rows of a tensor that are held in any case, by its name; 1 of those not named.
    """
    home, fold = _home(graph, step, homes), _fold(graph, step, homes)
    sums = _sums_bytes(graph, step)
    spared = (fold - held.get(home.name, 1)) * home.extent * graph.value_bytes
    if spared <= sums * home.map_shape[0]:
        return step
    scratch = sums if _sums_apart(graph, step) else 0
    call = replace(step.calls[0], fold=fold, scratch=scratch, reads_behind=0)
    return replace(step, calls=(call,))


def _sums_bytes(graph: Graph, step: Step) -> int:
    """What a folding kernel holds from the first row to the last."""
    _, width, channels = step.node.output.map_shape
    if not graph.is_int8 or is_dense(step.calls[0]):
        return 4 * width * channels
    if not _sums_apart(graph, step):
        return width * channels
    rows, columns = _attributes(step).window
    return (2 if rows * columns <= _MOST_PLACES else 4) * width * channels


def is_dense(call: KernelCall) -> bool:
    """True for a dense layer, and for a convolution whose window is the whole map."""
    return call.function.startswith("dense_")


def _sums_apart(graph: Graph, step: Step) -> bool:
    """True where sums have more bits than the output; the largest value has not."""
    return graph.is_int8 and step.node.op != "max_pool2d"


def _home(graph: Graph, step: Step, homes: Mapping[str, str]) -> Tensor:
    return graph.tensor(homes[step.node.inputs[0]])


def _attributes(step: Step) -> Any:
    return step.node.attributes
