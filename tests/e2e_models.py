"""Models that go through the whole compiler: nets from the field, and one of everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras_nets import L, functional, randomise, sequential

import micronets
from micronets.models import MobileNetV2
from micronets.models.blocks import bottleneck, convolution
from micronets.models.head_layers import L2Norm, MaxOutBackground

ZOO = ("PicoMobileNet", "NanoMobileNet", "MicroMobileNet", "MilliMobileNet", "BaseMobileNet")


def zoo_net(name: str, batch_norm: bool = False) -> Any:
    """A net of the zoo with random weights; large enough that the ten outputs differ."""
    net = getattr(micronets, name)(10, batch_norm=batch_norm)
    randomise(net.model, seed=3)
    return net


def _digit_net() -> Any:
    """28x28x1 -> Conv2D(12) -> MaxPool -> Dense(10): logits."""
    return sequential(
        (28, 28, 1),
        L.Conv2D(12, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(10),
    )


def _keras_tutorial_net() -> Any:
    """The convolutional net that Keras's own tutorial trains, on one channel."""
    return sequential(
        (28, 28, 1),
        L.Conv2D(32, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(64, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(64, 3, activation="relu"),
        L.Flatten(),
        L.Dense(64, activation="relu"),
        L.Dense(10, activation="softmax"),
    )


def _rescaling_first() -> Any:
    return sequential(
        (12, 11, 3),
        L.Rescaling(1 / 127.5, offset=-1),
        L.Conv2D(6, 3, padding="same", activation="relu"),
        L.GlobalAveragePooling2D(),
        L.Dense(4, activation="softmax"),
    )


def _batch_norm_everywhere() -> Any:
    """In front of, behind and between layers, also where no convolution can take it in."""
    return sequential(
        (10, 10, 2),
        L.BatchNormalization(),
        L.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
        L.BatchNormalization(),
        L.ReLU(max_value=6),
        L.BatchNormalization(center=False),
        L.DepthwiseConv2D(3, padding="same"),
        L.BatchNormalization(scale=False),
        L.LeakyReLU(negative_slope=0.1),
        L.MaxPooling2D(2),
        L.BatchNormalization(),
        L.Flatten(),
        L.BatchNormalization(),
        L.Dense(5),
        L.BatchNormalization(),
        L.Softmax(),
    )


def _residual() -> Any:
    def body(x: Any) -> Any:
        x = L.Conv2D(6, 3, padding="same", activation="relu")(x)
        for _ in range(2):
            y = L.Conv2D(6, 3, padding="same", use_bias=False)(x)
            y = L.BatchNormalization()(y)
            y = L.ReLU()(y)
            y = L.SeparableConv2D(6, 3, padding="same")(y)
            x = L.ReLU()(L.Add()([x, y]))
        y = L.Conv2D(8, 1, strides=2)(x)
        z = L.AveragePooling2D(2, padding="same")(L.Conv2D(8, 1)(x))
        x = L.Add()([y, z, y])
        return L.Dense(3, activation="softmax")(L.GlobalMaxPooling2D()(x))

    return functional((9, 8, 3), body)


def _inception() -> Any:
    def body(x: Any) -> Any:
        x = L.Concatenate()(
            [
                L.Conv2D(3, 1, activation="relu")(x),
                L.Conv2D(2, 5, padding="same", activation="relu6")(x),
                L.MaxPooling2D(3, strides=1, padding="same")(x),
            ]
        )
        x = L.Concatenate()([x, x])
        rows = L.Reshape((8, -1))(L.AveragePooling2D((1, 2))(x))
        rows = L.Concatenate()([L.Dense(4, activation="tanh")(rows), rows])
        return L.Dense(5, activation="softmax")(L.Flatten()(rows))

    return functional((8, 8, 2), body)


def _several_heads() -> Any:
    """Classes, a sigmoid, a map and the features: heads of every rank and layout."""

    def body(x: Any) -> Any:
        x = L.Conv2D(5, 3, strides=2, activation="relu")(x)
        pooled = L.GlobalAveragePooling2D()(x)
        return [
            L.Dense(4, activation="softmax", name="kind")(pooled),
            L.Dense(1, activation="sigmoid", name="certain")(pooled),
            L.Conv2D(2, 3, padding="same", name="mask")(x),
            x,
        ]

    return functional((11, 10, 1), body)


def _dict_of_heads() -> Any:
    source = keras.Input((6, 6, 1))
    features = L.Flatten()(source)
    outputs = {"b": L.Dense(2)(features), "a": L.Dense(3, activation="softmax")(features)}
    return randomise(keras.Model(source, outputs, name="net"))


def _odd_reshapes() -> Any:
    return sequential(
        (6, 4, 3),
        L.Reshape((4, 6, 3)),
        L.Conv2D(4, 3),
        L.Reshape((-1, 4)),
        L.Dense(6, activation="relu"),
        L.Reshape((4, 2, 6)),
        L.MaxPooling2D((2, 1)),
        L.Flatten(),
        L.Reshape((2, 3, 4)),
        L.ReLU(),
        L.Flatten(),
        L.Flatten(),
        L.Dense(3),
    )


def _map_output() -> Any:
    """A segmentation: softmax at each pixel."""
    return sequential(
        (7, 9, 3),
        L.Conv2D(4, 3, padding="same", activation="relu"),
        L.Dense(3, activation="softmax"),
    )


def _keyword_spotting() -> Any:
    """49 frames of 10 coefficients without a channel axis, as in speech commands."""
    return sequential(
        (49, 10),
        L.Reshape((49, 10, 1)),
        L.Conv2D(8, (10, 4), strides=(2, 2), padding="same", activation="relu"),
        L.DepthwiseConv2D(3, padding="same", activation="relu"),
        L.Conv2D(8, 1, activation="relu"),
        L.AveragePooling2D((25, 5)),
        L.Flatten(),
        L.Dense(12, activation="softmax"),
    )


def _one_pixel() -> Any:
    return sequential(
        (1, 1, 3),
        L.Conv2D(4, 3, padding="same", activation="relu"),
        L.DepthwiseConv2D(3, padding="same"),
        L.ZeroPadding2D(1),
        L.MaxPooling2D(3),
        L.Flatten(),
        L.Dense(2),
    )


def _single_sigmoid() -> Any:
    return sequential((8, 8, 1), L.Conv2D(3, 3), L.Flatten(), L.Dense(1, activation="sigmoid"))


def _one_output() -> Any:
    """A regression: one value that is no probability."""
    return sequential((5, 5, 1), L.Flatten(), L.Dense(1))


def _vector() -> Any:
    return sequential(
        (13,), L.Dense(8, activation="tanh"), L.Dropout(0.5), L.Dense(3), L.Activation("sigmoid")
    )


def _wide_paddings() -> Any:
    return sequential(
        (5, 6, 2),
        L.ZeroPadding2D(((0, 3), (2, 1))),
        L.SeparableConv2D(5, (3, 2), strides=2, depth_multiplier=2, activation="relu6"),
        L.ZeroPadding2D(1),
        L.MaxPooling2D(2),
        L.ZeroPadding2D(2),
        L.AveragePooling2D(3, strides=2),
        L.Flatten(),
        L.Dense(4),
    )


def _colour_mobilenet() -> Any:
    net = micronets.PicoMobileNet(7, input_shape=(33, 47, 3), batch_norm=True)
    return randomise(net.model, seed=5)


def _everything_in_place() -> Any:
    return sequential(
        (6, 6, 3),
        L.ReLU(),
        L.Activation("tanh"),
        L.LeakyReLU(negative_slope=0.2),
        L.Softmax(),
        L.GlobalAveragePooling2D(keepdims=True),
        L.Conv2D(3, 1),
        L.Flatten(),
        L.Softmax(),
    )


class _SmallV2(MobileNetV2):
    """Every kind of bottleneck: with and without widening, stride and addition."""

    stem_filters = 6
    blocks = ((1, 4, 1, 1), (3, 6, 2, 2), (4, 8, 3, 2), (2, 10, 2, 1))
    last_filters = 24


def _bottlenecks() -> Any:
    return randomise(_SmallV2(5, (64, 64, 3)).model, seed=1)


def _face_heads() -> Any:
    """What stands behind RNNPool2D in a face net: heads of several maps, joined prior by prior."""
    seeds = iter(range(100)).__next__

    def body(x: Any) -> Any:
        x = convolution(x, 8, 3, "stem", seeds, stride=2)
        locs, confs = [], []
        for number, (filters, stride) in enumerate([(8, 1), (8, 1), (12, 2)], start=1):
            x = bottleneck(x, filters, stride, 2, f"block_{number}", seeds)
            normal = L2Norm(6.0 * number, name=f"norm_{number}")(x) if number < 3 else x
            loc = L.Conv2D(4, 3, padding="same")(normal)
            conf = L.Conv2D(4 if number == 1 else 2, 3, padding="same")(normal)
            conf = MaxOutBackground()(conf) if number == 1 else conf
            locs.append(L.Reshape((-1, 4))(loc))
            confs.append(L.Reshape((-1, 2))(conf))
        joined = L.Concatenate(axis=1, name="loc")(locs), L.Concatenate(axis=1, name="conf")(confs)
        return list(joined)

    return functional((19, 26, 1), body)


MODELS: dict[str, Callable[[], Any]] = {
    "DigitNet": _digit_net,
    "KerasTutorialNet": _keras_tutorial_net,
    "RescalingFirst": _rescaling_first,
    "BatchNormEverywhere": _batch_norm_everywhere,
    "Residual": _residual,
    "Inception": _inception,
    "SeveralHeads": _several_heads,
    "DictOfHeads": _dict_of_heads,
    "OddReshapes": _odd_reshapes,
    "MapOutput": _map_output,
    "KeywordSpotting": _keyword_spotting,
    "OnePixel": _one_pixel,
    "SingleSigmoid": _single_sigmoid,
    "OneOutput": _one_output,
    "VectorNet": _vector,
    "WidePaddings": _wide_paddings,
    "ColourMobileNet": _colour_mobilenet,
    "EverythingInPlace": _everything_in_place,
    "Bottlenecks": _bottlenecks,
    "FaceHeads": _face_heads,
}
