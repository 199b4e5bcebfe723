"""What the templates lay out: every decision taken, every number already text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from micronets.codegen.emit.accessors import Accessors, Head
from micronets.codegen.emit.camera import CameraFunction
from micronets.codegen.emit.detector import DetectorContext
from micronets.codegen.emit.lines import Call, wrapped_call
from micronets.codegen.emit.options import EmitOptions, has_probabilities
from micronets.codegen.emit.stream import StreamContext
from micronets.codegen.graph import Array, Graph
from micronets.codegen.inputs import quantizing_factors
from micronets.codegen.literals import (
    WIDTH,
    float_literal,
    float_rows,
    identifiers,
    integer_rows,
    string_literal,
)
from micronets.codegen.memory import MemoryPlan
from micronets.codegen.ops.base import Field, KernelCall
from micronets.codegen.schedule import Schedule, Step
from micronets.codegen.stream import Stream


@dataclass(frozen=True)
class Constant:
    """An array in flash."""

    name: str
    type: str
    count: int
    bytes: int
    rows: str


@dataclass(frozen=True)
class Parameters:
    """The parameter struct of one kernel call."""

    name: str
    struct: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Context:
    """Everything that the templates need."""

    class_name: str
    file_name: str
    detail: str
    guard: str
    identity: str
    banner: tuple[str, ...]
    input_height: int
    input_width: int
    input_channels: int
    head_count: int
    accessors: Accessors
    label_count: int
    probabilities: str
    labels: tuple[str, ...]
    float_input: str
    pixel_input: str
    pixel_text: str
    stream: StreamContext | None
    detector: DetectorContext | None
    answer: str
    camera: tuple[CameraFunction, ...]
    values: int
    value_type: str
    value_bytes: int
    held_bytes: int
    alignment: int
    system_headers: tuple[str, ...]
    types: str
    kernels: str
    parameters: tuple[Parameters, ...]
    assertions: tuple[str, ...]
    constants: tuple[Constant, ...]
    calls: tuple[Call, ...]
    reads_memory: bool
    constant_bytes: int
    largest_array: int


@dataclass(frozen=True)
class NamedCall:
    """A kernel call with the names of its parameters, and its arrays as C++ expressions."""

    step: Step
    call: KernelCall
    name: str
    arrays: dict[str, str]

    @property
    def arguments(self) -> list[str]:
        """The arrays that are arguments of the call."""
        return [] if self.call.holds_constants else list(self.arrays.values())

    @property
    def fields(self) -> tuple[Field, ...]:
        """The members of the parameter struct."""
        if not self.call.holds_constants:
            return self.call.fields
        return (*self.call.fields, *(Field(role, text) for role, text in self.arrays.items()))


def named_calls(schedule: Schedule) -> list[NamedCall]:
    """Gives every call and every array a name of its own."""
    wanted: list[str] = [step.node.name for step in schedule.steps]
    plain = [(step, number, call) for step in schedule.steps for number, call in _numbered(step)]
    for step, number, call in plain:
        base = step.node.name if number == 0 else f"{step.node.name}_{number + 1}"
        wanted.append(base + "_params")
        wanted += [f"{base}_{role}" for role, array in call.constants.items() if array is not None]
    names = iter(identifiers(wanted)[len(schedule.steps) :])
    result = []
    for step, number, call in plain:
        parameters = next(names)
        # The layer's own name reads best; only its second call needs another one.
        name = step.node.name if number == 0 else parameters
        arrays = {
            role: "nullptr" if array is None else f"k::{next(names)}"
            for role, array in call.constants.items()
        }
        result.append(NamedCall(step, call, name, arrays))
    return result


def _numbered(step: Step) -> Iterator[tuple[int, KernelCall]]:
    yield from enumerate(step.calls)


def constants_of(calls: list[NamedCall]) -> tuple[Constant, ...]:
    """All arrays, in the order of the calls."""
    result = []
    for named in calls:
        for role, array in named.call.constants.items():
            if array is not None:
                result.append(_constant(named.arrays[role].removeprefix("k::"), array))
    return tuple(result)


def _constant(name: str, array: Array) -> Constant:
    if array.dtype == np.float32:
        return Constant(name, "float", array.size, array.nbytes, float_rows(array))
    kind = f"{array.dtype.name}_t"
    return Constant(name, kind, array.size, array.nbytes, integer_rows(array))


def assertions_of(
    schedule: Schedule, plan: MemoryPlan, calls: list[NamedCall], stream: Stream | None = None
) -> tuple[str, ...]:
    """What the compiler checks once more: geometry, array lengths, neighbours, memory."""
    lines = []
    writers: dict[str, str] = {}
    for named in calls:
        name, call, node = named.name, named.call, named.step.node
        lines.append(_assert(f"{name}.consistent()", "", f"{name}: shapes disagree"))
        for expression, role in call.counts:
            array = call.constants[role]
            if array is not None:
                count = expression if expression.isdigit() else f"{name}.{expression}"
                left = f"{count} ==" if array.itemsize == 1 else f"{array.itemsize} * {count} =="
                lines.append(_assert(left, f"sizeof {named.arrays[role]}", f"{name}: {role}"))
        for position, expression in zip(call.inputs, call.reads, strict=True):
            source = writers.get(node.inputs[position])
            if source:
                before = node.inputs[position]
                check = (f"{source} ==", f"{name}.{expression}")
                lines.append(_assert(*check, f"{before} feeds {name}"))
        offset = plan.offsets[schedule.homes[node.name]]
        held = f"{name}.{call.writes}"
        if stream is not None and call.writes.startswith("output."):
            held = f"{stream.rings[node.name].capacity} * {name}.output.row_stride()"
        check = (f"{offset} + {held} <=", str(plan.size))
        lines.append(_assert(*check, f"{name}: memory"))
        writers.setdefault(node.name, f"{name}.{call.writes}")
    return tuple(lines)


def _assert(left: str, right: str, message: str) -> str:
    """A static_assert, broken as clang-format breaks it."""
    check = f"{left} {right}".rstrip()
    whole = f'static_assert({check}, "{message}");'
    if len(whole) <= WIDTH:
        return whole
    first = f"static_assert({check},"
    if len(first) > WIDTH:
        first = f"static_assert({left}\n                  {right},"
    return f'{first}\n              "{message}");'


def calls_of(schedule: Schedule, plan: MemoryPlan, calls: list[NamedCall]) -> tuple[Call, ...]:
    """The forward pass."""
    numbers = {step.node.name: number for number, step in enumerate(schedule.steps, 1)}
    result = []
    previous = None
    for named in calls:
        step = named.step
        sources = [
            _source(schedule, plan, step.node.inputs[position]) for position in named.call.inputs
        ]
        target = f"to + {plan.offsets[schedule.homes[step.node.name]]}"
        arguments = [f"fetch(k::{named.name})", *sources, *named.arguments, target]
        if named.call.scratch:
            arguments.append(f"to + {plan.scratch[named.step.node.name]}")
        if named.call.state:
            arguments.append(named.call.state)
        shapes = ", ".join("x".join(map(str, tensor.shape)) for tensor in step.inputs)
        output = "x".join(map(str, step.node.output.shape))
        title = f"{numbers[step.node.name]}  {step.node.name}  {step.title}  {shapes} -> {output}"
        text = wrapped_call(named.call.function, arguments)
        result.append(Call("" if step is previous else title, text))
        previous = step
    return tuple(result)


def _source(schedule: Schedule, plan: MemoryPlan, name: str) -> str:
    home = schedule.homes[name]
    return "input" if home == schedule.graph.input.name else f"from + {plan.offsets[home]}"


def heads_of(schedule: Schedule, plan: MemoryPlan) -> tuple[Head, ...]:
    """Where each head's values lie."""
    graph = schedule.graph
    return tuple(
        Head(
            plan.offsets[schedule.homes[name]],
            graph.tensor(name).size,
            graph.tensor(name).quantization,
        )
        for name in graph.outputs
    )


