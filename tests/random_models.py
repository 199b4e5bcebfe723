"""Random Keras models of supported layers, with recipes, so that a failure can be read."""

from __future__ import annotations

import random
from typing import Any

from keras_nets import L, functional

from micronets.models import RNNPool2D

_ACTIVATIONS = (None, "relu", "relu6", "tanh", "sigmoid", "softmax")


class _Writer:
    """Chooses layers by a seed and keeps the recipe, so that a failure can be read."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.recipe: list[str] = []

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def apply(self, layer: str, x: Any, **arguments: Any) -> Any:
        self.recipe.append(f"{layer}({arguments})")
        return getattr(L, layer)(**arguments)(x)

    def convolution(self, x: Any) -> Any:
        kind = self.pick("Conv2D", "DepthwiseConv2D", "SeparableConv2D")
        sides = x.shape[1:3]
        arguments: dict[str, Any] = {
            "kernel_size": tuple(self.pick(*range(1, min(4, side) + 1)) for side in sides),
            "strides": self.pick(1, 1, 2, 3),
            "padding": self.pick("same", "valid"),
            "use_bias": self.pick(True, False),
            "activation": self.pick(*_ACTIVATIONS),
        }
        if kind != "DepthwiseConv2D":
            arguments["filters"] = self.pick(1, 2, 3, 4, 5, 8)
        if kind != "Conv2D":
            arguments["depth_multiplier"] = self.pick(1, 1, 2)
        return self.apply(kind, x, **arguments)

    def pool(self, x: Any) -> Any:
        sides = x.shape[1:3]
        return self.apply(
            self.pick("MaxPooling2D", "AveragePooling2D"),
            x,
            pool_size=tuple(self.pick(*range(1, min(3, side) + 1)) for side in sides),
            strides=self.pick(1, 2),
            padding=self.pick("same", "valid"),
        )

    def pointwise(self, x: Any) -> Any:
        kinds = ["ReLU", "LeakyReLU", "Activation", "Dropout"]
        if any("kernel_size" in line or "pool_size" in line for line in self.recipe):
            # In front of all others it would change what pixels mean, perhaps to what int8 refuses.
            kinds.append("BatchNormalization")
        kind = self.pick(*kinds)
        if kind == "ReLU":
            return self.apply(kind, x, max_value=self.pick(None, 6, 0.5))
        if kind == "Activation":
            return self.apply(kind, x, activation=self.pick(*_ACTIVATIONS[1:]))
        return self.apply(kind, x, **({"rate": 0.5} if kind == "Dropout" else {}))

    def rnnpool(self, x: Any) -> Any:
        arguments = {
            "rnn1_units": self.pick(1, 3, 8),
            "patch_size": tuple(self.pick(*range(1, min(5, side) + 1)) for side in x.shape[1:3]),
            "strides": self.pick(1, 2, 4),
            "edge_padding": self.pick(0, 1),
        }
        self.recipe.append(f"RNNPool2D({arguments})")
        return RNNPool2D(**arguments)(x)

    def padding(self, x: Any) -> Any:
        sides = tuple((self.pick(0, 1, 2), self.pick(0, 1)) for _ in range(2))
        return self.apply("ZeroPadding2D", x, padding=sides)

    def residual(self, x: Any) -> Any:
        y = self.apply(
            "Conv2D",
            x,
            filters=x.shape[-1],
            kernel_size=self.pick(1, 3),
            padding="same",
            activation=self.pick(*_ACTIVATIONS),
        )
        self.recipe.append("Add")
        return L.Add()([x, self.pointwise(y)])

    def inception(self, x: Any) -> Any:
        y = self.apply("Conv2D", x, filters=self.pick(1, 2, 3), kernel_size=3, padding="same")
        self.recipe.append("Concatenate")
        return L.Concatenate()(self.pick([x, y], [y, x], [y, x, y]))

    def head(self, x: Any) -> Any:
        if self.pick(True, False):
            x = self.apply(self.pick("GlobalMaxPooling2D", "GlobalAveragePooling2D"), x)
        else:
            x = self.apply("Flatten", x)
        if self.pick(True, False):
            x = self.apply("Dense", x, units=5, activation="relu")
        return self.apply(
            "Dense", x, units=self.pick(1, 2, 10), activation=self.pick(None, "softmax", "sigmoid")
        )

    def net(self, x: Any) -> Any:
        steps = (
            self.convolution,
            self.convolution,
            self.pool,
            self.pointwise,
            self.padding,
            self.residual,
            self.inception,
            self.rnnpool,
        )
        for _ in range(self.pick(1, 2, 3, 4, 5, 6)):
            x = self.pick(*steps)(x)
        ending = self.pick("head", "head", "head", "map", "both")
        if ending == "map":
            return self.convolution(x)
        return [self.head(x), self.convolution(x)] if ending == "both" else self.head(x)


def random_model(seed: int) -> tuple[Any, str]:
    """A model and how it was made. (Hypothesis cannot build Keras layers while it draws.)"""
    writer = _Writer(seed)
    shape = (*(writer.pick(*range(1, 13)) for _ in range(2)), writer.pick(1, 2, 3, 4))
    model = functional(shape, writer.net, seed=seed % 2**32)
    return model, "\n".join([f"seed {seed}, input {shape}", *writer.recipe])
