"""RNNPool: recurrent cells that sum up the patches of a map (Saha et al., arXiv:2002.11921)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array, Quantization
from micronets.codegen.ops.base import (
    Example,
    KerasLayer,
    KernelCall,
    OpSpec,
    Step,
    Unsupported,
    example,
)
from micronets.codegen.ops.fastgrnn_s8 import (
    STATE_CODES,
    FastGRNNS8,
    integer_cells,
    state_codes,
)
from micronets.codegen.ops.rnnpool2d_calls import (
    RNNPool2DAttributes,
    call_f32,
    call_s8,
    cells_of,
)
from micronets.codegen.ops.window import (
    pair,
    require_map,
)

_MOST_VALUES = 254
"""A byte counts the weights of a unit."""


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
        first, second = cells_of(attributes, constants)

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
        return [call_f32(node, inputs[0])]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return STATE_CODES

    def shifted(self, node: Node, offset: float) -> Node:
        constants = node.constants
        biases = constants["biases1"] + offset * constants["kernel1"].sum(axis=0)
        return replace(node, constants={**constants, "biases1": biases.astype(np.float32)})

    def lower_s8(self, node: Node, inputs: Sequence[Tensor], output: Tensor) -> dict[str, Array]:
        attributes: RNNPool2DAttributes = node.attributes  # type: ignore[assignment]
        first, second = cells_of(attributes, node.constants)
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
        return [call_s8(node, inputs[0])]

    def examples(self) -> Iterator[Example]:
        for patch, stride, padding, units, bends, shape in (
            ((8, 8), (4, 4), (1, 1), (16, 16), ("sigmoid", "tanh"), (13, 17, 4)),
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
