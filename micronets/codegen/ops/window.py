"""Sliding windows: geometry, padding and the numpy view that the references share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from micronets.codegen.graph import Attributes, FloatArray, Tensor
from micronets.codegen.ops.base import Field, Unsupported

Padding = tuple[int, int, int, int]
"""Cells added at the top, left, bottom and right."""

NO_PADDING: Padding = (0, 0, 0, 0)


@dataclass(frozen=True)
class WindowAttributes(Attributes):
    """A window that slides over a map.

    Args:
        window: Height and width.
        stride: Along y and x.
        padding: Cells added at the top, left, bottom and right.
    """

    window: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = NO_PADDING

    def __post_init__(self) -> None:
        if min(self.window) < 1 or min(self.stride) < 1 or min(self.padding) < 0:
            raise ValueError(f"window, stride >= 1 and padding >= 0 expected. Received: {self}")

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the output."""
        top, left, bottom, right = self.padding
        return (
            (height + top + bottom - self.window[0]) // self.stride[0] + 1,
            (width + left + right - self.window[1]) // self.stride[1] + 1,
        )

    def covers(self, tensor: Tensor) -> bool:
        """True where the window is the whole map: a convolution is then a dense layer."""
        return self.window == tensor.map_shape[:2] and not any(self.padding)

    def text(self) -> str:
        """As `3x3/2`, for the layer table."""
        stride = self.stride
        step = str(stride[0]) if stride[0] == stride[1] else f"{stride[0]}x{stride[1]}"
        return f"{self.window[0]}x{self.window[1]}" + ("" if step == "1" else f"/{step}")


def same_padding(size: int, window: int, stride: int) -> tuple[int, int]:
    """What Keras's padding="same" adds before and after one side."""
    total = max((math.ceil(size / stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def keras_window(
    config: Mapping[str, Any], tensor: Tensor, window_key: str
) -> tuple[tuple[int, int], tuple[int, int], Padding]:
    """Window, stride and padding of a Keras layer that reads `tensor`."""
    window = pair(config[window_key])
    stride = pair(config.get("strides") or window)
    height, width, _ = require_map(tensor)
    padding = NO_PADDING
    if config["padding"] == "same":
        top, bottom = same_padding(height, window[0], stride[0])
        left, right = same_padding(width, window[1], stride[1])
        padding = (top, left, bottom, right)
    elif config["padding"] != "valid":
        raise Unsupported(f"padding={config['padding']!r}; only 'valid' and 'same' are supported")
    return window, stride, padding


def require_map(tensor: Tensor) -> tuple[int, int, int]:
    """The shape `(height, width, channels)`; windows need all three axes."""
    if len(tensor.shape) != 3:
        raise Unsupported(f"input of shape {tensor.shape}; (height, width, channels) is needed")
    return tensor.map_shape


def pair(value: Any) -> tuple[int, int]:
    """Keras's int or pair of ints."""
    if isinstance(value, int):
        return value, value
    first, second = value
    return int(first), int(second)


def sliding_windows(
    x: FloatArray, attributes: WindowAttributes, fill: float = 0.0
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """All windows of a batch of maps: `(batch, y, x, channels, window_y, window_x)`."""
    top, left, bottom, right = attributes.padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(padded, attributes.window, axis=(1, 2))
    return view[:, :: attributes.stride[0], :: attributes.stride[1]]


def window_fields(attributes: WindowAttributes) -> list[Field]:
    """`micronets::Window` and `micronets::Padding` in C++."""
    window = (*attributes.window, *attributes.stride)
    return [
        Field("window   h w  sy sx", "{" + ", ".join(map(str, window)) + "}"),
        Field("padding  t l b r", "{" + ", ".join(map(str, attributes.padding)) + "}"),
    ]
