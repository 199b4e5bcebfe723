"""FastGRNN cells in integers: states of 16 bits, gate and update by tables.

docs/numerics.md, "RNNPool", is the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import Array
from micronets.codegen.numerics import HIGHEST, LOWEST, Int8Array, Quantization
from micronets.codegen.ops.fastgrnn import BENDS, FastGRNN
from micronets.errors import QuantizationError

STATE_CODES = Quantization(1 / 128, 0)
"""How the last states are handed out."""

_STATE_BITS = 14
"""States are counted in steps of 2**-14, so that differences of two of them fit into 16 bits."""
_CODE_BITS = 8
"""Codes of the input are shifted left by so many bits."""
_GATE_BITS, _UPDATE_BITS = 7, 8
"""Entries of the tables are 2**-7 and 2**-8 apart."""
_ENTRIES = 2048
_GATE_STEPS, _SHARE_STEPS = 16, 15
"""Gates are counted in steps of 2**-16, shares of updates, which may exceed 1, of 2**-15."""
_GATES = ("sigmoid", "hard_sigmoid_2", "hard_sigmoid_4")
"""What lies between 0 and 1."""
_SUM_BITS = 14
"""By so many bits a projected sum is shorter than an accumulator."""
PROJECTED_WEIGHT = 2**_SUM_BITS
"""So it is the second cell's weight for it."""
_FRACTIONS = (25, 22)
"""Bits behind the binary point of an accumulator; the second choice holds sums eight times as
large, with coarser weights."""

Integers = npt.NDArray[np.float64]
"""Whole numbers below 2**53 as float64, in which sums of products are exact and fast."""


@dataclass(frozen=True, eq=False)
class FastGRNNS8:
    """A cell in integers.

    Args:
        kernel, recurrent: Weights.
        biases: Of gate and update, `(2, units)`.
        fraction: Bits behind the binary point of accumulators.
        gates, updates: Tables.
        mixes: The table of the share of the update, or None where that is what the gate leaves.
    """

    kernel: Array
    recurrent: Array
    biases: Array
    fraction: int
    gates: Array
    updates: Array
    mixes: Array | None

    @classmethod
    def of(cls, constants: Mapping[str, Array], number: int) -> FastGRNNS8:
        """The first or the second cell of an RNNPool."""
        mixes = constants.get("mixes")
        return cls(
            constants[f"kernel{number}"],
            constants[f"recurrent{number}"],
            constants[f"biases{number}"],
            int(constants["fraction"][0]),
            constants["gates"],
            constants["updates"],
            None if mixes is None else mixes.reshape(2, -1)[number - 1],
        )

    def step1(self, codes: Integers, states: Integers | None) -> Integers:
        """Of the cell that reads codes, less no zero point."""
        return self._step(codes * 2**_CODE_BITS @ self.kernel, states)

    def project(self, states: Integers) -> Integers:
        """What states of the first cell add to the second one, in 16 bits."""
        sums = states @ self.kernel.astype(np.float64)
        return np.asarray(np.floor(sums / 2**_SUM_BITS + 0.5))

    def step2(self, projected: Integers, states: Integers | None) -> Integers:
        """Of the cell that reads projected sums."""
        return self._step(projected * 2**_SUM_BITS, states)

    def _step(self, sums: Integers, states: Integers | None) -> Integers:
        if states is None:
            states = np.zeros_like(sums)
        sums = sums + states @ self.recurrent.astype(np.float64)
        gate = self._entry(self.gates, sums + self.biases[0], _GATE_BITS)
        update = self._entry(self.updates, sums + self.biases[1], _UPDATE_BITS)
        if self.mixes is None:
            return np.asarray(update + np.floor(gate * (states - update) / 2**_GATE_STEPS))
        share = self._entry(self.mixes, sums + self.biases[0], _GATE_BITS)
        kept, fresh = gate * states / 2**_GATE_STEPS, share * update / 2**_SHARE_STEPS
        mixed = np.floor(kept) + np.floor(fresh)
        return np.asarray(np.clip(mixed, -(2.0**15), 2.0**15 - 1))

    def _entry(self, table: Array, sums: Integers, bits: int) -> Integers:
        index = np.floor(sums / 2.0 ** (self.fraction - bits)) + _ENTRIES // 2
        entries = table[np.clip(index, 0, _ENTRIES - 1).astype(np.int32)]
        return np.asarray(entries.astype(np.float64))


def state_codes(states: Integers) -> Int8Array:
    """States as codes, halves up."""
    shift = 2.0**_STATE_BITS * STATE_CODES.scale
    return np.clip(np.floor(states / shift + 0.5), LOWEST, HIGHEST).astype(np.int8)


