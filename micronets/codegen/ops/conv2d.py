"""2-D convolution: general, 3x3 and pointwise kernels; Keras's Conv2D and SeparableConv2D."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from micronets.codegen import packing
from micronets.codegen.graph import FloatArray, Node, Tensor
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
from micronets.codegen.ops.dense import dense_call, dense_call_s8
from micronets.codegen.ops.depthwise_conv2d import DepthwiseConv2DAttributes
from micronets.codegen.ops.products_s8 import ProductsS8, as_exact, convolution_s8
from micronets.codegen.ops.window import (
    WindowAttributes,
    keras_window,
    pair,
    sliding_windows,
    window_fields,
)


@dataclass(frozen=True)
class Conv2DAttributes(WindowAttributes):
    """Settings of `conv2d`.

    Args:
        filters: Number of output channels.
        activation: Applied to the output.
        unrolled: Pairs of input channels that the int8 kernel's loop takes a turn: 2 or 8.
    """

    filters: int = 1
    activation: Activation = LINEAR
    unrolled: int = 2


class Conv2D(ProductsS8):
    """Slides `filters` windows over all channels.

    Constants: weights `(filters, window_h, window_w, channels)`, optional bias `(filters,)`.
    """

    name = "conv2d"
    keras_layers = ("Conv2D", "SeparableConv2D")
    fuses_activation = True

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        config = layer.config
        refuse_dilation_and_groups(config)
        if layer.class_name == "SeparableConv2D":
            return _separable_steps(layer, inputs[0])
        window, stride, padding = keras_window(config, inputs[0], "kernel_size")
        constants = {"weights": layer.weights["kernel"].transpose(3, 0, 1, 2)}
        if config["use_bias"]:
            constants["bias"] = layer.weights["bias"]
        attributes = Conv2DAttributes(window, stride, padding, int(config["filters"]))
        return [Step(self.name, attributes, constants), *activation_steps(config)]

    def infer(self, attributes: Conv2DAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        height, width, _ = inputs[0].map_shape
        output = (*attributes.output_size(height, width), attributes.filters)
        # Dense on a (rows, channels) input is a pointwise convolution of the same rank.
        return output if len(inputs[0].shape) == 3 else output[1:]

    def constant_shapes(
        self, attributes: Conv2DAttributes, inputs: Sequence[Tensor]
    ) -> dict[str, tuple[int, ...]]:
        channels = inputs[0].map_shape[2]
        weights = (attributes.filters, *attributes.window, channels)
        return {"weights": weights, "bias": (attributes.filters,)}

    def evaluate(
        self,
        attributes: Conv2DAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        x = inputs[0]
        flat = x.ndim == 3
        windows = sliding_windows(x[:, np.newaxis] if flat else x, attributes)
        weights = constants["weights"].transpose(3, 1, 2, 0)
        y = np.tensordot(windows, weights, axes=3)
        if "bias" in constants:
            y = y + constants["bias"]
        y = attributes.activation(y.astype(np.float32))
        return y[:, 0] if flat else y

    def macs(self, attributes: Conv2DAttributes, inputs: Sequence[Tensor], output: Tensor) -> int:
        rows, columns = attributes.window
        return output.size * rows * columns * inputs[0].map_shape[2]

    def title(self, attributes: Conv2DAttributes) -> str:
        return f"conv2d {attributes.text()}{attributes.activation.suffix}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: Conv2DAttributes = node.attributes  # type: ignore[assignment]
        weights, bias = node.constants["weights"], node.constants.get("bias")
        if attributes.covers(inputs[0]):
            return [dense_call(weights, bias, attributes.activation, inputs[0])]
        function, packed = "conv2d_f32", packing.pack_conv2d(weights)
        pointwise = attributes.window == attributes.stride == (1, 1)
        if pointwise and not any(attributes.padding) and inputs[0].is_planar:
            function, packed = "pointwise_conv2d_f32", packing.pack_pointwise_conv2d(weights)
        elif attributes.window == (3, 3):
            function, packed = "conv2d_3x3_f32", packing.pack_conv2d_3x3(weights)
        return [
            KernelCall(
                function,
                f"micronets/kernels/{function}.h",
                "Conv2D",
                (
                    shape_field("input", inputs[0]),
                    shape_field("output", node.output),
                    *window_fields(attributes),
                    *attributes.activation.fields(),
                ),
                constants={"weights": packed, "bias": bias},
                counts=(("weight_count()", "weights"), ("output.channels", "bias")),
            )
        ]

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        x = as_exact(codes[0])
        flat = x.ndim == 3
        attributes: Conv2DAttributes = node.attributes  # type: ignore[assignment]
        padding = inputs[0].quant.zero_point
        windows = sliding_windows(x[:, np.newaxis] if flat else x, attributes, padding)
        weights = as_exact(node.constants["weights"]).transpose(3, 1, 2, 0)
        result = self.requantized(node, np.tensordot(windows, weights, axes=3))
        return result[:, 0] if flat else result

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: Conv2DAttributes = node.attributes  # type: ignore[assignment]
        if attributes.covers(inputs[0]):
            return [dense_call_s8(node, inputs[0], attributes.activation)]
        weights = node.constants["weights"]
        behind = 0
        pointwise = attributes.window == attributes.stride == (1, 1)
        if pointwise and not any(attributes.padding) and inputs[0].is_planar:
            function, struct = "pointwise_conv2d_s8", "PointwiseConv2DS8"
            packed = packing.pack_pointwise_conv2d_s8(weights)
            # Channels are read in pairs, columns in fours.
            _, width, channels = inputs[0].map_shape
            behind = channels % 2 * (width + inputs[0].lead) + (1 if width % 4 else 0)
        else:
            function, struct = "conv2d_s8", "Conv2DS8"
            packed = packing.pack_conv2d_s8(weights, is_planar=inputs[0].is_planar)
        # Four pixels with two bytes for each weight of a filter, an even number of them.
        scratch = 8 * packing.even_taps_s8(weights.shape, is_planar=inputs[0].is_planar)
        filters, *window, channels = weights.shape
        if filters >= 3 and window == [3, 3] and channels == 1:
            scratch = max(scratch, _PACKED_FILTERS)
        needs = {"scratch": scratch, "reads_behind": behind}
        return [convolution_s8(function, struct, node, inputs[0], packed, **needs)]

    def examples(self) -> Iterator[Example]:
        for window, stride, padding, filters, shape in (
            ((3, 3), (1, 1), (1, 1, 1, 1), 4, (7, 5, 3)),
            ((3, 3), (2, 2), (0, 0, 1, 1), 3, (9, 10, 1)),
            ((3, 3), (3, 3), (0, 0, 0, 0), 3, (14, 13, 1)),
            ((1, 1), (1, 1), (0, 0, 0, 0), 7, (5, 9, 6)),
            ((1, 1), (1, 1), (0, 0, 0, 0), 5, (2, 3, 4)),
            ((1, 1), (2, 2), (0, 0, 0, 0), 5, (7, 6, 4)),
            ((2, 5), (1, 2), (0, 2, 1, 2), 2, (6, 11, 2)),
            ((5, 3), (1, 1), (0, 0, 0, 0), 6, (5, 3, 2)),
        ):
            attributes = Conv2DAttributes(window, stride, padding, filters, RELU6)
            yield example(self, attributes, shape)
        yield example(self, Conv2DAttributes((3, 3), filters=2), (6, 6, 2))


_PACKED_FILTERS = 100
"""Bytes in which a streamed first layer keeps its three 3x3 filters as its assembly reads them."""


def refuse_dilation_and_groups(config: Mapping[str, object]) -> None:
    """Raises `Unsupported` for what no convolution kernel computes."""
    dilation = pair(config.get("dilation_rate", 1))
    if dilation != (1, 1):
        raise Unsupported(f"dilation_rate={dilation}; only (1, 1) is supported")
    if config.get("groups", 1) != 1:
        raise Unsupported(
            f"groups={config['groups']}; only 1 is supported (DepthwiseConv2D has a kernel)"
        )


def _separable_steps(layer: KerasLayer, tensor: Tensor) -> list[Step]:
    """A depthwise and a pointwise convolution; Keras puts bias and activation on the second."""
    config, weights = layer.config, layer.weights
    window, stride, padding = keras_window(config, tensor, "kernel_size")
    depthwise = weights["depthwise_kernel"]
    rows, columns, channels, multiplier = depthwise.shape
    constants = {"weights": weights["pointwise_kernel"].transpose(3, 0, 1, 2)}
    if config["use_bias"]:
        constants["bias"] = weights["bias"]
    return [
        Step(
            "depthwise_conv2d",
            DepthwiseConv2DAttributes(window, stride, padding, multiplier),
            {"weights": depthwise.reshape(rows, columns, channels * multiplier)},
        ),
        Step("conv2d", Conv2DAttributes((1, 1), filters=int(config["filters"])), constants),
        *activation_steps(config),
    ]
