"""Layers that only the heads of the face detectors have."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from micronets.errors import ShapeError
from micronets.models.arguments import checked_real

_EPSILON = 1e-10


@keras.saving.register_keras_serializable(package="micronets")
class L2Norm(keras.Layer):
    """Gives the channels of every pixel a length that training chooses, channel by channel.

    `y = gamma * x / (sqrt(sum of x**2 over the channels) + 1e-10)`, as in Liu et al., "ParseNet"
    (arXiv:1506.04579), section 3.3.

    Args:
        scale: First value of gamma in all channels.
        **options: Go to `keras.Layer`: name, dtype, trainable.

    Input shape:
        (..., channels).

    Output shape:
        The same.

    Raises:
        ValueError: If the scale is no finite number.

    Example:
        >>> L2Norm(10.0)(np.array([[3.0, 4.0]], np.float32)).numpy().tolist()
        [[6.0, 8.0]]
    """

    def __init__(self, scale: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.scale = checked_real("scale", scale)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make gamma for inputs (..., channels)."""
        self.gamma = self.add_weight(
            (input_shape[-1],), keras.initializers.Constant(self.scale), name="gamma"
        )

    def call(self, inputs: Any) -> Any:
        """Normalize; see the class."""
        # Squares of float16 overflow early.
        x = ops.cast(inputs, keras.backend.result_type(self.compute_dtype, "float32"))
        squares = ops.sum(ops.square(x), axis=-1, keepdims=True)
        # The root has no gradient at 0: such a pixel takes that of 1 and passes no gradient on.
        alive = squares > 0
        length = ops.sqrt(ops.where(alive, squares, 1.0))
        scale = ops.where(alive, 1.0 / (length + _EPSILON), 0.0)
        return ops.cast(x * scale, self.compute_dtype) * self.gamma

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """The shape of the input."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable(package="micronets")
class MaxOutBackground(keras.Layer):
    """Keeps the largest of several background channels, and the face channel behind them.

    Zhang et al., "S3FD: Single Shot Scale-invariant Face Detector" (arXiv:1708.05237), section 3.3:
    a head of many small priors has as many chances to see a face where there is none, and several
    backgrounds to say so.

    Input shape:
        (..., backgrounds + 1), with the face last.

    Output shape:
        (..., 2): background and face.

    Raises:
        ShapeError: If there are fewer than two channels.

    Example:
        >>> MaxOutBackground()(np.array([[1, 7, 3, 5]], np.float32)).numpy().tolist()
        [[7.0, 5.0]]
    """

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Check the channels of inputs (..., backgrounds + 1)."""
        if input_shape[-1] is None or input_shape[-1] < 2:
            raise ShapeError(
                f"{self.name} needs at least one channel of background and one of face, received "
                f"the input shape {tuple(input_shape)}"
            )

    def call(self, inputs: Any) -> Any:
        """Choose the background; see the class."""
        background = ops.max(inputs[..., :-1], axis=-1, keepdims=True)
        return ops.concatenate([background, inputs[..., -1:]], axis=-1)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """The shape of the input, with two channels."""
        return *input_shape[:-1], 2
