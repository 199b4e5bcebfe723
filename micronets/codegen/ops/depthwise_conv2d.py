"""Depthwise convolution: every channel has filters of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen import packing
from micronets.codegen.graph import Array, FloatArray, Node, Tensor
from micronets.codegen.numerics import Int8Array
from micronets.codegen.ops.activation import LINEAR, RELU6, Activation, activation_steps
from micronets.codegen.ops.base import (
    Example,
    KerasLayer,
    KernelCall,
    Step,
    Unsupported,
    example,
    shape_field,
)
from micronets.codegen.ops.products_s8 import ProductsS8, as_exact, convolution_s8
from micronets.codegen.ops.window import (
    WindowAttributes,
    keras_window,
    pair,
    sliding_windows,
    window_fields,
)


@dataclass(frozen=True)
class DepthwiseConv2DAttributes(WindowAttributes):
    """Settings of `depthwise_conv2d`.

    Args:
        multiplier: Filters per input channel; output channel `c * multiplier + m` reads channel c.
        activation: Applied to the output.
    """

    multiplier: int = 1
    activation: Activation = LINEAR


class DepthwiseConv2D(ProductsS8):
    """Slides the filters of each channel over that channel alone.

    Constants: weights `(window_h, window_w, channels * multiplier)`, optional bias.
    """

    name = "depthwise_conv2d"
    keras_layers = ("DepthwiseConv2D",)
    fuses_activation = True
    channels_last = True

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        config = layer.config
        if pair(config.get("dilation_rate", 1)) != (1, 1):
            raise Unsupported(f"dilation_rate={config['dilation_rate']}; only 1 is supported")
        window, stride, padding = keras_window(config, inputs[0], "kernel_size")
        kernel = layer.weights["kernel"]
        rows, columns, channels, multiplier = kernel.shape
        constants = {"weights": kernel.reshape(rows, columns, channels * multiplier)}
        if config["use_bias"]:
            constants["bias"] = layer.weights["bias"]
        attributes = DepthwiseConv2DAttributes(window, stride, padding, multiplier)
        return [Step(self.name, attributes, constants), *activation_steps(config)]

    def infer(
        self, attributes: DepthwiseConv2DAttributes, inputs: Sequence[Tensor]
    ) -> tuple[int, ...]:
        height, width, channels = inputs[0].map_shape
        return (*attributes.output_size(height, width), channels * attributes.multiplier)

    def constant_shapes(
        self, attributes: DepthwiseConv2DAttributes, inputs: Sequence[Tensor]
    ) -> dict[str, tuple[int, ...]]:
        channels = inputs[0].map_shape[2] * attributes.multiplier
        return {"weights": (*attributes.window, channels), "bias": (channels,)}

    def evaluate(
        self,
        attributes: DepthwiseConv2DAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        windows = sliding_windows(inputs[0], attributes)
        windows = _per_output(windows, attributes.multiplier)
        y = np.einsum("nyxchw,hwc->nyxc", windows, constants["weights"])
        if "bias" in constants:
            y = y + constants["bias"]
        return attributes.activation(y.astype(np.float32))

    def macs(
        self, attributes: DepthwiseConv2DAttributes, inputs: Sequence[Tensor], output: Tensor
    ) -> int:
        return output.size * attributes.window[0] * attributes.window[1]

    def title(self, attributes: DepthwiseConv2DAttributes) -> str:
        return f"depthwise {attributes.text()}{attributes.activation.suffix}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: DepthwiseConv2DAttributes = node.attributes  # type: ignore[assignment]
        fast = (
            attributes.window == (3, 3)
            and attributes.stride in ((1, 1), (2, 2))
            and attributes.multiplier == 1
            and max(attributes.padding) <= 1
            and inputs[0].is_planar
        )
        function = "depthwise_conv2d_3x3_f32" if fast else "depthwise_conv2d_f32"
        weights = packing.pack_depthwise_conv2d(node.constants["weights"])
        return [
            KernelCall(
                function,
                f"micronets/kernels/{function}.h",
                "DepthwiseConv2D",
                (
                    shape_field("input", inputs[0]),
                    shape_field("output", node.output),
                    *window_fields(attributes),
                    *attributes.activation.fields(),
                ),
                constants={"weights": weights, "bias": node.constants.get("bias")},
                counts=(("weight_count()", "weights"), ("output.channels", "bias")),
            )
        ]

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        attributes: DepthwiseConv2DAttributes = node.attributes  # type: ignore[assignment]
        padding = inputs[0].quant.zero_point
        windows = sliding_windows(as_exact(codes[0]), attributes, padding)
        windows = _per_output(windows, attributes.multiplier)
        sums = np.einsum("nyxchw,hwc->nyxc", windows, as_exact(node.constants["weights"]))
        return self.requantized(node, sums)

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: DepthwiseConv2DAttributes = node.attributes  # type: ignore[assignment]
        weights = np.moveaxis(node.constants["weights"], -1, 0)
        behind = {}
        if has_tiles_s8(attributes):
            # Tiles of two outputs: the last one may be half a tile.
            tiles = math.ceil(node.output.map_shape[1] / 2)
            stride = attributes.stride[1]
            read = 2 * stride * (tiles - 1) + 2 + stride - attributes.padding[1]
            last = inputs[0].map_shape[1] + inputs[0].lead
            behind = {"reads_behind": max(0, read + 1 - last)}
        function, struct = "depthwise_conv2d_s8", "DepthwiseConv2DS8"
        return [convolution_s8(function, struct, node, inputs[0], weights, **behind)]

    def examples(self) -> Iterator[Example]:
        for window, stride, padding, multiplier, shape in (
            ((3, 3), (1, 1), (1, 1, 1, 1), 1, (7, 5, 3)),
            ((3, 3), (2, 2), (1, 1, 1, 1), 1, (8, 9, 3)),
            ((3, 3), (2, 2), (0, 0, 1, 1), 1, (8, 6, 2)),
            ((3, 3), (1, 1), (1, 1, 1, 1), 1, (1, 1, 4)),
            ((3, 3), (1, 1), (0, 0, 0, 0), 2, (5, 6, 3)),
            ((1, 5), (1, 1), (0, 2, 0, 2), 1, (4, 7, 2)),
        ):
            attributes = DepthwiseConv2DAttributes(window, stride, padding, multiplier, RELU6)
            yield example(self, attributes, shape)
        yield example(self, DepthwiseConv2DAttributes((3, 3), (3, 3)), (9, 9, 2))


def has_tiles_s8(attributes: DepthwiseConv2DAttributes) -> bool:
    """True where cores with the DSP extension have a kernel for it.

    That kernel needs maps with padding in place (`wants_padding_s8`), or no padding at their sides.
    """
    return (
        attributes.window == (3, 3)
        and attributes.stride[1] <= 2
        and attributes.multiplier == 1
        and attributes.padding[1] <= 1
    )


def wants_padding_s8(attributes: DepthwiseConv2DAttributes, source: Tensor) -> bool:
    """True where the DSP kernel reads a column of padding at either side of the map."""
    _, width, _ = source.map_shape
    left = attributes.padding[1]
    columns = attributes.output_size(*source.map_shape[:2])[1]
    end = (columns - 1) * attributes.stride[1] - left + 3
    return has_tiles_s8(attributes) and width <= _WIDEST_TILED and max(left, end - width) == 1


_WIDEST_TILED = 240
"""Columns of a map that the DSP kernel reads; it keeps a row of padding on the stack."""


def _per_output(windows: Array, multiplier: int) -> Array:
    """The windows of each output channel; a copy, many times the map, only where it is needed."""
    return windows if multiplier == 1 else np.repeat(windows, multiplier, axis=3)
