"""Max and average pooling, global pooling included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from micronets.codegen.graph import FloatArray, Node, Tensor
from micronets.codegen.numerics import LOWEST, Int8Array, Quantization
from micronets.codegen.ops.base import (
    Example,
    KerasLayer,
    KernelCall,
    OpSpec,
    Step,
    example,
    shape_field,
)
from micronets.codegen.ops.products_s8 import as_exact
from micronets.codegen.ops.reshape import ReshapeAttributes
from micronets.codegen.ops.window import (
    WindowAttributes,
    keras_window,
    require_map,
    sliding_windows,
    window_fields,
)


class _Pool2D(OpSpec):
    """Base of both kinds; padding never takes part in the result."""

    def from_keras(self, layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
        if not layer.class_name.startswith("Global"):
            window, stride, padding = keras_window(layer.config, inputs[0], "pool_size")
            return [Step(self.name, WindowAttributes(window, stride, padding))]
        height, width, channels = require_map(inputs[0])
        steps = [Step(self.name, WindowAttributes((height, width), (height, width)))]
        if not layer.config.get("keepdims", False):
            steps.append(Step("reshape", ReshapeAttributes((channels,))))
        return steps

    def infer(self, attributes: WindowAttributes, inputs: Sequence[Tensor]) -> tuple[int, ...]:
        height, width, channels = inputs[0].map_shape
        return (*attributes.output_size(height, width), channels)

    def title(self, attributes: WindowAttributes) -> str:
        return f"{self.name.removesuffix('2d').replace('_', ' ')} {attributes.text()}"

    def calls(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: WindowAttributes = node.attributes  # type: ignore[assignment]
        function = f"{self.name}_f32"
        fields = (shape_field("input", inputs[0]), shape_field("output", node.output))
        return [
            KernelCall(
                function,
                f"micronets/kernels/{function}.h",
                "Pool2D",
                (*fields, *window_fields(attributes)),
            )
        ]

    def output_quantization(
        self, node: Node, inputs: Sequence[Tensor], observed: Quantization
    ) -> Quantization:
        return inputs[0].quant

    def calls_s8(self, node: Node, inputs: Sequence[Tensor]) -> list[KernelCall]:
        attributes: WindowAttributes = node.attributes  # type: ignore[assignment]
        function = f"{self.name}_s8"
        fields = (shape_field("input", inputs[0]), shape_field("output", node.output))
        header = f"micronets/kernels/{function}.h"
        return [
            KernelCall(
                function,
                header,
                "Pool2D",
                (*fields, *window_fields(attributes)),
                reads=("input.extent()",),
            )
        ]

    def examples(self) -> Iterator[Example]:
        for window, stride, padding, shape in (
            ((2, 2), (2, 2), (0, 0, 0, 0), (7, 6, 3)),
            ((3, 3), (2, 2), (0, 0, 1, 1), (8, 6, 2)),
            ((3, 3), (1, 1), (1, 1, 1, 1), (5, 5, 1)),
            ((2, 3), (1, 2), (0, 1, 1, 1), (4, 7, 2)),
            ((5, 4), (5, 4), (0, 0, 0, 0), (5, 4, 3)),
        ):
            yield example(self, WindowAttributes(window, stride, padding), shape)


class MaxPool2D(_Pool2D):
    """The largest value of each window."""

    name = "max_pool2d"
    keras_layers = ("MaxPooling2D", "GlobalMaxPooling2D")

    def evaluate(
        self,
        attributes: WindowAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        y: FloatArray = sliding_windows(inputs[0], attributes, -np.inf).max(axis=(-2, -1))
        return y

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        attributes: WindowAttributes = node.attributes  # type: ignore[assignment]
        windows = sliding_windows(as_exact(codes[0]), attributes, LOWEST)
        return np.asarray(windows.max(axis=(-2, -1)), np.int8)


class AveragePool2D(_Pool2D):
    """The mean of each window's real cells, as Keras with padding="same"."""

    name = "average_pool2d"
    keras_layers = ("AveragePooling2D", "GlobalAveragePooling2D")

    def evaluate(
        self,
        attributes: WindowAttributes,
        inputs: Sequence[FloatArray],
        constants: Mapping[str, FloatArray],
    ) -> FloatArray:
        cells = sliding_windows(np.ones_like(inputs[0][:1, :, :, :1]), attributes)
        total = sliding_windows(inputs[0], attributes).sum(axis=(-2, -1))
        return np.asarray(total / cells.sum(axis=(-2, -1)), np.float32)

    def evaluate_s8(
        self, node: Node, inputs: Sequence[Tensor], codes: Sequence[Int8Array]
    ) -> Int8Array:
        attributes: WindowAttributes = node.attributes  # type: ignore[assignment]
        # From 0 up, so that one unsigned division rounds halves up for every sign.
        raised = as_exact(codes[0]) - LOWEST
        total = sliding_windows(raised, attributes).sum(axis=(-2, -1)).astype(np.int64)
        cells = sliding_windows(np.ones_like(raised[:1, :, :, :1]), attributes)
        count = cells.sum(axis=(-2, -1)).astype(np.int64)
        return np.asarray((2 * total + count) // (2 * count) + LOWEST, np.int8)
