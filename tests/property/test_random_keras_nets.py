"""Random Keras models of supported layers: import, passes, schedule, header, program = Keras."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from header_batch import Case, assert_close, run_batch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from keras_nets import L, functional

from micronets.codegen.pipeline import compile_model

_NETS = 20
_IMAGES = 4

_BATCHES = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)

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
        kind = self.pick("BatchNormalization", "ReLU", "LeakyReLU", "Activation", "Dropout")
        if kind == "ReLU":
            return self.apply(kind, x, max_value=self.pick(None, 6, 0.5))
        if kind == "Activation":
            return self.apply(kind, x, activation=self.pick(*_ACTIVATIONS[1:]))
        return self.apply(kind, x, **({"rate": 0.5} if kind == "Dropout" else {}))

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


@pytest.mark.slow
# Keras warns of a softmax over one channel, which random nets have.
@pytest.mark.filterwarnings("ignore:(?s).*axis has size 1:UserWarning")
@_BATCHES
@given(seeds=st.lists(st.integers(0, 10**9), min_size=_NETS, max_size=_NETS, unique=True))
def test_header_computes_what_keras_computes(
    tmp_path_factory: pytest.TempPathFactory, need_target, seeds: list[int]
) -> None:
    need_target("host")
    models = [random_model(seed) for seed in seeds]
    cases = []
    for number, (model, _) in enumerate(models):
        export = compile_model(model, class_name=f"Net{number}", pixel_scale=1 / 100)
        rng = np.random.default_rng(number)
        shape = (_IMAGES, *export.graph.input.shape)
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        floats = rng.normal(0, 1, shape).astype(np.float32)
        cases.append(Case(export, pixels if number % 3 == 0 else floats))
    answers = run_batch(cases, tmp_path_factory.mktemp("keras"))
    for (_, recipe), case, answer in zip(models, cases, answers, strict=True):
        images = case.images
        if images.dtype == np.uint8:
            images = (images / np.float32(100)).astype(np.float32)
        expected = [head.reshape(_IMAGES, -1) for head in case.export.reference(images)]
        assert_close(answer.heads, expected, f"the net\n{recipe}\n")
