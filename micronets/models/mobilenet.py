"""MobileNets for microcontrollers: from 844 to 30,040 parameters at 96x96x1 and 10 classes.

These are the parameters with `batch_norm=False`; folded batch normalizations add some biases.
"""

from typing import Any, ClassVar

import keras

from micronets.errors import ShapeError
from micronets.models.initializers import (
    depthwise_initializer,
    pass_through,
    pointwise_initializer,
    stem_initializer,
)
from micronets.models.net import Net
from micronets.models.sparsity import GroupLasso

# The stem is a 3x3 window without padding; every later layer pads, so it alone sets a limit.
_SMALLEST_SIDE = 3
_STEM_CHANNELS = 3
_DROPOUT = 0.1
# The moving averages must settle within the few hundred steps of a short training.
_BATCH_NORM_MOMENTUM = 0.9


class MobileNet(Net):
    """A stem, a row of depthwise separable blocks, and one maximum per channel to judge by.

    A subclass is two lines of data. All convolutions but the last have no bias; unless
    `batch_norm=False`, each of them is followed by a batch normalization, which becomes a bias
    at export. `input_shape` may have any height and width of at least 3 and 1 or 3 channels.

    With `sparsity`, a group lasso pulls on the filters of the stem and of the pointwise layers.
    Where a batch normalization stands behind these, their scale means nothing; then it pulls on
    the factors of the normalizations behind every depthwise and the last pointwise layer. A
    channel with factor 0 is the same everywhere, which the next layer, unpadded, takes into its
    bias, and then nobody reads the channel in front of it.

    Attributes:
        stem_stride: Stride of the first convolution.
        blocks: (filters, stride) of every separable block.
    """

    stem_stride: ClassVar[int] = 2
    blocks: ClassVar[tuple[tuple[int, int], ...]] = ()

    def check_input_shape(self, shape: tuple[int, int, int]) -> None:
        """Refuse shapes that this architecture cannot work on.

        Raises:
            ShapeError: If a side is shorter than the stem's window.
            ValueError: If there are not 1 or 3 channels.
        """
        height, width, channels = shape
        if channels not in (1, 3):
            raise ValueError(
                f"{type(self).__name__} takes 1 channel (gray) or 3 (RGB), received {channels} in "
                f"input_shape={shape}, which is read as (height, width, channels)"
            )
        if min(height, width) < _SMALLEST_SIDE:
            raise ShapeError(
                f"{type(self).__name__} needs images of at least {_SMALLEST_SIDE}x{_SMALLEST_SIDE} "
                f"pixels, received input_shape={shape}; use "
                f"({max(height, _SMALLEST_SIDE)}, {max(width, _SMALLEST_SIDE)}, {channels})"
            )

    def make_model(self) -> keras.Model:
        """Build the Keras model of this net with fresh weights."""
        layers = keras.layers
        image = keras.Input(self.input_shape, name="image")
        x = self._convolve(
            image,
            layers.Conv2D(
                _STEM_CHANNELS,
                3,
                strides=self.stem_stride,
                use_bias=False,
                kernel_initializer=stem_initializer(self.next_seed()),
                kernel_regularizer=self._filter_regularizer(),
                name="stem",
            ),
        )
        for number, (filters, stride) in enumerate(self.blocks, start=1):
            last = number == len(self.blocks)
            x = self._separable_block(x, filters, stride, f"block_{number}", last=last)
        x = layers.MaxPooling2D(pool_size=(x.shape[1], x.shape[2]), name="pool")(x)
        x = layers.Dropout(_DROPOUT, seed=self.next_seed(), name="dropout")(x)
        x = layers.Conv2D(
            self.num_classes,
            1,
            kernel_initializer=keras.initializers.GlorotUniform(self.next_seed()),
            name="classifier",
        )(x)
        x = layers.Flatten(name="flatten")(x)
        return keras.Model(image, layers.Softmax(name="softmax")(x), name=self.name)

    def _separable_block(self, x: Any, filters: int, stride: int, name: str, *, last: bool) -> Any:
        """Filter every channel by itself, then mix the channels."""
        layers = keras.layers
        channels = x.shape[-1]
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
        depthwise = layers.DepthwiseConv2D(
            3,
            strides=stride,
            use_bias=False,
            depthwise_initializer=depthwise_initializer(self.next_seed()),
            name=f"{name}_depthwise",
        )
        x = self._convolve(x, depthwise, self.channel_regularizer())
        x = layers.ReLU(max_value=6, name=f"{name}_depthwise_relu6")(x)
        pass_through(depthwise)
        pointwise = layers.Conv2D(
            filters,
            1,
            use_bias=False,
            kernel_initializer=pointwise_initializer(self.next_seed(), channels, filters),
            kernel_regularizer=self._filter_regularizer(),
            name=f"{name}_pointwise",
        )
        x = self._convolve(x, pointwise, self.channel_regularizer() if last else None)
        return layers.ReLU(max_value=6, name=f"{name}_pointwise_relu6")(x)

    def _filter_regularizer(self) -> GroupLasso | None:
        """For the filters of a layer that mixes channels."""
        return None if self.batch_norm else self.channel_regularizer()

    def _convolve(
        self, x: Any, convolution: keras.Layer, regularizer: GroupLasso | None = None
    ) -> Any:
        """Apply a convolution and, if asked for, the batch normalization behind it."""
        x = convolution(x)
        if not self.batch_norm:
            return x
        return keras.layers.BatchNormalization(
            momentum=_BATCH_NORM_MOMENTUM,
            gamma_regularizer=regularizer,
            name=f"{convolution.name}_batch_norm",
        )(x)


class PicoMobileNet(MobileNet):
    """844 parameters and 53,808 multiply-accumulates at 96x96x1 and 10 classes.

    Example:
        >>> PicoMobileNet(10, batch_norm=False).model.count_params()
        844
    """

    stem_stride = 3
    blocks = ((6, 2), (12, 2), (24, 2))


class NanoMobileNet(MobileNet):
    """1,636 parameters and 125,331 multiply-accumulates at 96x96x1 and 10 classes."""

    blocks = ((6, 2), (12, 2), (24, 2), (24, 2))


class MicroMobileNet(MobileNet):
    """4,264 parameters and 612,240 multiply-accumulates at 96x96x1 and 10 classes."""

    blocks = ((6, 1), (12, 2), (12, 1), (24, 2), (24, 1), (24, 2), (24, 1), (24, 2))


class MilliMobileNet(MobileNet):
    """11,704 parameters and 745,320 multiply-accumulates at 96x96x1 and 10 classes."""

    blocks = ((6, 1), (12, 2), (12, 1), (24, 2), (24, 1), (48, 2), (48, 1), (48, 2), (48, 1))


class BaseMobileNet(MobileNet):
    """30,040 parameters and 1,128,120 multiply-accumulates at 96x96x1 and 10 classes."""

    blocks = (
        *((6, 1), (12, 2), (12, 1), (24, 2), (24, 1), (48, 2)),
        *((48, 1), (48, 1), (48, 1), (48, 1), (96, 2), (96, 1)),
    )
