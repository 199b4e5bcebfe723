"""Every layer's output of the C++: the header with hooks behind its steps, compiled and run."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from micronets import toolchain
from micronets.codegen.driver import decode, driver_source
from micronets.codegen.emit.context import named_calls
from micronets.codegen.graph import Array, Graph
from micronets.codegen.inputs import Images
from micronets.codegen.reports import TOLERANCE, LayerDifference
from micronets.errors import InternalError, VerificationError

if TYPE_CHECKING:
    from micronets.codegen.export import Export

# A step of the forward pass: its comment, then its calls up to the next blank line or brace.
_STEP = re.compile(r"^(  // \d+  [^\n]*\n)((?:  [^\n]+\n)+?)(?=\n|\})", re.MULTILINE)

# Stands in front of the header. A map is read through the strides of the layer's own parameters,
# so it comes out in Keras's order whatever lies between its rows and planes.
_HOOKS = """\
#include <stdint.h>
#include "harness.h"

namespace {

template <typename Value>
void trace_value(Value value) {
  harness_write(&value, sizeof value);
}

template <typename Value, typename Input>
void trace_input(const Input& input, int32_t count) {
  for (int32_t i = 0; i < count; ++i) trace_value(static_cast<Value>(input[i]));
}

template <typename Params, typename Value>
auto trace_layer(const Params& p, const Value* map) -> decltype(p.output.height, void()) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      for (int32_t c = 0; c < p.output.channels; ++c) {
        trace_value(map[y * p.output.row_stride() + x * p.output.pixel_stride() +
                        c * p.output.channel_stride()]);
      }
    }
  }
}

template <typename Params, typename Value>
auto trace_layer(const Params& p, const Value* vector) -> decltype(p.outputs, void()) {
  for (int32_t i = 0; i < p.outputs; ++i) trace_value(vector[i]);
}

}  // namespace

"""


def insert_hooks(header: str, before: Sequence[str], behind: Sequence[str]) -> str:
    """The header with a statement in front of and behind each step of its forward pass.

    Raises:
        InternalError: The header has another number of steps.
    """
    pieces, end, count = [], 0, 0
    for count, step in enumerate(_STEP.finditer(header), 1):
        if count <= len(before):
            lines = (before[count - 1], step[2], behind[count - 1])
            pieces += [header[end : step.start()], step[1]]
            pieces += [f"  {line}\n" if line is not step[2] else line for line in lines if line]
            end = step.end()
    if count != len(before):
        raise InternalError(f"{count} steps were found in the header; {len(before)} were expected.")
    return "".join([*pieces, header[end:]])


def header_trace(
    export: Export, images: Images, target: str, optimize: str, timeout: float
) -> tuple[dict[str, Array], list[Array], npt.NDArray[np.int64]]:
    """Compiles the header and runs it on images.

    Returns:
        Every tensor by name, `(count, *shape)`; one array `(count, values)` per head; the labels.
    """
    if export.header.streams:
        raise ValueError(
            f'{export.class_name} was exported with memory="stream": it never holds whole maps, so '
            'there is nothing to compare layer by layer. Export it with memory="pingpong", which '
            "gives the same bits."
        )
    with tempfile.TemporaryDirectory(prefix="micronets-") as folder:
        (Path(folder) / "net.h").write_text(_tracing_header(export), encoding="utf-8")
        source = _HOOKS + driver_source(export, images, target, 0.0)
        program = toolchain.build(target, source, include_dirs=[folder], optimize=optimize)
        output = program.run(images.tobytes(), timeout=timeout).output
    if not output or len(output) % len(images):
        raise VerificationError(
            f"the tracing program around {export.class_name} wrote {len(output)} bytes for "
            f"{len(images)} images."
        )
    records = np.frombuffer(output, np.uint8).reshape(len(images), -1)
    graph, names = export.graph, _traced(export)
    sizes = [graph.tensor(name).size for name in names]
    traced = sum(sizes) * graph.value_bytes
    heads, labels = decode(export, records[:, traced:].tobytes(), len(images))
    value = "<f4" if graph.value_bytes == 4 else "i1"
    values = np.ascontiguousarray(records[:, :traced]).view(value)
    parts = np.split(values, np.cumsum(sizes)[:-1], axis=1)
    return _with_views(graph, dict(zip(names, parts, strict=True))), heads, labels


def _traced(export: Export) -> list[str]:
    """The tensors that the program writes, in order."""
    return [export.graph.input.name, *(step.node.name for step in export.schedule.steps)]


def _tracing_header(export: Export) -> str:
    """The header that writes its input, and the output of each step behind the step."""
    parameters = {named.step.node.name: named.name for named in named_calls(export.schedule)}
    value, bytes_each = export.graph.value_type, export.graph.value_bytes
    behind = [
        f"trace_layer(fetch(k::{parameters[row.layer]}), memory_ + {row.begin // bytes_each});"
        for row in export.rows
    ]
    reading = f"trace_input<{value}>(input, {export.graph.input.size});"
    before = [reading, *[""] * (len(behind) - 1)]
    return insert_hooks(export.header.text, before, behind)


def _with_views(graph: Graph, written: Mapping[str, Array]) -> dict[str, Array]:
    """All tensors in the order of the graph; a view is its input under another shape."""
    values: dict[str, Array] = {}
    for tensor in (graph.input, *(node.output for node in graph.nodes)):
        source = written.get(tensor.name)
        if source is None:
            source = values[graph.node(tensor.name).inputs[0]]
        values[tensor.name] = source.reshape(len(source), *tensor.shape)
    return values


def first_difference(
    actual: Mapping[str, Array], expected: Mapping[str, Array]
) -> LayerDifference | None:
    """Where the first layer in order differs: codes in anything, floats beyond the tolerance."""
    for layer, wanted in expected.items():
        got = actual[layer]
        allowed = 0.0
        if wanted.dtype != np.int8:
            allowed = TOLERANCE * max(1.0, float(np.abs(wanted).max()))
        distance = np.abs(got.astype(np.float64) - wanted)
        bad = np.argwhere(~(distance <= allowed))
        if len(bad):
            image, *index = (int(i) for i in bad[0])
            place = (image, *index)
            return LayerDifference(
                layer, image, tuple(index), got[place].item(), wanted[place].item(), len(bad)
            )
    return None