def probabilities_of(graph: Graph) -> str:
    """`softmax`, `sigmoid` or nothing: what `probability(label)` means."""
    if not has_probabilities(graph):
        return ""
    return "sigmoid" if graph.tensor(graph.outputs[0]).size == 1 else "softmax"


def input_text(graph: Graph, kind: str, variable: str, scale: float, offset: float) -> str:
    """How the forward pass reads the caller's values, with Rescaling and pixel scale together."""
    if graph.is_int8:
        if kind == "uint8_t":
            return f"micronets::Pixels{{{variable}}}"
        factor, addend = quantizing_factors(scale, offset)
        numbers = f"{float_literal(factor)}, {float_literal(addend)}"
        return f"micronets::QuantizedFloats{{{variable}, {numbers}}}"
    total = np.float32(scale * graph.input_scale)
    shift = np.float32(offset * graph.input_scale + graph.input_offset)
    if kind == "float" and total == 1 and shift == 0:
        return variable
    numbers = f"{float_literal(float(total))}, {float_literal(float(shift))}"
    return f"micronets::Affine<{kind}>{{{variable}, {numbers}}}"


def detail_namespace(class_name: str) -> str:
    """`PicoMobileNet` has its details in `pico_mobile_net_detail`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()
    return f"{snake}_detail"


def label_literals(options: EmitOptions) -> tuple[str, ...]:
    """The names of the classes as C++ strings."""
    return tuple(string_literal(label) for label in options.labels)
