"""Orders of constants in flash: from the logical layouts of the graph to those the kernels read.

Every function takes a logical array and returns the flat float32 array that the header stores; the
kernel's own header states the same layout from its side. Packing float32 never pads: it only
reorders.
"""

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]

FILTERS_PER_BLOCK = (4, 2, 1)
"""Output channels whose weights lie side by side, so that one load fetches a block's weights:
as many blocks of 4 as fit, then one of 2 and one of 1 for what remains."""


def pack_conv2d(weights: Weights) -> Weights:
    """Pack the weights of `conv2d_f32`.

    Args:
        weights: `(output channels, window height, window width, input channels)`.

    Returns:
        The same order, flat.
    """
    return _flat(weights)


def pack_conv2d_3x3(weights: Weights) -> Weights:
    """Pack the weights of `conv2d_3x3_f32`.

    Args:
        weights: `(output channels, 3, 3, input channels)`.

    Returns:
        Blocks of 3 output channels, then single ones where they are no multiple of 3; each block
        as (input channel, window y, output channel of the block, window x).
    """
    whole = weights.shape[0] // 3 * 3
    blocks = [weights[i : i + 3] for i in range(0, whole, 3)]
    blocks += [weights[i : i + 1] for i in range(whole, weights.shape[0])]
    return _flat(np.concatenate([block.transpose(3, 1, 0, 2).ravel() for block in blocks]))


def pack_pointwise_conv2d(weights: Weights) -> Weights:
    """Pack the weights of `pointwise_conv2d_f32`.

    Args:
        weights: `(output channels, 1, 1, input channels)`.

    Returns:
        Blocks of output channels (`FILTERS_PER_BLOCK`), each as (input channel, output channel of
        the block).
    """
    return _blocks(weights.reshape(weights.shape[0], -1))


def pack_depthwise_conv2d(weights: Weights) -> Weights:
    """Pack the weights of `depthwise_conv2d_f32` and `depthwise_conv2d_3x3_f32`.

    Args:
        weights: `(window height, window width, output channels)`, where output channel
            `c * multiplier + m` reads input channel `c`; Keras's
            `(window height, window width, input channels, multiplier)` works as well.

    Returns:
        Order (output channel, window y, window x), flat.
    """
    height, width = weights.shape[:2]
    return _flat(weights.reshape(height, width, -1).transpose(2, 0, 1))


def pack_dense(weights: Weights, input_shape: tuple[int, int, int] | None = None) -> Weights:
    """Pack the weights of `dense_f32`.

    Args:
        weights: `(outputs, inputs)`, the inputs in Keras's order.
        input_shape: `(height, width, channels)` of the planar map that was flattened to give the
            inputs; None where the inputs lie in memory in Keras's order already (the caller's
            image, a vector, a map of one channel or of one column).

    Returns:
        Blocks of outputs (`FILTERS_PER_BLOCK`), each as (input in storage order, output of the
        block).

    Raises:
        ValueError: `input_shape` does not have as many values as there are inputs.
    """
    outputs, inputs = weights.shape
    if input_shape is not None:
        height, width, channels = input_shape
        if height * width * channels != inputs:
            raise ValueError(
                f"pack_dense: a map of shape {input_shape} has {height * width * channels} values, "
                f"but the weights are for {inputs} inputs; pass the shape before flattening."
            )
        by_row = weights.reshape(outputs, height, width, channels).transpose(0, 1, 3, 2)
        weights = by_row.reshape(outputs, inputs)
    return _blocks(weights)


def pack_pointwise_conv2d_s8(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Pack the weights of `pointwise_conv2d_s8`.

    Args:
        weights: `(output channels, 1, 1, input channels)`, int8.

    Returns:
        Pairs of output channels, each as (input channel, output channel of the pair) with zeros for
        one more input channel where their number is odd; then the last output channel where that
        is single, without zeros. The instruction SXTB16 takes four of these bytes apart into two
        neighbouring inputs of one output and of the other.
    """
    matrix = weights.reshape(weights.shape[0], -1)
    paired = matrix.shape[0] // 2 * 2
    even = np.pad(matrix[:paired], ((0, 0), (0, matrix.shape[1] % 2)))
    return np.concatenate([_pairs(even), matrix[paired:].reshape(-1)]).astype(np.int8)


def pack_conv2d_s8(weights: NDArray[np.int8], *, is_planar: bool) -> NDArray[np.int8]:
    """Pack the weights of `conv2d_s8`.

    Args:
        weights: `(output channels, window height, window width, input channels)`, int8.
        is_planar: How the input lies in memory.

    Returns:
        Pairs of output channels, each as (run, weight of the run, output channel of the pair), then
        the last output channel where that is single. A run is a row of the window where neighbours
        in the row are neighbours in memory: all channels of an interleaved input, the only channel
        of any; elsewhere it is the channels of one column. A zero makes the length of a run even.
    """
    runs = _runs(weights.shape, is_planar)
    by_run = weights.reshape(weights.shape[0], *runs)
    even = np.pad(by_run, ((0, 0), (0, 0), (0, runs[1] % 2))).reshape(weights.shape[0], -1)
    paired = len(even) // 2 * 2
    return np.concatenate([_pairs(even[:paired]), even[paired:].reshape(-1)]).astype(np.int8)


def pack_dense_s8(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Pack the weights of `dense_s8`.

    Args:
        weights: `(outputs, *inputs)` with the inputs in the order of their memory, int8.

    Returns:
        Order (output, input), with zeros that make the number of inputs a multiple of 4.
    """
    matrix = weights.reshape(len(weights), -1)
    return np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % 4))).reshape(-1)


def even_taps_s8(shape: tuple[int, ...], *, is_planar: bool) -> int:
    """How many weights each filter has in flash, zeros included; see `pack_conv2d_s8`."""
    count, length = _runs(shape, is_planar)
    return count * (length + length % 2)


def _runs(shape: tuple[int, ...], is_planar: bool) -> tuple[int, int]:
    """How many runs a filter has, and of how many weights."""
    _, rows, columns, channels = shape
    if is_planar and channels > 1:
        return rows * columns, channels
    return rows, columns * channels


def _pairs(matrix: NDArray[np.int8]) -> NDArray[np.int8]:
    """Reorders (outputs, inputs) into pairs of outputs, each (input, output of the pair)."""
    return matrix.reshape(-1, 2, matrix.shape[1]).transpose(0, 2, 1).reshape(-1)


def _blocks(matrix: Weights) -> Weights:
    """Reorders (outputs, inputs) into blocks of outputs, each (input, output of the block)."""
    blocks = []
    first = 0
    for size in FILTERS_PER_BLOCK:
        while first + size <= matrix.shape[0]:
            blocks.append(matrix[first : first + size].T.ravel())
            first += size
    return _flat(np.concatenate(blocks))


def _flat(array: NDArray[np.float32]) -> Weights:
    """A flat copy in C order, float32."""
    return np.array(array, dtype=np.float32, order="C").reshape(-1)
