"""Convolutions with batch normalization, and MobileNetV2's inverted bottlenecks of them.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018
(arXiv:1801.04381), section 3.3. A window of 3 is padded by one on every side, whatever the stride
and the size of the map; Keras's "same" would pad an even map at the bottom and right only.
"""

from collections.abc import Callable
from typing import Any

import keras

from micronets.models.initializers import fan_in_uniform

_BATCH_NORM_EPSILON = 1e-5
_BATCH_NORM_MOMENTUM = 0.9

SeedSource = Callable[[], int]


def convolution(
    x: Any,
    filters: int,
    size: int,
    name: str,
    next_seed: SeedSource,
    *,
    stride: int = 1,
    relu6: bool = True,
) -> Any:
    """Convolve, normalize and, unless `relu6=False`, clamp to 0..6.

    Args:
        x: Map (batch, height, width, channels).
        filters: Number of outputs.
        size: Height and width of the window.
        name: Name of the convolution; the other layers append to it.
        next_seed: Gives the seed of the first weights.
        stride: Stride of the window.
        relu6: Whether an activation ends the block.
    """
    x, padding = _pad(x, size, stride, name)
    x = keras.layers.Conv2D(
        filters,
        size,
        strides=stride,
        padding=padding,
        use_bias=False,
        kernel_initializer=fan_in_uniform(next_seed(), size * size * x.shape[-1]),
        name=name,
    )(x)
    return _normalize(x, name, relu6=relu6)


def bottleneck(
    x: Any, filters: int, stride: int, expansion: int, name: str, next_seed: SeedSource
) -> Any:
    """Widen the map, filter every channel by itself, narrow the map without an activation.

    The input is added to the output where both have one shape. An expansion of 1 widens nothing.

    Args:
        x: Map (batch, height, width, channels).
        filters: Number of outputs.
        stride: Stride of the 3x3 windows.
        expansion: Channels in the middle for each channel of the input.
        name: All layers begin with it.
        next_seed: Gives the seeds of the first weights.
    """
    y = x
    if expansion != 1:
        y = convolution(y, expansion * x.shape[-1], 1, f"{name}_expand", next_seed)
    y, padding = _pad(y, 3, stride, f"{name}_depthwise")
    y = keras.layers.DepthwiseConv2D(
        3,
        strides=stride,
        padding=padding,
        use_bias=False,
        depthwise_initializer=fan_in_uniform(next_seed(), 9),
        name=f"{name}_depthwise",
    )(y)
    y = _normalize(y, f"{name}_depthwise", relu6=True)
    y = convolution(y, filters, 1, f"{name}_project", next_seed, relu6=False)
    if stride == 1 and filters == x.shape[-1]:
        y = keras.layers.Add(name=f"{name}_add")([x, y])
    return y


def _pad(x: Any, size: int, stride: int, name: str) -> tuple[Any, str]:
    """The map, padded where the convolution cannot do it, and what the convolution does."""
    if size == 1 or stride == 1:
        return x, "same"
    return keras.layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x), "valid"


def _normalize(x: Any, name: str, *, relu6: bool) -> Any:
    x = keras.layers.BatchNormalization(
        momentum=_BATCH_NORM_MOMENTUM, epsilon=_BATCH_NORM_EPSILON, name=f"{name}_batch_norm"
    )(x)
    return keras.layers.ReLU(max_value=6, name=f"{name}_relu6")(x) if relu6 else x
