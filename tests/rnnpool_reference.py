"""RNNPool and FastGRNN in plain numpy, step by step and patch by patch, to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Weights = Mapping[str, np.ndarray]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))


BENDS = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "hard_tanh": lambda x: np.minimum(np.maximum(x, -1), 1),
    "hard_sigmoid_2": lambda x: np.minimum(np.maximum(0.5 * x + 0.5, 0), 1),
    "hard_sigmoid_4": lambda x: np.minimum(np.maximum(0.25 * x + 0.5, 0), 1),
}


def cell_weights(cell: Any) -> Weights:
    """The weights of a FastGRNNCell by name, in float64."""
    return {w.name: np.asarray(w.numpy(), np.float64) for w in cell.weights}


def fastgrnn(
    weights: Weights, sequence: Sequence[np.ndarray], gate: str = "sigmoid", update: str = "tanh"
) -> list[np.ndarray]:
    """All states behind a sequence of vectors."""
    state = np.zeros(len(weights["gate_bias"]))
    states = []
    for x in sequence:
        p = weights["kernel"].T @ x + weights["recurrent_kernel"].T @ state
        z = BENDS[gate](p + weights["gate_bias"])
        c = BENDS[update](p + weights["update_bias"])
        zeta, nu = _sigmoid(weights["zeta"]), _sigmoid(weights["nu"])
        state = z * state + (zeta * (1 - z) + nu) * c
        states.append(state)
    return states


def rnnpool_patch(rnn1: Weights, rnn2: Weights, patch: np.ndarray, *bends: str) -> np.ndarray:
    """The RNNPool vector of one patch (height, width, channels)."""
    last = [fastgrnn(rnn1, row, *bends)[-1] for row in patch]
    outputs = [fastgrnn(rnn2, last, *bends)[-1], fastgrnn(rnn2, last[::-1], *bends)[-1]]
    last = [fastgrnn(rnn1, column, *bends)[-1] for column in patch.transpose(1, 0, 2)]
    outputs += [fastgrnn(rnn2, last, *bends)[-1], fastgrnn(rnn2, last[::-1], *bends)[-1]]
    return np.concatenate(outputs)


def rnnpool(layer: Any, x: np.ndarray) -> np.ndarray:
    """What a RNNPool2D layer must give for a map (height, width, channels), patch by patch."""
    (tall, wide), (down, across) = layer.patch_size, layer.strides
    bends = (layer.rnn1.gate_activation, layer.rnn1.update_activation)
    rnn1, rnn2 = cell_weights(layer.rnn1), cell_weights(layer.rnn2)
    rows = [
        [
            rnnpool_patch(rnn1, rnn2, x[top : top + tall, left : left + wide], *bends)
            for left in range(0, x.shape[1] - wide + 1, across)
        ]
        for top in range(0, x.shape[0] - tall + 1, down)
    ]
    bottom, right = layer.edge_padding
    return np.pad(np.array(rows), ((0, bottom), (0, right), (0, 0)), mode="edge")
