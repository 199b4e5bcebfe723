"""MobileNetV2, and the same with RNNPool2D in place of its first, largest maps.

Sandler et al., CVPR 2018 (arXiv:1801.04381), table 2; Saha et al., NeurIPS 2020 (arXiv:2002.11921).
"""

from typing import Any, ClassVar

import keras

from micronets.errors import ShapeError
from micronets.models.blocks import bottleneck, convolution
from micronets.models.initializers import fan_in_uniform
from micronets.models.net import Net
from micronets.models.rnnpool import RNNPool2D

_RNN_UNITS = 16
_PATCH = 6
_PATCH_STRIDE = 4
_DROPOUT = 0.2


class MobileNetV2(Net):
    """3.5 million parameters and 301 million multiply-accumulates at 224x224x3 and 1,000 classes.

    A subclass is its data. Every convolution is followed by a batch normalization.

    Attributes:
        stem_filters: Outputs of the first convolution.
        blocks: (expansion, filters, count, stride of the first) of every row of bottlenecks.
        last_filters: Outputs of the last convolution.
    """

    stem_filters: ClassVar[int] = 32
    blocks: ClassVar[tuple[tuple[int, int, int, int], ...]] = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    last_filters: ClassVar[int] = 1280

    def __init__(
        self,
        num_classes: int,
        input_shape: tuple[int, int, int] = (224, 224, 3),
        *,
        name: str | None = None,
        seed: int | None = 0,
    ) -> None:
        """Describe a net; its weights are made when they are first needed.

        Args:
            num_classes: Number of classes, at least 2.
            input_shape: (height, width, channels) of the images.
            name: Name of the Keras model; the class's name in snake case by default.
            seed: Fixes weights, dropout, shuffling and splits; None takes a random one.

        Raises:
            ShapeError: If the images are too small.
            ValueError: If another argument is not allowed.
        """
        super().__init__(num_classes, input_shape, name=name, seed=seed)

    def make_model(self) -> keras.Model:
        """Build the Keras model of this net with fresh weights."""
        layers = keras.layers
        image = keras.Input(self.input_shape, name="image")
        x = convolution(image, self.stem_filters, 3, "stem", self.next_seed, stride=2)
        x = self.pool_stem(x)
        number = 0
        for expansion, filters, count, first_stride in self.blocks:
            for index in range(count):
                number += 1
                stride = first_stride if index == 0 else 1
                x = bottleneck(x, filters, stride, expansion, f"block_{number}", self.next_seed)
        x = convolution(x, self.last_filters, 1, "last", self.next_seed)
        x = layers.GlobalAveragePooling2D(name="last_pool")(x)
        x = layers.Dropout(_DROPOUT, seed=self.next_seed(), name="dropout")(x)
        x = layers.Dense(
            self.num_classes,
            kernel_initializer=fan_in_uniform(self.next_seed(), self.last_filters),
            name="classifier",
        )(x)
        return keras.Model(image, layers.Softmax(name="softmax")(x), name=self.name)

    def pool_stem(self, x: Any) -> Any:
        """What stands between the stem and the bottlenecks: nothing."""
        return x


class MobileNetV2RNNPool(MobileNetV2):
    """Patches of 6x6 take the map behind the stem from 112x112x32 to 28x28x64 at once."""

    blocks = MobileNetV2.blocks[3:]

    def check_input_shape(self, shape: tuple[int, int, int]) -> None:
        """Refuse images without a patch.

        Raises:
            ShapeError: If a side is too short.
        """
        smallest = 2 * _PATCH - 1
        if min(shape[:2]) < smallest:
            raise ShapeError(
                f"{type(self).__name__} needs images of at least {smallest}x{smallest} pixels, "
                f"received input_shape={shape}; use "
                f"({max(shape[0], smallest)}, {max(shape[1], smallest)}, {shape[2]})"
            )

    def pool_stem(self, x: Any) -> Any:
        """Pool the map of the stem to a quarter of its sides."""
        return RNNPool2D(
            _RNN_UNITS,
            patch_size=_PATCH,
            strides=_PATCH_STRIDE,
            edge_padding=1,
            seed=self.next_seed(),
            name="rnnpool",
        )(x)
