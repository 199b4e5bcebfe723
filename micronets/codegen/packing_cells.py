"""The weights of recurrent cells in the order in which their kernels read them."""

from __future__ import annotations

import numpy as np

from micronets.codegen.graph import Array

_LANE_BYTES = 8
"""Four lanes of 16 bits."""
_SPARSE, _DENSE = 7, 13
"""Instructions of a Cortex-M4 for a word of sparse weights, and for one of two dense weights."""
_LAST = 1 << 23
_UNBENT = 255
_ROUNDING = 1 << 13
"""Half of what the sums of products are counted in."""


def even_count(count: int) -> int:
    """The values that lie in memory for `count` of them, which are read in pairs."""
    return (count + 1) // 2 * 2


def sparse_columns(*matrices: tuple[Array, int]) -> tuple[Array, Array, Array]:
    """The columns of matrices without their zeros, one after the other.

    Args:
        *matrices: Those that lie one above the other, each with the place of the value that its
            first row is multiplied by.

    Returns:
        The weights, column by column; the place of the value that each is multiplied by; and how
        many there are, `(columns, matrices)`. At least one weight, which may be 0: C++ has no empty
        arrays.
    """
    whole = np.concatenate([matrix for matrix, _ in matrices]).T
    places = np.concatenate([first + np.arange(len(matrix)) for matrix, first in matrices])
    counts = [np.count_nonzero(matrix, axis=0) for matrix, _ in matrices]
    columns, rows = np.nonzero(whole)
    if not len(columns):
        columns, rows = np.zeros((2, 1), np.int64)
    return (
        whole[columns, rows],
        places[rows].astype(np.uint16),
        np.stack(counts, axis=1).astype(np.uint16),
    )


def pack_units_s16(inputs: Array, states: Array, biases: Array | None = None) -> Array:
    """The words of `UnitS16`, unit by unit.

    Args:
        inputs: int16 weights of inputs, `(inputs, units)`.
        states: Those of states, which lie behind the inputs, `(states, units)`.
        biases: Of gate and update, `(2, units)`; None for a product whose sum is rounded.
    """
    words: list[int] = []
    last = states.shape[1] - 1
    for unit in range(last + 1):
        of_states = _sparse_words(states[:, unit], len(inputs))
        dense = _dense_words(states[:, unit])
        is_dense = biases is not None and _DENSE * len(dense) < _SPARSE * len(of_states)
        sparse = _sparse_words(inputs[:, unit], 0) + ([] if is_dense else of_states) or [0]
        dense = dense if is_dense else []
        gate, update = (_ROUNDING, 0) if biases is None else map(int, biases[:, unit])
        kind = _UNBENT if biases is None else len(dense)
        counts = _count(len(sparse)) | kind << 24 | (_LAST if unit == last else 0)
        words += [gate, counts, update - gate, *sparse, *dense]
    return np.array([word % 2**32 for word in words], np.uint32)


def _count(sparse: int) -> int:
    """Of sparse weights, as the sum of 5 bits and of those from bit 8 on."""
    return 16 | sparse - 16 << 8 if sparse > 16 else sparse - 1 | 1 << 8


def _sparse_words(weights: Array, first: int) -> list[int]:
    """Each weight that is not 0, above the place in bytes of its lanes."""
    return [
        (int(weights[row]) % 2**16) << 16 | (first + int(row)) * _LANE_BYTES
        for row in np.flatnonzero(weights)
    ]


def _dense_words(weights: Array) -> list[int]:
    """Pairs of weights, the first one below; a 0 behind the last one if they are odd."""
    padded = [int(weight) % 2**16 for weight in weights] + [0] * (len(weights) % 2)
    return [low | high << 16 for low, high in zip(padded[::2], padded[1::2], strict=True)]