def integer_cells(
    name: str, first: FastGRNN, second: FastGRNN, source: Quantization
) -> dict[str, Array]:
    """The constants of both cells of an RNNPool.

    Args:
        name: Of the layer, for messages.
        first: The cell that reads the input.
        second: The cell that reads the states of the first.
        source: How the input is quantized.

    Raises:
        QuantizationError: Nothing bounds the states; or sums are too large.
    """
    if first.gate not in _GATES or first.update == "relu":
        raise QuantizationError(
            f"layer {name!r}: int8 needs a gate between 0 and 1 ({', '.join(_GATES)}) and an "
            "update that has a bound (not relu), so that states have one. Received: "
            f"gate_activation={first.gate!r}, update_activation={first.update!r}. Export it in "
            "float32, or train it with others."
        )
    tables = _tables(first, second)
    largest = 2**15 if "mixes" in tables else 2**_STATE_BITS
    for fraction in _FRACTIONS:
        constants = _integers(first, second, source, fraction)
        if _fits(constants, largest):
            return {**constants, **tables, "fraction": np.array([fraction], np.int32)}
    raise QuantizationError(
        f"layer {name!r}: gates and updates reach beyond {2 ** (31 - _FRACTIONS[-1])}, which is "
        "far where they are flat. Scale its input or its weights down, or export in float32."
    )


def _integers(
    first: FastGRNN, second: FastGRNN, source: Quantization, fraction: int
) -> dict[str, Array]:
    states = 2.0 ** (fraction - _STATE_BITS)
    codes = source.scale * 2.0 ** (fraction - _CODE_BITS)
    constants: dict[str, Array] = {}
    for number, cell, factor in ((1, first, codes), (2, second, states)):
        kernel = np.rint(cell.kernel.astype(np.float64) * factor)
        biases = np.rint(cell.biases.astype(np.float64) * 2.0**fraction)
        if number == 1:
            biases = biases - source.zero_point * 2**_CODE_BITS * kernel.sum(axis=0)
        constants |= {
            f"kernel{number}": kernel,
            f"recurrent{number}": np.rint(cell.recurrent.astype(np.float64) * states),
            f"biases{number}": biases,
        }
    return constants


def _fits(constants: dict[str, Array], largest: int) -> bool:
    """Whether weights fit into 16 bits and all sums into 32; if so, makes the arrays integers."""
    reach = {role: np.abs(array).sum(axis=0) for role, array in constants.items()}
    projected = reach["kernel2"] * largest
    sums = [
        reach["kernel1"] * 2 ** (_CODE_BITS + 7) + reach["recurrent1"] * largest,
        (projected + 2**_SUM_BITS) + reach["recurrent2"] * largest,
    ]
    fits = projected.max() < 2 ** (15 + _SUM_BITS) - 2**_SUM_BITS
    for number, reached in enumerate(sums, 1):
        biases = constants[f"biases{number}"]
        fits = fits and (reached + np.abs(biases)).max() < 2**31
        fits = fits and np.abs(biases[1] - biases[0]).max() < 2**31
        for role in (f"kernel{number}", f"recurrent{number}"):
            fits = fits and np.abs(constants[role]).max() < 2**15
    if fits:
        for role, array in constants.items():
            constants[role] = array.astype(np.int32 if role.startswith("biases") else np.int16)
    return bool(fits)


def _tables(first: FastGRNN, second: FastGRNN) -> dict[str, Array]:
    """Gates, updates and, where they are needed, the shares of updates."""
    places = np.arange(_ENTRIES) - _ENTRIES // 2 + 0.5
    gates = BENDS[first.gate](places / 2**_GATE_BITS)
    updates = _whole(BENDS[first.update](places / 2**_UPDATE_BITS), _STATE_BITS)
    largest = 2**_STATE_BITS - 1  # Of two of them the difference fits into 16 bits.
    tables = {
        "gates": np.minimum(_whole(gates, _GATE_STEPS), 2**16 - 1).astype(np.uint16),
        "updates": np.clip(updates, -largest, largest).astype(np.int16),
    }
    shares = [cell.shares.astype(np.float64) for cell in (first, second)]
    if not all(np.array_equal(_whole(pair, _SHARE_STEPS), [2**15, 0]) for pair in shares):
        mixes = np.concatenate([zeta * (1 - gates) + nu for zeta, nu in shares])
        whole = np.minimum(_whole(mixes, _SHARE_STEPS), 2**16 - 1)
        tables["mixes"] = whole.astype(np.uint16)
    return tables


def _whole(values: npt.NDArray[np.float64], bits: int) -> npt.NDArray[np.float64]:
    """Multiples of 2**-bits, halves up."""
    return np.asarray(np.floor(values * 2.0**bits + 0.5))
