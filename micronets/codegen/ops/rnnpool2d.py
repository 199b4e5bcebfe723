"""RNNPool: recurrent cells that sum up the patches of a map (Saha et al., arXiv:2002.11921)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.base import (
    Example,
    Field,
    KerasLayer,
    KernelCall,
    OpSpec,
    Step,
    Unsupported,
    example,
    shape_field,
)
from micronets.codegen.ops.fastgrnn import FastGRNN, Sweep
from micronets.codegen.ops.fastgrnn_s8 import (
    PROJECTED_WEIGHT,
    STATE_CODES,
    FastGRNNS8,
    integer_cells,
    state_codes,
)
from micronets.codegen.ops.window import (
    WindowAttributes,
    pair,
    require_map,
    window_fields,
)
from micronets.codegen.packing_cells import even_count, pack_units_s16, sparse_columns

_LANES = 4
_MOST_VALUES = 254
"""A byte counts the weights of a unit."""
_BEND_NAMES = {
    "sigmoid": "kSigmoid",
    "tanh": "kTanh",
    "relu": "kRelu",
    "hard_tanh": "kHardTanh",
    "hard_sigmoid_2": "kHardSigmoid2",
    "hard_sigmoid_4": "kHardSigmoid4",
}


@dataclass(frozen=True)
class RNNPool2DAttributes(WindowAttributes):
    """Settings of `rnnpool2d`; `window` is a patch, and nothing is padded before.

    Args:
        units: Sizes of the states of both cells.
        edge_padding: How often the last row and the last column of the output are repeated.
        gate, update: What bends them, keys of `BENDS`.
    """

    units: tuple[int, int] = (1, 1)
    edge_padding: tuple[int, int] = (0, 0)
    gate: str = "sigmoid"
    update: str = "tanh"

    @property
    def sweep(self) -> Sweep:
        """How patches lie."""
        return Sweep(self.window, self.stride, self.edge_padding)


class RNNPool2D(OpSpec):
    """Four last states of the second cell for each patch.

    Constants of cell 1 and of cell 2: kernel `(inputs, units)`, recurrent `(units, units)`, biases
    `(2, units)` of gate and update, scalars `(2,)`, zeta and nu.
    """

    name = "rnnpool2d"
    keras_layers = ("RNNPool2D",)
    example_deviation = 0.4
    """Cells whose weights are large double a rounding error with each step."""

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        config = layer.config
        require_map(inputs[0])
        attributes = RNNPool2DAttributes(
            pair(config["patch_size"]),
            pair(config["strides"]),
            units=(int(config["rnn1_units"]), int(config["rnn2_units"])),
            edge_padding=pair(config["edge_padding"]),
            gate=config["gate_activation"],
            update=config["update_activation"],
        )
        values = attributes.units[0] + inputs[0].map_shape[2]
        if max(values, attributes.units[1]) > _MOST_VALUES:
            raise Unsupported(
                f"{inputs[0].map_shape[2]} channels, rnn1_units={attributes.units[0]} and "
                f"rnn2_units={attributes.units[1]}; channels and units of rnn1 together, and those "
                f"of rnn2, may be up to {_MOST_VALUES}"
            )
        return [Step(self.name, attributes, _cell_constants(layer.weights))]

    def infer(self, attributes: RNNPool2DAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        height, width, _ = inputs[0].map_shape
        rows, columns = attributes.output_size(height, width)
        down, across = attributes.edge_padding
        return rows + down, columns + across, 4 * attributes.units[1]

    def constant_shapes(
        self, attributes: RNNPool2DAttributes, inputs: Sequence[Tensor]
    ) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        reads = inputs[0].map_shape[2]
        for number, units in enumerate(attributes.units, 1):
            shapes |= {
                f"kernel{number}": (reads, units),
                f"recurrent{number}": (units, units),
                f"biases{number}": (2, units),
                f"scalars{number}": (2,),
            }
            reads = units
        return shapes

    def evaluate(
        self,
        attributes: RNNPool2DAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        first, second = _cells(attributes, constants)

        def step1(values: Array, states: Array | None) -> Array:
            return first.step(first.project(values), states)

        pooled = attributes.sweep.pool(inputs[0], step1, second.project, second.step)
        return pooled.astype(np.float32)

    def macs(
        self, attributes: RNNPool2DAttributes, inputs: Sequence[Tensor], output: Tensor
    ) -> int:
        """Of patches whose rows and columns are shared; weights that are 0 count."""
        height, width, channels = inputs[0].map_shape
        patches = attributes.output_size(height, width)
        one, two = attributes.units
        sums = [
            _shared(size, count, patch, stride)
            for size, count, patch, stride in zip(
                (height, width), patches, attributes.window, attributes.stride, strict=True
            )
        ]
        rows, columns = sums[0] * patches[1], sums[1] * patches[0]
        steps = rows * attributes.window[1] + columns * attributes.window[0]
        ends = 2 * patches[0] * patches[1] * sum(attributes.window)
        return steps * one * (channels + one) + (rows + columns) * one * two + ends * two * two

    def title(self, attributes: RNNPool2DAttributes) -> str:
        return f"rnnpool {attributes.text()} {attributes.units[0]}+{attributes.units[1]}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: RNNPool2DAttributes = node.attributes  # type: ignore[assignment]
        lists, counts = _sparse_lists(node)
        constants: dict[str, Array | None] = {}
        for role, (weights, places) in lists.items():
            constants |= {f"{role}_weights": weights, f"{role}_places": places}
        biases = [node.constants[f"biases{number}"].T.ravel() for number in (1, 2)]
        shares = [cell.shares for cell in _cells(attributes, node.constants)]
        constants |= {
            "counts": counts,
            "biases": np.concatenate(biases),
            "shares": np.concatenate(shares),
        }
        counted = (("unit_values()", "counts"), ("unit_values()", "biases"), ("4", "shares"))
        bends = tuple(
            Field(role, f"micronets::{_BEND_NAMES[getattr(attributes, role)]}")
            for role in ("gate", "update")
        )
        kernel = ("rnnpool2d_f32", "RNNPool2DF32", 4)
        return [_call(kernel, node, inputs[0], bends, constants, counted)]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return STATE_CODES

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        attributes: RNNPool2DAttributes = node.attributes  # type: ignore[assignment]
        first, second = _cells(attributes, node.constants)
        return integer_cells(node.name, first, second, inputs[0].quant)

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        attributes: RNNPool2DAttributes = node.attributes  # type: ignore[assignment]
        first, second = (FastGRNNS8.of(node.constants, number) for number in (1, 2))
        states = attributes.sweep.pool(
            codes[0].astype(np.float64), first.step1, second.project, second.step2
        )
        return state_codes(states)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        parts = node.constants
        none = np.zeros((0, len(parts["recurrent2"])), np.int16)
        projected = np.eye(len(parts["recurrent2"]), dtype=np.int16) * PROJECTED_WEIGHT
        constants: dict[str, Array | None] = {
            "rnn1": pack_units_s16(parts["kernel1"], parts["recurrent1"], parts["biases1"]),
            "project2": pack_units_s16(none, parts["kernel2"]),
            "rnn2": pack_units_s16(projected, parts["recurrent2"], parts["biases2"]),
            "gates": parts["gates"],
            "updates": parts["updates"],
            "mixes": parts.get("mixes"),
        }
        counted = (("2048", "gates"), ("2048", "updates"), ("4096", "mixes"))
        fraction = Field("fraction", str(int(node.constants["fraction"][0])))
        kernel = ("rnnpool2d_s8", "RNNPool2DS8", 2)
        return [_call(kernel, node, inputs[0], (fraction,), constants, counted)]

    def examples(self) -> Iterator[Example]:
        for patch, stride, padding, units, bends, shape in (
            ((8, 8), (4, 4), (1, 1), (16, 16), ("sigmoid", "tanh"), (18, 24, 4)),
            ((6, 6), (4, 4), (0, 0), (8, 8), ("sigmoid", "tanh"), (15, 15, 3)),
            ((5, 3), (2, 1), (0, 2), (3, 5), ("hard_sigmoid_4", "hard_tanh"), (9, 6, 1)),
            ((2, 5), (3, 6), (2, 0), (5, 2), ("sigmoid", "hard_tanh"), (8, 12, 2)),
            ((3, 3), (1, 1), (0, 0), (1, 1), ("hard_sigmoid_2", "sigmoid"), (4, 5, 2)),
        ):
            attributes = RNNPool2DAttributes(
                patch,
                stride,
                units=units,
                edge_padding=padding,
                gate=bends[0],
                update=bends[1],
            )
            yield _example(self, attributes, shape)


def _example(op: OpSpec, attributes: RNNPool2DAttributes, shape: tuple[int, ...]) -> Example:
    """Saturated scalars in the first cell, others in the second, and a few weights of 0."""
    case = example(op, attributes, shape)
    constants = dict(case.constants)
    for number, scalars in ((1, (100.0, -100.0)), (2, (2.0, -3.0))):
        constants[f"scalars{number}"] = np.array(scalars, np.float32)
        kernel = constants[f"recurrent{number}"]
        small = np.abs(kernel) < 0.2
        constants[f"recurrent{number}"] = np.where(small, 0, kernel).astype(np.float32)
    return Example(attributes, case.inputs, constants)


def _cells(
    attributes: RNNPool2DAttributes, constants: Mapping[str, FloatArray]
) -> tuple[FastGRNN, FastGRNN]:
    gate, update = attributes.gate, attributes.update
    return FastGRNN.of(constants, 1, gate, update), FastGRNN.of(constants, 2, gate, update)


def _sparse_lists(node: Node) -> tuple[dict[str, tuple[Array, Array]], Array]:
    """The matrices of both cells without their zeros, and how many weights each unit has."""
    constants = node.constants
    inputs = len(constants["kernel1"])
    lists, counts = {}, []
    for role, matrices in (
        ("rnn1", ((constants["kernel1"], 0), (constants["recurrent1"], inputs))),
        ("project2", ((constants["kernel2"], 0),)),
        ("rnn2", ((constants["recurrent2"], 0),)),
    ):
        weights, places, count = sparse_columns(*matrices)
        lists[role] = (weights, places)
        counts.append(count.ravel())
    return lists, np.concatenate(counts)


def _call(
    kernel: tuple[str, str, int],
    node: Node,
    source: Tensor,
    fields: tuple[Field, ...],
    constants: dict[str, Array | None],
    counts: tuple[tuple[str, str], ...],
) -> KernelCall:
    """A call of a kernel, given with its struct and the bytes of a value of its scratch."""
    function, struct, value_bytes = kernel
    attributes: RNNPool2DAttributes = node.attributes  # type: ignore[assignment]
    one, two = attributes.units
    return KernelCall(
        function,
        f"micronets/kernels/{function}.h",
        struct,
        (
            shape_field("input", source),
            shape_field("output", node.output),
            *window_fields(attributes)[:1],
            Field("units1", str(one)),
            Field("units2", str(two)),
            *fields,
        ),
        constants=constants,
        counts=counts,
        holds_constants=True,
        scratch=_scratch(attributes, source, node.output, value_bytes),
        keeps_scratch=True,
        reads=("input.extent()",),
    )


def _scratch(
    attributes: RNNPool2DAttributes, source: Tensor, output: Tensor, value_bytes: int
) -> int:
    """Bytes of `RNNPoolMemory`, or of the row of the output that is repeated."""
    (rows, columns), (one, two) = attributes.window, attributes.units
    height, width, channels = source.map_shape
    kept = max(rows - attributes.stride[0], 0)
    vector = _LANES * max(channels + even_count(one), two + even_count(two))
    sums = attributes.output_size(height, width)[1] * kept + rows + columns
    row = output.extent // output.map_shape[0] * (4 if value_bytes == 4 else 1)
    whole = value_bytes * (2 * vector + sums * two)
    return max(whole, row if attributes.edge_padding[0] else 0) + 3 & ~3


def _cell_constants(weights: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    constants: dict[str, FloatArray] = {}
    for number in (1, 2):
        own = {
            name.rpartition("/")[2]: value
            for name, value in weights.items()
            if name.startswith(f"rnn{number}/")
        }
        scalars = np.array([own["zeta"], own["nu"]], np.float32)
        constants |= {
            f"kernel{number}": own["kernel"],
            f"recurrent{number}": own["recurrent_kernel"],
            f"biases{number}": np.stack([own["gate_bias"], own["update_bias"]]),
            f"scalars{number}": scalars,
        }
    return constants


def _shared(size: int, count: int, patch: int, stride: int) -> int:
    """Lines of a map that patches sum up, each once."""
    return min(count * patch, patch + (count - 1) * min(stride, patch))
