"""What a Keras model costs: parameters, multiply-accumulates and the maps it holds.

The counts are those of papers, which know no kernels: an export prints what its header needs.
"""

import dataclasses
import itertools
import math
import re
from collections.abc import Iterator
from typing import Any

import keras

from micronets.models.rnnpool import RNNPool2D


@dataclasses.dataclass(frozen=True)
class RNNPoolWork:
    """Multiplications of a RNNPool2D layer for one map.

    Attributes:
        macs: Multiply-accumulates of the matrices, if every patch is computed on its own.
        shared_macs: The same, if patches share the rows and columns in which they overlap.
        elementwise: Multiplications of the states, three per value, for patches on their own.
    """

    macs: int
    shared_macs: int
    elementwise: int


@dataclasses.dataclass(frozen=True)
class PartCost:
    """What neighbouring layers whose names begin alike cost: a stem, a bottleneck, a head.

    Attributes:
        name: The common beginning, such as "block_3".
        parameters: Trainable parameters.
        macs: Multiply-accumulates of one prediction.
        values: Values of the map that the last of the layers gives.
        layers: Class names of the layers.
    """

    name: str
    parameters: int
    macs: int
    values: int
    layers: tuple[str, ...]


def rnnpool_work(layer: RNNPool2D) -> RNNPoolWork:
    """Count the multiplications of a layer that is part of a model."""
    (_, height, width, channels), h1, h2 = layer.input.shape, layer.rnn1_units, layer.rnn2_units
    (tall, wide), (down, across) = layer.patch_size, layer.strides
    rows, columns = (height - tall) // down + 1, (width - wide) // across + 1
    patches = rows * columns
    pixels, summaries = 2 * tall * wide, 2 * (tall + wide)
    summary_macs = patches * summaries * h2 * (h1 + h2)
    read_rows = _union(rows, tall, down)
    read_columns = _union(columns, wide, across)
    shared_pixels = read_rows * columns * wide + read_columns * rows * tall
    step = h1 * (channels + h1)
    return RNNPoolWork(
        macs=patches * pixels * step + summary_macs,
        shared_macs=shared_pixels * step + summary_macs,
        elementwise=3 * patches * (pixels * h1 + summaries * h2),
    )


def part_costs(model: keras.Model) -> list[PartCost]:
    """Count what each part of a model costs; patches of RNNPool2D count on their own."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    return [_part(name, list(part)) for name, part in itertools.groupby(layers, _part_name)]


def held_bytes(model: keras.Model, bytes_per_value: int = 4) -> int:
    """Count the bytes of the largest pair of a part's input and output.

    This is how the RNNPool paper counts peak RAM: a bottleneck holds nothing in its middle, global
    pooling sums up what the layers of its part give, and what stands in front of RNNPool2D is
    computed patch by patch, from an image that costs nothing. The parts of the model must form a
    chain.
    """
    values = [part.values for part in _behind_rnnpool(part_costs(model))]
    return bytes_per_value * max(map(sum, itertools.pairwise(values)))


def _behind_rnnpool(parts: list[PartCost]) -> Iterator[PartCost]:
    """From the part with the last RNNPool2D on, or all of them."""
    pools = [index for index, part in enumerate(parts) if RNNPool2D.__name__ in part.layers]
    return itertools.islice(parts, pools[-1] if pools else 0, None)


def _part_name(layer: Any) -> str:
    found = re.match(r"(block|head)_\d+|[^_]+", layer.name)
    return found.group() if found else layer.name


def _part(name: str, layers: list[Any]) -> PartCost:
    weights = [weight for layer in layers for weight in layer.trainable_weights]
    return PartCost(
        name,
        parameters=sum(math.prod(weight.shape) for weight in weights),
        macs=sum(map(_macs, layers)),
        values=math.prod(layers[-1].output.shape[1:]),
        layers=tuple(type(layer).__name__ for layer in layers),
    )


def _macs(layer: Any) -> int:
    if isinstance(layer, RNNPool2D):
        return rnnpool_work(layer).macs
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return math.prod(layer.kernel_size) * math.prod(layer.output.shape[1:])
    if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
        return math.prod(layer.kernel.shape[:-1]) * math.prod(layer.output.shape[1:])
    return 0


def _union(count: int, size: int, stride: int) -> int:
    """Rows that `count` patches read, each of them once."""
    return (count - 1) * min(size, stride) + size
