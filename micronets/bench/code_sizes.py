"""How many bytes of code kernels take: the table that a header's "code about N B" is summed from.

Measured on a Cortex-M4 at -Os, where headers are quoted for:

* kernels: for each kernel function, nets of that one call are linked. Every symbol of `micronets::`
  counts, helpers included, and every one of the C library's mathematics (expf and what that pulls
  in), which therefore counts again with every kernel that uses it. A kernel has different code for
  different shapes: the entry is the geometric mean of the least and the most of it that a net of
  the zoo links, which is the estimate with the smallest worst error; for kernels outside the zoo,
  of the least and the most that an example of the operator links.
* call: parameters and code of one more call, from the smallest and the largest net of the zoo; for
  float32 and for int8, by whole maps and by rows.
* class: all the rest, likewise, but for the table of turns, whose size is known; where the line
  through the two nets meets no call at all, which may be below 0. By rows it has the mean of what
  these nets' kernels, which then read rows, have more than by whole maps.
* detector: what makes boxes, and what the kernels of a large net have more than those of the zoo:
  the rest of the code of RNNPoolFaceM4, by rows.

Inside an int8 net a kernel reads other values than in front of it, where it reads the caller's
pixels, and it may then have other code. So nets of one int8 call have a second one, which copies
the image into the net; what that needs is left out.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from micronets import codegen
from micronets.bench.cases import FACES, NETS, PERSON, SMALL_NETS, random_image
from micronets.bench.measure import compiler_version, export_of
from micronets.bench.symbols import EMPTY_PROGRAM, Symbols, is_kernel, symbols_of
from micronets.codegen.driver import driver_source
from micronets.codegen.emit import EmitOptions, emit_header
from micronets.codegen.export import Export
from micronets.codegen.graph import Graph, Layout, Node, Tensor
from micronets.codegen.memory import plan_memory
from micronets.codegen.numerics import Quantization
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.zero_pad2d import ZeroPad2DAttributes
from micronets.codegen.passes.lower_int8 import lower_int8
from micronets.codegen.schedule import make_schedule
from micronets.files import write_atomically

TARGET, FLAG = "cortex-m4", "-Os"
_JOBS = 2

Table = dict[str, Any]


def measure_code_sizes() -> Table:
    """Measures the table, float32 and int8.

    Raises:
        ToolchainError: A tool is missing or failed.
    """
    kernels: dict[str, int] = {}
    rest: dict[str, dict[str, Any]] = {}
    for dtype in ("float32", "int8"):
        is_int8 = dtype == "int8"
        zoo, others = probes(is_int8)
        linked = _link_all([probe for net in [*zoo, *others] for probe in net])
        kernels |= _middle_sizes(others, linked) | _middle_sizes(zoo, linked)
        rest[dtype] = _by_memory(is_int8)
        rest[dtype]["detector"] = _detector(is_int8, kernels, rest[dtype]["rows"])
    return {"compiler": compiler_version(TARGET), "kernels": kernels, **rest}


def probes(is_int8: bool) -> tuple[list[list[Probe]], list[list[Probe]]]:
    """Nets of one call: for each net of the zoo; for each other net and example."""
    zoo, others = (
        [_probes(export_of(net, is_int8)) for net in nets] for nets in (NETS, (*SMALL_NETS, PERSON))
    )
    return zoo, [*others, *([probe] for probe in _examples(is_int8))]


def _by_memory(is_int8: bool) -> dict[str, Any]:
    whole, kernels = _class_and_call(is_int8, "pingpong")
    rows, more = _class_and_call(is_int8, "stream")
    return {"whole maps": whole, "rows": {**rows, "class": rows["class"] + (more - kernels) // 2}}


def _class_and_call(is_int8: bool, memory: str) -> tuple[dict[str, int], int]:
    """The line through two nets, and the bytes of the kernels of both."""
    smallest, largest = NETS[0], NETS[-1]
    nets = [export_of(net, is_int8, memory) for net in (smallest, largest)]
    linked = [linked_code(net) for net in nets]
    rest = [
        code - kernels - (net.header.turns or 0)
        for net, (code, kernels) in zip(nets, linked, strict=True)
    ]
    calls = [len(_functions(net)) for net in nets]
    call = (rest[1] - rest[0]) / (calls[1] - calls[0])
    line = {"class": round(rest[0] - call * calls[0]), "call": round(call)}
    return line, sum(kernels for _, kernels in linked)


def _detector(is_int8: bool, kernels: Mapping[str, int], by_rows: Mapping[str, int]) -> int:
    net = export_of(FACES[0], is_int8, "stream")
    functions = _functions(net)
    known = by_rows["class"] + by_rows["call"] * len(functions) + (net.header.turns or 0)
    return linked_code(net)[0] - known - sum(kernels[name] for name in set(functions))


def _functions(export: Export) -> list[str]:
    """The kernel of each call."""
    return [call.function for step in export.schedule.steps for call in step.calls]


def write_code_sizes(table: Table) -> Path:
    """Rewrites the table in the source folder; returns its path."""
    text = json.dumps(table, indent=2, sort_keys=True) + "\n"
    path = Path(codegen.__file__).with_name("code_sizes.json")
    return write_atomically(path, lambda name: Path(name).write_text(text, encoding="utf-8"))


def _image(export: Export) -> np.ndarray:
    """What a user passes: floats to a float32 net, pixels to an int8 net."""
    return random_image(export.graph.input.shape, "int8" if export.graph.is_int8 else "float")


@dataclass(frozen=True, eq=False)
class Probe:
    """A net of one call of a kernel, perhaps behind a copy of the image. It is never run."""

    export: Export
    function: str
    has_copy: bool

    @property
    def source(self) -> str:
        """The program around it."""
        return driver_source(self.export, _image(self.export))


def _probes(export: Export) -> list[Probe]:
    """A probe for every step of a net."""
    source = export.graph.input.name
    return [
        _probe(step.node, step.inputs, reads_image=source in step.node.inputs)
        for step in export.schedule.steps
    ]


def _examples(is_int8: bool) -> Iterator[Probe]:
    """A net of one call for every example of every operator."""
    for op in REGISTRY.values():
        for example in op.examples():
            layout = getattr(example.attributes, "layout", Layout.PLANAR)
            # A graph has one input, so an operator of several reads it several times.
            inputs = (example.inputs[0],) * len(example.inputs)
            output = Tensor("probe", op.infer(example.attributes, inputs), layout)
            names = tuple(tensor.name for tensor in inputs)
            node = Node(op.name, example.attributes, names, output, example.constants)
            yield _probe(*(_lowered(node, inputs) if is_int8 else (node, inputs)))


def _lowered(node: Node, inputs: Sequence[Tensor]) -> tuple[Node, Sequence[Tensor]]:
    """The node in int8; what it computes does not matter, so neither do the ranges."""
    graph = Graph("probe", inputs[0], (node,), (node.name,))
    lowered = lower_int8(graph, {node.name: (-4.0, 4.0)}, (1 / 32, -4.0))
    return lowered.nodes[0], (lowered.input,) * len(inputs)


def _probe(node: Node, inputs: Sequence[Tensor], *, reads_image: bool = False) -> Probe:
    """A net of this node, which reads planar maps as inside a net."""
    image = replace(inputs[0], name="image")
    # A float kernel cannot tell the caller's image from a map; and a copy is not copied.
    has_copy = image.quantization is not None and not reads_image and node.op != "zero_pad2d"
    source, nodes = image, []
    if has_copy:
        source = replace(image, name="copy")
        nodes = [Node("zero_pad2d", ZeroPad2DAttributes((0, 0, 0, 0)), ("image",), source)]
    output = replace(node.output, name="probe")
    one = replace(node, inputs=(source.name,) * len(inputs), output=output)
    schedule = make_schedule(Graph("probe", image, (*nodes, one), ("probe",)))
    options = EmitOptions("Probe")
    header = emit_header(schedule, plan_memory(schedule.buffers, schedule.scratch), options)
    (function,) = {call.function for call in schedule.steps[-1].calls}
    return Probe(Export(header, schedule, options, lambda x: [x]), function, has_copy)


def _link_all(probes: list[Probe]) -> Mapping[str, Symbols]:
    """The kernel's symbols of each probe by its header's text; equal headers are linked once."""
    unique = {probe.export.header.text: probe for probe in probes}
    empty = symbols_of(EMPTY_PROGRAM, None, TARGET, FLAG).symbols
    copy = _copy_symbols() if any(probe.has_copy for probe in probes) else frozenset()

    def link(probe: Probe) -> Symbols:
        program = symbols_of(probe.source, probe.export.header.text, TARGET, FLAG)
        return {
            name: size
            for name, size in program.symbols.items()
            if name not in empty
            and is_kernel(name)
            and not (probe.has_copy and _function_of(name) in copy)
        }

    with ThreadPoolExecutor(_JOBS) as pool:
        return dict(zip(unique, pool.map(link, unique.values()), strict=True))


def _copy_symbols() -> frozenset[str]:
    """The functions that copy pixels into an int8 net."""
    image = Tensor("image", (4, 4, 2), quantization=Quantization(1.0, 0))
    node = Node("zero_pad2d", ZeroPad2DAttributes((0, 0, 0, 0)), ("image",), image)
    probe = _probe(node, (image,))
    program = symbols_of(probe.source, probe.export.header.text, TARGET, FLAG)
    return frozenset(_function_of(name) for name in program.symbols if is_kernel(name))


def _function_of(name: str) -> str:
    """The mangled name without what gcc appends to specialised copies."""
    return name.partition(".")[0]


def _middle_sizes(nets: Iterable[list[Probe]], linked: Mapping[str, Symbols]) -> dict[str, int]:
    """For each kernel function, the mean of its least and its most bytes in a net."""
    found: dict[str, list[int]] = defaultdict(list)
    for probes in nets:
        union: dict[str, dict[str, int]] = defaultdict(dict)
        for probe in probes:
            union[probe.function].update(linked[probe.export.header.text])
        for function, symbols in union.items():
            found[function].append(sum(symbols.values()))
    return {
        function: round(math.sqrt(min(sizes) * max(sizes))) for function, sizes in found.items()
    }


def linked_code(export: Export) -> tuple[int, int]:
    """Bytes of a net's code, and how many of them belong to kernels."""
    empty = symbols_of(EMPTY_PROGRAM, None, TARGET, FLAG)
    program = symbols_of(driver_source(export, _image(export)), export.header.text, TARGET, FLAG)
    kernels = sum(
        size
        for name, size in program.symbols.items()
        if name not in empty.symbols and is_kernel(name)
    )
    return program.flash - empty.flash - export.constants, kernels
