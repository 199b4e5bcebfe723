"""FastGRNN, the recurrent cell of RNNPool.

Kusupati et al., "FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated Recurrent Neural
Network", NeurIPS 2018 (arXiv:1901.02358). Written with `keras.ops`, for every backend of Keras.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
from keras import ops

from micronets.models.arguments import checked_real, checked_seed, is_whole

# Standard deviation of the first weights.
_STDDEV = 0.1

ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "sigmoid": ops.sigmoid,
        "tanh": ops.tanh,
        "relu": ops.relu,
        "hard_tanh": lambda x: ops.clip(x, -1.0, 1.0),
        "hard_sigmoid_2": lambda x: ops.clip((x + 1.0) / 2.0, 0.0, 1.0),
        "hard_sigmoid_4": lambda x: ops.clip((x + 2.0) / 4.0, 0.0, 1.0),
    }
)
"""What gate and update may be bent by. A hard sigmoid is a straight line between 0 and 1, named
after the width of its slope; Keras's own "hard_sigmoid" has width 6 and is none of them."""


@keras.saving.register_keras_serializable(package="micronets")
class FastGRNNCell(keras.Layer):
    """One step of FastGRNN (section 3.2 of the paper): gate and update share their matrices.

    ```
    p  = x @ kernel + h @ recurrent_kernel
    z  = gate_activation(p + gate_bias)
    c  = update_activation(p + update_bias)
    h' = z * h + (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * c
    ```

    It has `inputs * units + units**2 + 2 * units + 2` parameters and works inside
    `keras.layers.RNN`.

    Args:
        units: Size of the state, h.
        gate_activation: Name of an entry of `ACTIVATIONS`.
        update_activation: Name of an entry of `ACTIVATIONS`.
        zeta: First value of the trained scalar zeta, before its sigmoid.
        nu: First value of the trained scalar nu, before its sigmoid.
        seed: Fixes the first weights; None takes random ones.
        **options: Go to `keras.Layer`: name, dtype, trainable.

    Call arguments:
        inputs: (batch, inputs).
        states: A list of one state (batch, units).

    Returns:
        The new state (batch, units), and a list of it.

    Raises:
        ValueError: If an argument is not allowed.

    Example:
        >>> memory = keras.layers.RNN(FastGRNNCell(6))
        >>> memory(np.zeros((2, 9, 5), np.float32)).shape
        TensorShape([2, 6])
    """

    def __init__(
        self,
        units: int,
        *,
        gate_activation: str = "sigmoid",
        update_activation: str = "tanh",
        zeta: float = 1.0,
        nu: float = -4.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = checked_units("units", units)
        self.gate_activation = _checked_activation("gate_activation", gate_activation)
        self.update_activation = _checked_activation("update_activation", update_activation)
        self.first_zeta = checked_real("zeta", zeta)
        self.first_nu = checked_real("nu", nu)
        self.seed = checked_seed(seed)
        self.state_size = self.output_size = self.units

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs (..., inputs)."""
        inputs, units = input_shape[-1], self.units
        kernel_seed, recurrent_seed = two_seeds(self.seed)
        normal, constant = keras.initializers.RandomNormal, keras.initializers.Constant
        self.kernel = self.add_weight(
            (inputs, units), normal(stddev=_STDDEV, seed=kernel_seed), name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            (units, units), normal(stddev=_STDDEV, seed=recurrent_seed), name="recurrent_kernel"
        )
        self.gate_bias = self.add_weight((units,), "ones", name="gate_bias")
        self.update_bias = self.add_weight((units,), "ones", name="update_bias")
        self.zeta = self.add_weight((), constant(self.first_zeta), name="zeta")
        self.nu = self.add_weight((), constant(self.first_nu), name="nu")

    def call(self, inputs: Any, states: Sequence[Any], training: bool | None = None) -> Any:
        """Take one step; see the class."""
        del training  # Keras passes it to every cell.
        state = self._step(self.project(inputs), states[0], *self._shares())
        return state, [state]

    def project(self, inputs: Any) -> Any:
        """What inputs (..., inputs) add to every gate and update: `inputs @ kernel`."""
        return _matmul(inputs, self.kernel)

    def last_state(self, projected: Iterable[Any]) -> Any:
        """The state behind a sequence of projected inputs (..., units); it starts at zero."""
        shares = self._shares()
        state = None
        for step in projected:
            state = self._step(step, state, *shares)
        return state

    def _shares(self) -> tuple[Any, Any]:
        return ops.sigmoid(self.zeta), ops.sigmoid(self.nu)

    def _step(self, projected: Any, state: Any, zeta: Any, nu: Any) -> Any:
        """One step; a state of None stands for zeros, which need no product."""
        p = projected if state is None else projected + _matmul(state, self.recurrent_kernel)
        gate = ACTIVATIONS[self.gate_activation](p + self.gate_bias)
        update = ACTIVATIONS[self.update_activation](p + self.update_bias)
        fresh = (zeta * (1.0 - gate) + nu) * update
        return fresh if state is None else gate * state + fresh

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "gate_activation": self.gate_activation,
            "update_activation": self.update_activation,
            "zeta": self.first_zeta,
            "nu": self.first_nu,
            "seed": self.seed,
        }


def _matmul(x: Any, matrix: Any) -> Any:
    """Product over the last axis, as one of two matrices: far quicker than a batch of products."""
    flat = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), matrix)
    return ops.reshape(flat, (-1, *ops.shape(x)[1:-1], matrix.shape[-1]))


def two_seeds(seed: int | None) -> list[int | None]:
    """Two seeds from one."""
    if seed is None:
        return [None, None]
    return [int(word) for word in np.random.SeedSequence(seed).generate_state(2)]


def checked_units(name: str, units: Any) -> int:
    if not is_whole(units) or units < 1:
        raise ValueError(f"{name} must be a whole number >= 1, received {units!r}")
    return int(units)


def _checked_activation(name: str, activation: Any) -> str:
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(f"{name} must be one of {', '.join(ACTIVATIONS)}, received {activation!r}")
    return activation
