"""How many bytes of code kernels take: the table that a header's "code about N B" is summed from.

Measured on a Cortex-M4 at -Os, where headers are quoted for:

* kernels: for each kernel function, nets of that one call are linked. Every symbol of `micronets::`
  counts, helpers included, and every one of the C library's mathematics (expf and what that pulls
  in), which therefore counts again with every kernel that uses it. A kernel has different code for
  different shapes: the entry is the geometric mean of the least and the most of it that a net of
  the zoo links, which is the estimate with the smallest worst error; for kernels outside the zoo,
  of the least and the most that an example of the operator links.
* call: parameters and code of one more call, from the smallest and the largest net of the zoo.
* class: all the rest.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from micronets import codegen
from micronets.bench.cases import NETS
from micronets.bench.measure import compiler_version, export_of
from micronets.bench.symbols import EMPTY_PROGRAM, Symbols, is_kernel, symbols_of
from micronets.codegen.driver import driver_source
from micronets.codegen.emit import EmitOptions, emit_header
from micronets.codegen.export import Export
from micronets.codegen.graph import Graph, Layout, Node, Tensor
from micronets.codegen.memory import plan_memory
from micronets.codegen.ops import REGISTRY
from micronets.codegen.schedule import Step, make_schedule
from micronets.files import write_atomically

TARGET, FLAG = "cortex-m4", "-Os"
_JOBS = 2

Table = dict[str, Any]


def measure_code_sizes() -> Table:
    """Measures the table.

    Raises:
        ToolchainError: A tool is missing or failed.
    """
    zoo = {net: [_probe(step.node, step.inputs) for step in _steps(net)] for net in NETS}
    examples = [[probe] for probe in _examples()]
    linked = _link_all([probe for probes in [*zoo.values(), *examples] for probe in probes])
    kernels = {**_middle_sizes(examples, linked), **_middle_sizes(zoo.values(), linked)}
    smallest, largest = NETS[0], NETS[-1]
    rest = [_rest(export_of(net)) for net in (smallest, largest)]
    calls = [sum(len(step.calls) for step in _steps(net)) for net in (smallest, largest)]
    call = (rest[1] - rest[0]) / (calls[1] - calls[0])
    return {
        "compiler": compiler_version(TARGET),
        "class": round(rest[0] - call * calls[0]),
        "call": round(call),
        "kernels": kernels,
    }


def write_code_sizes(table: Table) -> Path:
    """Rewrites the table in the source folder; returns its path."""
    text = json.dumps(table, indent=2, sort_keys=True) + "\n"
    path = Path(codegen.__file__).with_name("code_sizes.json")
    return write_atomically(path, lambda name: Path(name).write_text(text, encoding="utf-8"))


def estimate(table: Table, functions: Sequence[str]) -> int:
    """About how many bytes of code a net takes, from the kernels that its calls name in order."""
    kernels = sum(table["kernels"][function] for function in set(functions))
    return int(table["class"] + table["call"] * len(functions) + kernels)


def true_code(export: Export) -> int:
    """The code of a net: flash over an empty program, without the constants."""
    return export.benchmark(TARGET, optimize=FLAG).flash - export.constants


def _steps(net: str) -> tuple[Step, ...]:
    return export_of(net).schedule.steps


def _examples() -> Iterator[Export]:
    """A net of one call for every example of every operator."""
    for op in REGISTRY.values():
        for example in op.examples():
            layout = getattr(example.attributes, "layout", Layout.PLANAR)
            # A graph has one input, so an operator of several reads it several times.
            inputs = (example.inputs[0],) * len(example.inputs)
            output = Tensor("probe", op.infer(example.attributes, inputs), layout)
            node = Node(op.name, example.attributes, (), output, example.constants)
            yield _probe(node, inputs)


def _probe(node: Node, inputs: tuple[Tensor, ...]) -> Export:
    """A net of this one node, which reads planar maps as inside a net. It is never run."""
    image = replace(inputs[0], name="image")
    output = replace(node.output, name="probe")
    one = replace(node, inputs=("image",) * len(inputs), output=output)
    schedule = make_schedule(Graph("probe", image, (one,), ("probe",)))
    options = EmitOptions("Probe")
    header = emit_header(schedule, plan_memory(schedule.buffers), options)
    return Export(header, schedule, options, lambda x: [x])


def _link_all(probes: list[Export]) -> Mapping[str, Symbols]:
    """The kernel's symbols of each probe by its header's text; equal headers are linked once."""
    unique = {probe.header.text: probe for probe in probes}
    empty = symbols_of(EMPTY_PROGRAM, None, TARGET, FLAG).symbols

    def link(probe: Export) -> Symbols:
        program = symbols_of(driver_source(probe, "float32"), probe.header.text, TARGET, FLAG)
        return {
            name: size
            for name, size in program.symbols.items()
            if name not in empty and is_kernel(name)
        }

    with ThreadPoolExecutor(_JOBS) as pool:
        return dict(zip(unique, pool.map(link, unique.values()), strict=True))


def _middle_sizes(nets: Iterable[list[Export]], linked: Mapping[str, Symbols]) -> dict[str, int]:
    """For each kernel function, the mean of its least and its most bytes in a net."""
    found: dict[str, list[int]] = defaultdict(list)
    for probes in nets:
        union: dict[str, dict[str, int]] = defaultdict(dict)
        for probe in probes:
            (function,) = {call.function for step in probe.schedule.steps for call in step.calls}
            union[function].update(linked[probe.header.text])
        for function, symbols in union.items():
            found[function].append(sum(symbols.values()))
    return {
        function: round(math.sqrt(min(sizes) * max(sizes))) for function, sizes in found.items()
    }


def _rest(export: Export) -> int:
    """Bytes of a net's code that belong to no kernel."""
    empty = symbols_of(EMPTY_PROGRAM, None, TARGET, FLAG)
    program = symbols_of(driver_source(export, "float32"), export.header.text, TARGET, FLAG)
    kernels = sum(
        size
        for name, size in program.symbols.items()
        if name not in empty.symbols and is_kernel(name)
    )
    return program.flash - empty.flash - export.constants - kernels
