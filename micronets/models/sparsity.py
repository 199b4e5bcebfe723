"""Makes whole channels die while a net trains, so that export deletes them."""

import math
from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="micronets")
class GroupLasso(keras.regularizers.Regularizer):
    """Adds `strength * sum over channels of sqrt(size) * norm` to the loss.

    A group is what the last axis of the weights counts: the `size` weights of one filter of a
    kernel, or one factor of a batch normalization, where this is the L1 penalty of network
    slimming (Liu et al., arXiv:1708.06519). `norm` is the 2-norm of the group and the root makes
    large groups weigh as much as small ones (Yuan and Lin 2006). It is not squared, so it pulls
    on a small group as hard as on a large one, until the group is zero as a whole.

    Args:
        strength: Factor of the penalty, at least 0.

    Example:
        >>> kernel = keras.ops.reshape(keras.ops.array([3.0, 0.0, 4.0, 0.0]), (1, 1, 2, 2))
        >>> round(float(GroupLasso(0.1)(kernel)), 4)
        0.7071
    """

    def __init__(self, strength: float) -> None:
        self.strength = float(strength)

    def __call__(self, x: Any) -> Any:
        ops = keras.ops
        squares = ops.sum(ops.square(ops.reshape(x, (-1, x.shape[-1]))), axis=0)
        # The root has no gradient at 0, where a group stays: it gets the root of 1 instead, and
        # none of its gradient.
        alive = squares > 0
        norms = ops.where(alive, ops.sqrt(ops.where(alive, squares, 1.0)), 0.0)
        return self.strength * math.sqrt(math.prod(x.shape[:-1])) * ops.sum(norms)

    def get_config(self) -> dict[str, Any]:
        return {"strength": self.strength}


class ExactZeros(keras.callbacks.Callback):
    """Sets a group to zero as soon as a step of the optimizer takes it across zero.

    Steps of finite size jump over zero and back, and never meet it. This is the half-space step of
    Chen et al., arXiv:2107.07467: the penalty is smooth but at zero, so inside the half-space
    `<weights, weights before the step> > 0` any optimizer may descend; a step that leaves it went
    across zero, and ends there. It needs no threshold and does not ask which optimizer steps. What
    is zero stays zero, also a factor that would have become useful with the other sign.

    It works on all weights whose regularizer is a GroupLasso.
    """

    def __init__(self) -> None:
        super().__init__()
        self._before: list[np.ndarray] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Another callback may have changed the weights between two epochs."""
        self._before = [_values(weights) for weights in regularized(self.model)]

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        for index, weights in enumerate(regularized(self.model)):
            stepped = _values(weights)
            kept = half_space_step(self._before[index], stepped)
            if not np.array_equal(kept, stepped):
                weights.assign(kept)
            self._before[index] = kept


def half_space_step(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The weights `after` a step, but zero in the groups that it took across zero.

    Args:
        before: Weights before the step; the last axis counts the groups.
        after: Weights behind it.

    Example:
        >>> half_space_step(np.array([0.2, 0.2, 0.0]), np.array([0.1, -0.1, 0.3])).tolist()
        [0.1, 0.0, 0.0]
    """
    axes = tuple(range(after.ndim - 1))
    return np.where((before * after).sum(axis=axes) > 0, after, np.zeros_like(after))


def regularized(model: keras.Model) -> list[Any]:
    """The weights of a model that a GroupLasso pulls on."""
    return [w for w in model.trainable_variables if isinstance(w.regularizer, GroupLasso)]


def _values(weights: Any) -> np.ndarray:
    return np.array(keras.ops.convert_to_numpy(weights))
