"""RNNPool: pooling by small recurrent nets that sweep over patches of a map.

Saha, Kusupati, Simhadri, Varma and Jain, "RNNPool: Efficient Non-linear Pooling for RAM
Constrained Inference", NeurIPS 2020 (arXiv:2002.11921). Written with `keras.ops`, for every backend
of Keras.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from micronets.errors import ShapeError
from micronets.models.arguments import checked_pair, checked_seed
from micronets.models.fastgrnn import FastGRNNCell, checked_units, two_seeds

_ROWS, _COLUMNS = 1, 2


@keras.saving.register_keras_serializable(package="micronets")
class RNNPool2D(keras.Layer):
    """Sums every patch of a map up to `4 * rnn2_units` values (section 3.1 of the paper).

    In each patch `rnn1` walks along every row, and `rnn2` along the summaries of the rows, once
    down and once up. The same two cells do so with the columns, left to right and back. The four
    last states of `rnn2`, in this order, are the channels of the output.

    Patches that overlap share rows and columns, and each of these is walked once: the result is
    that of patches on their own. A stride beyond the patch leaves pixels unread.

    Args:
        rnn1_units: Size of the state of the cell that reads pixels, h1.
        rnn2_units: Size of the state of the cell that reads summaries, h2; `rnn1_units` by default.
        patch_size: Height and width of a patch, one number or two.
        strides: Rows and columns from one patch to the next, one number or two.
        edge_padding: How often the last row of the output is repeated at the bottom and the last
            column at the right, one number or two. With 1, patches of 8 and strides of 4 the
            output has a quarter of the rows and columns, as the face nets need.
        gate_activation: Name of an entry of `micronets.models.fastgrnn.ACTIVATIONS`.
        update_activation: Name of an entry of `micronets.models.fastgrnn.ACTIVATIONS`.
        zeta, nu: First values of these scalars of both cells; the defaults saturate their sigmoids:
            `h' = z * h + (1 - z) * c`.
        seed: Fixes the first weights; None takes random ones.
        **options: Go to `keras.Layer`: name, dtype, trainable.

    Input shape:
        (batch, height, width, channels), at least as large as a patch.

    Output shape:
        (batch, rows, columns, 4 * rnn2_units) with
        `rows = (height - patch_height) // row_stride + 1 + edge_padding[0]`; columns alike.

    Raises:
        ValueError: If an argument is not allowed.
        ShapeError: If a map is smaller than a patch.

    Example:
        >>> pool = RNNPool2D(16, patch_size=8, strides=4, edge_padding=1)
        >>> pool(np.zeros((1, 120, 160, 4), np.float32)).shape
        TensorShape([1, 30, 40, 64])
        >>> pool.count_params()
        900
    """

    def __init__(
        self,
        rnn1_units: int,
        rnn2_units: int | None = None,
        *,
        patch_size: int | tuple[int, int] = 8,
        strides: int | tuple[int, int] = 4,
        edge_padding: int | tuple[int, int] = 0,
        gate_activation: str = "sigmoid",
        update_activation: str = "tanh",
        zeta: float = 100.0,
        nu: float = -100.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.rnn1_units = checked_units("rnn1_units", rnn1_units)
        self.rnn2_units = checked_units(
            "rnn2_units", rnn1_units if rnn2_units is None else rnn2_units
        )
        self.patch_size = checked_pair("patch_size", patch_size, least=1)
        self.strides = checked_pair("strides", strides, least=1)
        self.edge_padding = checked_pair("edge_padding", edge_padding, least=0)
        self.seed = checked_seed(seed)
        self._cell_options = {
            "gate_activation": gate_activation,
            "update_activation": update_activation,
            "zeta": zeta,
            "nu": nu,
        }
        cells = {**self._cell_options, "dtype": self.dtype_policy}
        seeds = two_seeds(self.seed)
        self.rnn1 = FastGRNNCell(self.rnn1_units, seed=seeds[0], name="rnn1", **cells)
        self.rnn2 = FastGRNNCell(self.rnn2_units, seed=seeds[1], name="rnn2", **cells)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for maps (batch, height, width, channels)."""
        self._grid(*input_shape[1:3])
        if input_shape[-1] is None:
            raise ShapeError(
                f"{self.name}: the number of channels must be known, received the input shape "
                f"{tuple(input_shape)}, which is read as (batch, height, width, channels)"
            )
        self.input_spec = keras.layers.InputSpec(ndim=4, axes={-1: input_shape[-1]})
        self.rnn1.build((None, input_shape[-1]))
        self.rnn2.build((None, self.rnn1_units))

    def call(self, inputs: Any) -> Any:
        """Pool the map; see the class."""
        grid = self._grid(*ops.shape(inputs)[1:3])
        pooled = ops.concatenate(
            [*self._sweep(inputs, grid, _COLUMNS), *self._sweep(inputs, grid, _ROWS)], axis=-1
        )
        for axis, times in zip((_ROWS, _COLUMNS), self.edge_padding, strict=True):
            if times:
                last = pooled[:, -1:] if axis == _ROWS else pooled[:, :, -1:]
                pooled = ops.concatenate([pooled, ops.repeat(last, times, axis=axis)], axis=axis)
        return pooled

    def _sweep(self, inputs: Any, grid: tuple[Any, Any], axis: int) -> list[Any]:
        """Walk rnn1 along an axis, and rnn2 both ways along the other one, in all patches."""
        summaries = self.rnn1.last_state(self._projected(self.rnn1, inputs, grid, axis))
        steps = self._projected(self.rnn2, summaries, grid, _ROWS + _COLUMNS - axis)
        both_ways = (
            ops.concatenate(step, axis=0) for step in zip(steps, reversed(steps), strict=True)
        )
        return ops.split(self.rnn2.last_state(both_ways), 2, axis=0)

    def _projected(
        self, cell: FastGRNNCell, values: Any, grid: tuple[Any, Any], axis: int
    ) -> list[Any]:
        """What the first, second, ... values of all patches along an axis add to a cell.

        Projecting first takes fewer products; but it is copies that take the time, so the narrower
        map is the one that is cut into steps.
        """
        if values.shape[-1] >= cell.units:
            return self._steps(cell.project(values), grid, axis)
        return [cell.project(step) for step in self._steps(values, grid, axis)]

    def _steps(self, values: Any, grid: tuple[Any, Any], axis: int) -> list[Any]:
        """The first, second, ... values that all patches along an axis see."""
        size, stride, count = (pair[axis - 1] for pair in (self.patch_size, self.strides, grid))
        ends = [(first, first + (count - 1) * stride + 1) for first in range(size)]
        if axis == _ROWS:
            return [values[:, first:end:stride] for first, end in ends]
        return [values[:, :, first:end:stride] for first, end in ends]

    def _grid(self, height: Any, width: Any) -> tuple[Any, Any]:
        """Patches over height and width, None where the size is None.

        Raises:
            ShapeError: If a known size is below that of a patch.
        """
        for size, patch in zip((height, width), self.patch_size, strict=True):
            if isinstance(size, int) and size < patch:
                raise ShapeError(
                    f"{self.name}: a map of {height}x{width} has no patch of "
                    f"{self.patch_size[0]}x{self.patch_size[1]}; pool a larger map, or choose a "
                    "smaller patch_size"
                )
        rows, columns = (
            None if size is None else (size - patch) // stride + 1
            for size, patch, stride in zip(
                (height, width), self.patch_size, self.strides, strict=True
            )
        )
        return rows, columns

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """The shape of the output, None where that of the input is None."""
        rows, columns = (
            None if count is None else count + padding
            for count, padding in zip(self._grid(*input_shape[1:3]), self.edge_padding, strict=True)
        )
        return input_shape[0], rows, columns, 4 * self.rnn2_units

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rnn1_units": self.rnn1_units,
            "rnn2_units": self.rnn2_units,
            "patch_size": self.patch_size,
            "strides": self.strides,
            "edge_padding": self.edge_padding,
            **self._cell_options,
            "seed": self.seed,
        }
