"""From a schedule and a memory plan to the text of one C++ header."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

import jinja2

from micronets.codegen.emit.accessors import accessors_of
from micronets.codegen.emit.amalgamate import amalgamate
from micronets.codegen.emit.banner import Figures, affine_text, banner_lines
from micronets.codegen.emit.camera import camera_functions, camera_headers
from micronets.codegen.emit.context import (
    Context,
    NamedCall,
    Parameters,
    assertions_of,
    calls_of,
    constants_of,
    detail_namespace,
    heads_of,
    input_text,
    label_literals,
    named_calls,
    probabilities_of,
)
from micronets.codegen.emit.detector import detector_context
from micronets.codegen.emit.lines import error_directive, opening
from micronets.codegen.emit.options import EmitOptions, label_count
from micronets.codegen.emit.stream import StreamContext, stream_context
from micronets.codegen.emit.table import Row, layer_rows
from micronets.codegen.graph import Graph
from micronets.codegen.memory import ALIGNMENT, MemoryPlan
from micronets.codegen.ops.detect_head import detector_heads, held_bytes
from micronets.codegen.schedule import Schedule
from micronets.codegen.stream import Stream
from micronets.codegen.whole_maps import WholeMap, whole_maps


@dataclass(frozen=True)
class Header:
    """A generated header and the figures in its banner.

    Args:
        text: The C++.
        rows: The layer table.
        ram: Bytes of the object.
        constants: Bytes of constants in flash.
        code: About how many bytes of code the kernels take (Cortex-M4, -Os); None if not known.
        largest_array: Bytes of the largest constant.
        removed: How many dead channels each layer lost.
        turns: Bytes of the table of turns where it holds rows instead of whole maps; else None.
        whole_maps: The maps of which it holds all rows even so.
    """

    text: str
    rows: tuple[Row, ...]
    ram: int
    constants: int
    code: int | None
    largest_array: int
    removed: Mapping[str, int]
    turns: int | None = None
    whole_maps: tuple[WholeMap, ...] = ()

    @property
    def streams(self) -> bool:
        """True where it holds rows instead of whole maps."""
        return self.turns is not None


def emit_header(
    schedule: Schedule,
    plan: MemoryPlan,
    options: EmitOptions,
    removed: Mapping[str, int] | None = None,
    stream: Stream | None = None,
) -> Header:
    """Writes the header of a net; `removed` counts the dead channels that layers lost."""
    graph, calls = schedule.graph, named_calls(schedule)
    rows = layer_rows(schedule, plan, stream)
    constants = constants_of(calls)
    constant_bytes = sum(constant.bytes for constant in constants)
    forward, heads = calls_of(schedule, plan, calls), heads_of(schedule, plan)
    layout = None
    if stream is not None:
        layout = _stream_context(stream, calls, [call.title for call in forward], options)
    whole = () if stream is None else whole_maps(stream)
    lists = held_bytes(graph)
    ram = plan.object_bytes(graph.value_bytes, lists=lists) if stream is None else stream.ram
    detector = detector_context(graph)
    turns = None if stream is None else stream.turns.table_bytes
    code = code_size(
        [named.call.function for named in calls],
        is_int8=graph.is_int8,
        turns=turns,
        detects=detector is not None,
    )
    streaming = set() if stream is None else _streaming(graph)
    before = amalgamate(detector.headers if detector else ())
    kernels = amalgamate(
        {named.call.header for named in calls} | _always(schedule) | streaming, before.headers
    )
    height, width, channels = graph.input.map_shape
    pixel = (options.pixel_scale, options.pixel_offset)
    context = Context(
        class_name=options.class_name,
        file_name=options.file_name,
        detail=detail_namespace(options.class_name),
        guard=f"MICRONETS_MODEL_{options.class_name}",
        identity=options.identity(graph),
        banner=tuple(
            banner_lines(
                graph,
                options,
                Figures(
                    rows,
                    ram,
                    constant_bytes,
                    code,
                    removed or {},
                    whole,
                    0 if layout is None else layout.largest_step,
                ),
            )
        ),
        input_height=height,
        input_width=width,
        input_channels=channels,
        head_count=len(heads),
        accessors=accessors_of(options.class_name, heads, probabilities_of(graph)),
        label_count=label_count(graph),
        probabilities=probabilities_of(graph),
        labels=label_literals(options),
        float_input=input_text(graph, "float", "values", *(pixel if graph.is_int8 else (1.0, 0.0))),
        pixel_input=input_text(graph, "uint8_t", "pixels", *pixel),
        pixel_text=affine_text(*pixel),
        stream=layout,
        detector=detector,
        answer="void" if detector else "uint16_t",
        camera=()
        if stream is not None
        else camera_functions(schedule, input_text(graph, "uint8_t", "nullptr", *pixel)),
        values=plan.size,
        value_type=graph.value_type,
        value_bytes=graph.value_bytes,
        held_bytes=plan.size * graph.value_bytes
        + (0 if stream is None else stream.state_bytes)
        + lists,
        alignment=ALIGNMENT if plan.scratch else 0,
        system_headers=tuple(sorted({*before.system_headers, *kernels.system_headers})),
        types=before.text,
        kernels=kernels.text,
        parameters=tuple(
            Parameters(named.name, named.call.struct, named.fields) for named in calls
        ),
        assertions=assertions_of(schedule, plan, calls, stream),
        constants=constants,
        calls=forward,
        reads_memory=any("from + " in call.text for call in forward)
        if layout is None
        else layout.reads_memory,
        constant_bytes=constant_bytes,
        largest_array=max((constant.bytes for constant in constants), default=0),
    )
    text = render("header.h.jinja", context)
    return Header(
        text,
        tuple(rows),
        ram,
        constant_bytes,
        code,
        context.largest_array,
        dict(removed or {}),
        turns=turns,
        whole_maps=whole,
    )


def _stream_context(
    stream: Stream, calls: Sequence[NamedCall], titles: Sequence[str], options: EmitOptions
) -> StreamContext:
    """Names and titles of the stages, and how rows of the image are read."""
    graph = stream.schedule.graph
    pixel = (options.pixel_scale, options.pixel_offset)
    named = [(call.name, title, call.arguments) for call, title in zip(calls, titles, strict=True)]
    readers = (
        input_text(graph, "float", "row", *(pixel if graph.is_int8 else (1.0, 0.0))),
        input_text(graph, "uint8_t", "row", *pixel),
    )
    return stream_context(stream, named, readers)


def _always(schedule: Schedule) -> set[str]:
    """Headers that the class itself needs."""
    is_int8 = schedule.graph.is_int8
    own = camera_headers(schedule)
    if detector_heads(schedule.graph):
        own.add(f"micronets/core/detect_{'s8' if is_int8 else 'f32'}.h")
    else:
        own.add("micronets/core/label.h")
    return own | {"micronets/core/input_s8.h"} if is_int8 else own


def _streaming(graph: Graph) -> set[str]:
    """Headers of a net that streams."""
    kind = "s8" if graph.is_int8 else "f32"
    return {"micronets/core/ripple.h", f"micronets/core/store_row_{kind}.h"}


def render(template: str, context: object) -> str:
    """Fills a template with the fields of a dataclass."""
    values = {field.name: getattr(context, field.name) for field in fields(context)}  # type: ignore[arg-type]
    return _environment().get_template(template).render(values)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(resources.files("micronets") / "templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(opening=opening, error=error_directive)
    return environment


def code_size(
    functions: Sequence[str], *, is_int8: bool, turns: int | None = None, detects: bool = False
) -> int | None:
    """About how many bytes of code calls of kernels take on a Cortex-M4 at -Os, by the table.

    Args:
        functions: A kernel for each call.
        is_int8: Whether the net is.
        turns: Bytes of the table that a net which runs row by row has of its turns; None for one
            that does not.
        detects: Whether boxes are made of the net's outputs.

    Returns:
        The size, or None where a kernel is not in the committed table.
    """
    table = json.loads(
        (resources.files("micronets.codegen") / "code_sizes.json").read_text(encoding="utf-8")
    )
    kernels, rest = table["kernels"], table["int8" if is_int8 else "float32"]
    if not set(functions) <= set(kernels):
        return None
    own = sum(kernels[name] for name in set(functions))
    by = rest["whole maps" if turns is None else "rows"]
    lists = rest["detector"] if detects else 0
    return int(by["class"] + by["call"] * len(functions) + own + (turns or 0) + lists)
