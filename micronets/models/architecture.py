"""A description of a Keras model that is built when it is first needed."""

from typing import Any, Self

import keras
import numpy as np

from micronets.models.arguments import checked_seed, checked_shape, snake_case
from micronets.models.writer import Writer


class Architecture(Writer):
    """Holds a Keras model, which a subclass makes in `make_model`; saves, loads and exports it.

    Attributes:
        input_shape: (height, width, channels).
        name: Name of the Keras model.
    """

    def __init__(
        self, input_shape: tuple[int, int, int], *, name: str | None = None, seed: int | None = 0
    ) -> None:
        """Describe a model; its weights are made when they are first needed.

        Args:
            input_shape: (height, width, channels) of the images.
            name: Name of the Keras model; the class's name in snake case by default.
            seed: Fixes the first weights; None takes random ones.

        Raises:
            ShapeError: If the images are too small.
            ValueError: If another argument is not allowed.
        """
        self.input_shape = checked_shape(input_shape)
        self.check_input_shape(self.input_shape)
        self.name = name or snake_case(type(self).__name__)
        self.calibration: np.ndarray | None = None
        self._seeds = np.random.SeedSequence(checked_seed(seed))
        self._model: keras.Model | None = None

    def make_model(self) -> keras.Model:
        """Build the Keras model; draw the seed of every layer from `next_seed`."""
        raise NotImplementedError(f"{type(self).__name__} must implement make_model()")

    def check_input_shape(self, shape: tuple[int, int, int]) -> None:
        """Raise if the architecture cannot work on images of this shape."""

    def next_seed(self) -> int:
        """Draw a seed; the same net draws the same ones."""
        return int(self._seeds.spawn(1)[0].generate_state(1)[0])

    @property
    def model(self) -> keras.Model:
        """The Keras model, built on first use."""
        if self._model is None:
            self._model = self.make_model()
        return self._model

    def build(self) -> Self:
        """Make the layers and their weights, unless they exist; call it inside a
        `tf.distribute` scope to train on several devices.
        """
        _ = self.model
        return self

    def summary(self, **keras_options: Any) -> None:
        """Print the layers, as `keras.Model.summary` does."""
        self.model.summary(**keras_options)
