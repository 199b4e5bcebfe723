"""What an operator is: the one place that knows its shapes, its arithmetic and its kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from micronets.codegen.graph import Array, Attributes, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization


class Unsupported(Exception):
    """A Keras layer uses something that the operator lacks; the frontend collects the reasons."""


@dataclass(frozen=True)
class KerasLayer:
    """What the compiler needs to know of a Keras layer, without importing Keras."""

    name: str
    class_name: str
    config: Mapping[str, Any]
    weights: Mapping[str, FloatArray]
    inputs: tuple[str, ...]
    output_shape: tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """One node that a Keras layer turns into; the steps of a layer follow each other."""

    op: str
    attributes: Attributes
    constants: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """One labelled line of a parameter struct in the generated header."""

    label: str
    text: str


@dataclass(frozen=True)
class KernelCall:
    """One call of a kernel.

    Args:
        function: Name of the C++ function.
        header: Its header, from the include root.
        struct: Its parameter struct.
        fields: The struct's fields in C++ order.
        inputs: Which of the node's inputs it reads, by position.
        constants: Packed arrays in the order of the kernel's arguments, by role; None is a bias
            that the layer lacks.
        counts: `(expression, role)` pairs: what the struct says of an array's length.
        holds_constants: True where the struct's last members point to the constants; otherwise
            they are arguments of the call.
        scratch: Bytes that the kernel needs while it runs, aligned to 4; its last argument.
        fold: How many rows of its input it takes, one after the other, into each row of its output;
            its scratch then stays from the first of them to the last.
        keeps_scratch: True where its scratch must stay as it is from the first row to the last.
        reads_behind: Values that it may read behind its first input.
        reads: The struct's expressions for the sizes of the inputs, in order.
        writes: The struct's expression for the size of the output.
        state: Member of the class that it changes, its last argument; empty for none.
    """

    function: str
    header: str
    struct: str
    fields: tuple[Field, ...]
    inputs: tuple[int, ...] = (0,)
    constants: Mapping[str, Array | None] = field(default_factory=dict)
    counts: tuple[tuple[str, str], ...] = ()
    holds_constants: bool = False
    scratch: int = 0
    fold: int = 1
    keeps_scratch: bool = False
    reads_behind: int = 0
    reads: tuple[str, ...] = ("input.size()",)
    writes: str = "output.size()"
    state: str = ""


@dataclass(frozen=True, eq=False)
class Example:
    """A case that the tests run through every implementation of an operator."""

    attributes: Attributes
    inputs: tuple[Tensor, ...]
    constants: Mapping[str, FloatArray] = field(default_factory=dict)


class OpSpec:
    """Base class of the operators; a subclass in a file of its own is all that one needs."""

    name: ClassVar[str]
    keras_layers: ClassVar[tuple[str, ...]] = ()
    input_count: ClassVar[int | None] = 1
    """How many tensors it reads; None for two or more."""
    fuses_activation: ClassVar[bool] = False
    """True where `attributes` has `activation` and the kernel clamps its own output."""
    example_deviation: ClassVar[float] = 1.0
    """Standard deviation of the constants of examples."""
    runs_in_place: ClassVar[bool] = False
    """True where the output may overwrite an input of its layout that nobody needs any more."""
    keeps_candidates: ClassVar[bool] = False
    """True where what it finds goes into the candidates of a detector, beside its output."""

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        """Turns a Keras layer into nodes; raises `Unsupported` with the reason."""
        raise NotImplementedError

    def infer(self, attributes: Any, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        """The shape of the output."""
        raise NotImplementedError

    def constant_shapes(
        self, attributes: Any, inputs: Sequence[Tensor]
    ) -> dict[str, tuple[int, ...]]:
        """The shape of each constant, by role."""
        return {}

    def evaluate(
        self, attributes: Any, inputs: Sequence[FloatArray], constants: Mapping[str, FloatArray]
    ) -> FloatArray:
        """The reference in numpy: `inputs` have a batch axis in front, as in Keras."""
        raise NotImplementedError

    def macs(self, attributes: Any, inputs: Sequence[Tensor], output: Tensor) -> int:
        """Multiply-accumulates of one inference; padding counts as if it were data."""
        return 0

    def is_view(self, node: Node, inputs: Sequence[Tensor]) -> bool:
        """True where the output is the input's memory under another shape: nothing to compute."""
        return False

    def title(self, attributes: Any) -> str:
        """A few words for the layer table."""
        return self.name.replace("_", " ")

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        """The kernel calls that compute the node."""
        raise NotImplementedError

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        """How the output is quantized, `observed` being what calibration suggests."""
        return observed

    def shifted(self, node: Node, offset: float) -> Node:
        """The float node that gives from inputs lower by `offset` what `node` gives.

        Where there is no bias to take it the node stays as it is.
        """
        return node

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        """The constants of the int8 node, in logical layout."""
        return {}

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        """The int8 reference, to the bit: `codes` have a batch axis in front."""
        raise NotImplementedError

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        """The int8 kernel calls that compute the node."""
        raise NotImplementedError

    def examples(self) -> Iterator[Example]:
        """Cases for the tests: odd sizes, not square, on purpose."""
        raise NotImplementedError


def shape_text(tensor: Tensor) -> str:
    """A `micronets::Shape` in C++."""
    height, width, channels = tensor.map_shape
    next_channel = width + tensor.lead if tensor.is_planar else 1
    return f"{{{height}, {width}, {channels}, {next_channel}}}"


def shape_field(role: str, tensor: Tensor) -> Field:
    """A labelled `micronets::Shape`."""
    return Field(f"{role:<6} h w c next", shape_text(tensor))


def random_constants(
    op: OpSpec, attributes: Attributes, inputs: Sequence[Tensor], seed: int = 0
) -> dict[str, FloatArray]:
    """Normal random numbers of the right shapes, for examples."""
    rng = np.random.default_rng(seed)
    return {
        role: rng.normal(0, op.example_deviation, shape).astype(np.float32)
        for role, shape in op.constant_shapes(attributes, inputs).items()
    }


def example(op: OpSpec, attributes: Attributes, *shapes: tuple[int, ...]) -> Example:
    """An example with random constants on planar inputs of these shapes."""
    inputs = tuple(Tensor(f"input_{i}", shape) for i, shape in enumerate(shapes))
    return Example(attributes, inputs, random_constants(op, attributes, inputs))
