"""FastGRNN cells in numpy, and how RNNPool sweeps with them over patches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from micronets.codegen.graph import Array, FloatArray
from micronets.codegen.ops.elementwise import sigmoid

Bend = Callable[[Any], Any]
Step = Callable[[Array, Array | None], Array]
"""From inputs `(..., inputs)` and states `(..., units)`, None for zeros, to new states."""


BENDS: Mapping[str, Bend] = MappingProxyType(
    {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": lambda x: np.maximum(x, 0),
        "hard_tanh": lambda x: np.clip(x, -1, 1),
        "hard_sigmoid_2": lambda x: np.clip((x + 1) / 2, 0, 1),
        "hard_sigmoid_4": lambda x: np.clip((x + 2) / 4, 0, 1),
    }
)
"""What gate and update may be bent by, in the order of `Bend` in C++."""


@dataclass(frozen=True)
class Sweep:
    """How patches lie on a map.

    Args:
        patch: Height and width of a patch.
        stride: Rows and columns from one patch to the next.
        edge_padding: How often the last row and the last column of the result are repeated.
    """

    patch: tuple[int, int]
    stride: tuple[int, int]
    edge_padding: tuple[int, int]

    def pool(
        self, values: Array, step1: Step, project: Callable[[Array], Array], step2: Step
    ) -> Array:
        """RNNPool: four times the states of the second cell for each patch.

        Args:
            values: Maps `(batch, height, width, channels)`.
            step1: Of the cell that reads values.
            project: What its last states add to the second cell.
            step2: Of the second cell; its inputs are what `project` gives.
        """

        def both_ways(maps: Array, along: int, across: int) -> list[Array]:
            inner = _walk(step1, maps.swapaxes(1, 2), self.patch[across], self.stride[across])
            sums = project(inner.swapaxes(1, 2))
            ends = (
                _walk(step2, sums, self.patch[along], self.stride[along], backwards=backwards)
                for backwards in (False, True)
            )
            return list(ends)

        rows = both_ways(values, 0, 1)
        columns = [quarter.swapaxes(1, 2) for quarter in both_ways(values.swapaxes(1, 2), 1, 0)]
        pooled = np.concatenate([*rows, *columns], axis=-1)
        down, across = self.edge_padding
        return np.pad(pooled, ((0, 0), (0, down), (0, across), (0, 0)), mode="edge")


def _walk(step: Step, values: Array, size: int, stride: int, *, backwards: bool = False) -> Array:
    """The last states of a cell along axis 1, for each window of that axis."""
    count = (values.shape[1] - size) // stride + 1
    states: Array | None = None
    for place in reversed(range(size)) if backwards else range(size):
        states = step(values[:, place : place + (count - 1) * stride + 1 : stride], states)
    assert states is not None
    return states


@dataclass(frozen=True, eq=False)
class FastGRNN:
    """A cell with its weights, in float.

    Args:
        kernel: `(inputs, units)`.
        recurrent: `(units, units)`.
        biases: Of gate and update, `(2, units)`.
        scalars: zeta and nu, before their sigmoid.
        gate, update: Keys of `BENDS`.
    """

    kernel: FloatArray
    recurrent: FloatArray
    biases: FloatArray
    scalars: FloatArray
    gate: str
    update: str

    @classmethod
    def of(cls, constants: Mapping[str, Array], number: int, gate: str, update: str) -> FastGRNN:
        """The first or the second cell of an RNNPool."""
        return cls(
            constants[f"kernel{number}"],
            constants[f"recurrent{number}"],
            constants[f"biases{number}"],
            constants[f"scalars{number}"],
            gate,
            update,
        )

    @property
    def shares(self) -> FloatArray:
        """sigmoid(zeta) and sigmoid(nu)."""
        return np.asarray(sigmoid(self.scalars), np.float32)

    def project(self, values: FloatArray) -> FloatArray:
        """What inputs add to gate and update."""
        return np.asarray(values @ self.kernel)

    def step(self, projected: FloatArray, states: FloatArray | None) -> FloatArray:
        """Kusupati et al., "FastGRNN" (arXiv:1901.02358), section 3.2."""
        both = projected if states is None else projected + states @ self.recurrent
        gate = BENDS[self.gate](both + self.biases[0])
        update = BENDS[self.update](both + self.biases[1])
        zeta, nu = self.shares
        fresh = (zeta * (1 - gate) + nu) * update
        result: FloatArray = fresh if states is None else gate * states + fresh
        return result
