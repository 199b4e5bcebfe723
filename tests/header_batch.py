"""Runs many generated headers in one program: compiling is what takes the time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from micronets import toolchain
from micronets.codegen.driver import decode
from micronets.codegen.emit import EmitOptions, emit_header
from micronets.codegen.emit.header import Header
from micronets.codegen.export import Export
from micronets.codegen.graph import Graph
from micronets.codegen.inputs import input_codes
from micronets.codegen.interpreter import evaluate, evaluate_codes
from micronets.codegen.memory import plan_memory
from micronets.codegen.partition import Partitions
from micronets.codegen.passes import FLOAT_PASSES, Pass, run_passes
from micronets.codegen.passes.pad_rows import pad_rows
from micronets.codegen.passes.remove_dead_channels import remove_dead_channels
from micronets.codegen.passes.unroll_tiles import unroll_tiles
from micronets.codegen.quantize import Sample, quantize
from micronets.codegen.reports import TOLERANCE
from micronets.codegen.schedule import Schedule, make_schedule
from micronets.codegen.stages import Segment, one_segment
from micronets.codegen.stream import make_stream

_FUNCTION = """\
static void run_{number}() {{
  static {class_name} net;
  static {type} image[{size}];
  for (int32_t i = 0; i < {count}; ++i) {{
    if (!harness_read(image, sizeof image)) return;  // decode() misses the answers
    const uint16_t label = net.predict(image);
    harness_write(&label, sizeof label);
{heads}
  }}
}}
"""


@dataclass(frozen=True)
class Case:
    """A net and its images, `(count, *shape)`, float32 or uint8."""

    export: Export
    images: np.ndarray


@dataclass(frozen=True)
class Answer:
    """What C++ computed: one array `(count, values)` per head, and the labels `(count,)`."""

    heads: list[np.ndarray]
    labels: np.ndarray


def export_graph(
    graph: Graph,
    class_name: str,
    passes: Sequence[Pass] = FLOAT_PASSES,
    pixels: tuple[float, float] = (1 / 255, 0.0),
    cut: int | None = None,
) -> Export:
    """The export of a graph made by hand; its reference is the unoptimised graph in numpy."""
    optimised = run_passes(passes, graph)
    schedule = make_schedule(optimised)
    options = EmitOptions(class_name, pixel_scale=pixels[0], pixel_offset=pixels[1])
    header = _header(schedule, options, cut=cut)
    return Export(header, schedule, options, lambda x: evaluate(graph, x))


def export_graph_s8(
    graph: Graph,
    class_name: str,
    pixels: tuple[float, float] = (1 / 255, 0.0),
    cut: int | None = None,
) -> Export:
    """The int8 export of a graph made by hand, calibrated on random pixels."""
    sample = Sample(pixels_for(graph.input.shape, 8))
    lowered, receipt = quantize(run_passes(FLOAT_PASSES, graph), pixels, sample, "minmax")
    lowered, removed = remove_dead_channels(lowered)
    schedule = make_schedule(unroll_tiles(pad_rows(lowered)))
    options = EmitOptions(class_name, pixel_scale=pixels[0], pixel_offset=pixels[1])
    header = _header(schedule, options, removed, cut=cut)
    return Export(header, schedule, options, lambda x: evaluate(graph, x), receipt)


def _header(
    schedule: Schedule,
    options: EmitOptions,
    removed: Mapping[str, int] | None = None,
    *,
    cut: int | None,
) -> Header:
    """With whole maps or, where `cut` is a number, as a stream that is cut in any way."""
    if cut is not None:
        stream = make_stream(schedule, random_partition(schedule, cut))
        return emit_header(stream.schedule, stream.plan, options, removed, stream)
    plan = plan_memory(schedule.buffers, schedule.scratch)
    return emit_header(schedule, plan, options, removed)


def random_partition(schedule: Schedule, number: int) -> tuple[Segment, ...]:
    """One of the ways to cut a net into segments; number 0 leaves it whole."""
    if number == 0:
        return one_segment(schedule)
    generator, partition = random.Random(number), list[Segment]()
    possible = Partitions(schedule).segments
    while not partition or partition[-1].last + 1 < len(schedule.steps):
        first = partition[-1].last + 1 if partition else 0
        partition.append(generator.choice([s for s in possible if s.first == first]))
    return tuple(partition)


def run_batch(
    cases: Sequence[Case], folder: Path, target: str = "host", optimize: str = "-O1", **build: Any
) -> list[Answer]:
    """Compiles all headers into one program, runs every case and returns the answers in order."""
    for export in {case.export.class_name: case.export for case in cases}.values():
        (folder / f"{export.class_name}.h").write_text(export.header.text, encoding="utf-8")
    source = batch_source(cases)
    program = toolchain.build(target, source, include_dirs=[folder], optimize=optimize, **build)
    images = b"".join(case.images.tobytes() for case in cases)
    output = program.run(images, timeout=300).output
    answers, position = [], 0
    for case in cases:
        values = sum(head_sizes(case.export)) * case.export.graph.value_bytes
        size = len(case.images) * (2 + values)
        piece = output[position : position + size]
        answers.append(Answer(*decode(case.export, piece, len(case.images))))
        position += size
    assert position == len(output)
    return answers


def batch_source(cases: Sequence[Case]) -> str:
    """The program: one function per case."""
    names = sorted({case.export.class_name for case in cases})
    functions = [_function(number, case) for number, case in enumerate(cases)]
    calls = "".join(f"  run_{number}();\n" for number in range(len(cases)))
    return "\n".join(
        [
            '#include "harness.h"',
            *(f'#include "{name}.h"' for name in names),
            *functions,
            f"int main() {{\n{calls}  return 0;\n}}\n",
        ]
    )


def _function(number: int, case: Case) -> str:
    sizes = head_sizes(case.export)
    heads = "\n".join(
        f"    harness_write(net.outputs({head if len(sizes) > 1 else ''}), "
        f"{case.export.graph.value_bytes * size});"
        for head, size in enumerate(sizes)
    )
    return _FUNCTION.format(
        number=number,
        class_name=case.export.class_name,
        type="uint8_t" if case.images.dtype == np.uint8 else "float",
        size=case.export.graph.input.size,
        count=len(case.images),
        heads=heads,
    )


def head_sizes(export: Export) -> list[int]:
    """Values of each head."""
    return [export.graph.tensor(name).size for name in export.graph.outputs]


def assert_close(
    actual: Sequence[np.ndarray], expected: Sequence[np.ndarray], what: str, tolerance: float = 0
) -> None:
    """Fails with the first bad value: head, index, both numbers.

    Args:
        actual: One array per head.
        expected: The same, of any shape with as many values.
        what: Names the case in the message.
        tolerance: Relative to max(1, largest expected value); `reports.TOLERANCE` if 0.
    """
    assert len(actual) == len(expected), what
    largest = max(1.0, *(float(np.abs(array).max()) for array in expected))
    allowed = (tolerance or TOLERANCE) * largest
    for head, (got, wanted) in enumerate(zip(actual, expected, strict=True)):
        reshaped = np.asarray(wanted).reshape(got.shape)
        bad = np.argwhere(~(np.abs(got - reshaped) <= allowed))
        if len(bad):
            first = tuple(int(i) for i in bad[0])
            raise AssertionError(
                f"{what}, head {head}: {len(bad)} of {got.size} values differ by more than "
                f"{allowed:.1e}; the first at {first}: {got[first]!r}, expected "
                f"{reshaped[first]!r}"
            )


def assert_same_codes(case: Case, answer: Answer, what: str = "") -> None:
    """Fails with the first code in which C++ and the Python twin of an int8 net differ."""
    options, graph = case.export.options, case.export.graph
    codes = input_codes(case.images, options.pixel_scale, options.pixel_offset)
    outputs = [head.reshape(len(case.images), -1) for head in evaluate_codes(graph, codes)]
    for number, (actual, expected) in enumerate(zip(answer.heads, outputs, strict=True)):
        different = np.argwhere(actual != expected)
        assert not len(different), (
            f"{case.export.class_name}, head {number}: first difference at {different[0]}: "
            f"C++ {actual[tuple(different[0])]}, Python {expected[tuple(different[0])]}\n{graph}\n"
            f"{what}"
        )
    if outputs[0].shape[1] > 1:
        np.testing.assert_array_equal(answer.labels, outputs[0].argmax(axis=1), what)


def images_for(shape: Sequence[int], count: int, seed: int = 0) -> np.ndarray:
    """Floats between -1 and 1."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (count, *shape)).astype(np.float32)


def pixels_for(shape: Sequence[int], count: int, seed: int = 0) -> np.ndarray:
    """Bytes of 0 to 255, each image with a brightness and a contrast of its own.

    Equal noise everywhere would look the same to a net that pools over the whole map.
    """
    rng = np.random.default_rng(seed)
    each = (count, *[1] * len(shape))
    noise = rng.uniform(-1, 1, (count, *shape)) * rng.uniform(10, 128, each)
    return np.clip(noise + rng.uniform(0, 255, each), 0, 255).astype(np.uint8)
