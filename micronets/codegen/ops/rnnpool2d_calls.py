"""How RNNPool's kernels are called: parameters, weights in their order, memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.ops.base import Field, KernelCall, shape_field
from micronets.codegen.ops.fastgrnn import FastGRNN, Sweep
from micronets.codegen.ops.fastgrnn_s8 import PROJECTED_WEIGHT
from micronets.codegen.ops.window import WindowAttributes, window_fields
from micronets.codegen.packing_cells import even_count, pack_units_s16, sparse_columns

_LANES = 4
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


def call_f32(node: Node, source: Tensor) -> KernelCall:
    """The call of the float32 kernel."""
    attributes: RNNPool2DAttributes = node.attributes  # type: ignore[assignment]
    lists, counts = _sparse_lists(node)
    constants: dict[str, Array | None] = {}
    for role, (weights, places) in lists.items():
        constants |= {f"{role}_weights": weights, f"{role}_places": places}
    biases = [node.constants[f"biases{number}"].T.ravel() for number in (1, 2)]
    shares = [cell.shares for cell in cells_of(attributes, node.constants)]
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
    return _call(kernel, node, source, bends, constants, counted)


def call_s8(node: Node, source: Tensor) -> KernelCall:
    """The call of the int8 kernel."""
    parts = node.constants
    one, two = (np.zeros_like(parts[f"recurrent{number}"]) for number in (1, 2))
    sums = np.eye(len(two), dtype=np.int16) * PROJECTED_WEIGHT
    constants: dict[str, Array | None] = {
        "first1": pack_units_s16(parts["kernel1"], one, parts["biases1"]),
        "rnn1": pack_units_s16(parts["kernel1"], parts["recurrent1"], parts["biases1"]),
        "project2": pack_units_s16(parts["kernel2"][:0], parts["kernel2"]),
        "first2": pack_units_s16(sums, two, parts["biases2"]),
        "rnn2": pack_units_s16(sums, parts["recurrent2"], parts["biases2"]),
        "gates": parts["gates"],
        "updates": parts["updates"],
        "mixes": parts.get("mixes"),
    }
    counted = (("2048", "gates"), ("2048", "updates"), ("4096", "mixes"))
    fraction = Field("fraction", str(int(parts["fraction"][0])))
    kernel = ("rnnpool2d_s8", "RNNPool2DS8", 2)
    return _call(kernel, node, source, (fraction,), constants, counted)


def cells_of(
    attributes: RNNPool2DAttributes, constants: Mapping[str, FloatArray]
) -> tuple[FastGRNN, FastGRNN]:
    """Both cells of a float node."""
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
