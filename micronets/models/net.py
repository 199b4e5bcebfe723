"""The base class of the zoo: a Keras model with short ways to train and to export it."""

from typing import Any, Self

import keras
import numpy as np

from micronets.models.architecture import Architecture
from micronets.models.arguments import (
    checked_flag,
    checked_num_classes,
    checked_sparsity,
    verbosity,
)
from micronets.models.batches import is_array_like, to_float
from micronets.models.checks import Expectation, check_images, raise_problems
from micronets.models.config import Config
from micronets.models.feed import Feeding, feed_evaluation, feed_training
from micronets.models.sparsity import GroupLasso
from micronets.models.training import LOSSES, run_fit


class Net(Architecture):
    """A classifier of images that trains the Keras way and exports one C++ header.

    A subclass implements `make_model`. Every step is optional: `fit` builds and compiles by
    itself, and `predict`, `save` or `export_cpp` build what is not built yet.

    uint8 images hold pixels 0..255 and become `pixel * pixel_scale + pixel_offset`, here as in
    the C++ class; float images are used as they are.

    Attributes:
        num_classes: Number of outputs.
        input_shape: (height, width, channels).
        batch_norm: Whether the net trains with batch normalization.
        sparsity: How hard the training pulls whole channels to zero.
        name: Name of the Keras model.
        config: How to train; see Config.
        calibration: Up to 256 float32 training images that `fit` keeps for an int8 export, or
            None before.

    Example:
        >>> from micronets import PicoMobileNet
        >>> net = PicoMobileNet(10, input_shape=(32, 32, 1))
        >>> net.predict(np.zeros((5, 32, 32, 1), np.float32)).shape
        (5, 10)
    """

    def __init__(
        self,
        num_classes: int,
        input_shape: tuple[int, int, int] = (96, 96, 1),
        *,
        batch_norm: bool = True,
        sparsity: float = 0.0,
        name: str | None = None,
        seed: int | None = 0,
    ) -> None:
        """Describe a net; its weights are made when they are first needed.

        Args:
            num_classes: Number of classes, at least 2.
            input_shape: (height, width, channels) of the images.
            batch_norm: Train with a batch normalization behind every convolution but the last;
                export folds each into a bias per channel. False gives a net without them.
            sparsity: Strength of a group lasso on whole channels, such as 0.01: channels that help
                little become exactly zero while the net trains, and export deletes them. 0 is none.
            name: Name of the Keras model; the class's name in snake case by default.
            seed: Fixes weights, dropout, shuffling and splits; None takes a random one.

        Raises:
            ShapeError: If the images are too small.
            ValueError: If another argument is not allowed.
        """
        self.num_classes = checked_num_classes(num_classes)
        super().__init__(input_shape, name=name, seed=seed)
        self.batch_norm = checked_flag("batch_norm", batch_norm)
        self.sparsity = checked_sparsity(sparsity)
        self.config = Config()
        self._chosen_loss: str | None = None
        self._compile_options: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_classes}, input_shape={self.input_shape})"

    def channel_regularizer(self) -> GroupLasso | None:
        """What `make_model` gives the weights that are to decide whether a channel lives."""
        return GroupLasso(self.sparsity) if self.sparsity else None

    def compile(
        self, optimizer: Any = None, loss: Any = None, metrics: Any = None, **options: Any
    ) -> Self:
        """Prepare the training, as `keras.Model.compile` does; builds first if needed.

        Args:
            optimizer: Adam at `config.learning_rate` by default.
            loss: `config.loss` by default; cross-entropy by the kind of labels if that is None.
            metrics: `config.metrics` by default.
            **options: Go to Keras.
        """
        loss = self.config.loss if loss is None else loss
        self._chosen_loss = next(iter(LOSSES)) if loss is None else None
        # XLA takes longer to compile a net this small than it saves in a whole training.
        options.setdefault("jit_compile", False)
        self._compile_options = {
            **options,
            "metrics": list(self.config.metrics) if metrics is None else metrics,
        }
        self.model.compile(
            optimizer=optimizer or keras.optimizers.Adam(self.config.learning_rate),
            loss=LOSSES[self._chosen_loss] if self._chosen_loss else loss,
            **self._compile_options,
        )
        return self

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        val_x: Any = None,
        val_y: Any = None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        validation_data: Any = None,
        validation_split: float | None = None,
        sample_weight: Any = None,
        shuffle: bool = True,
        verbose: Any = None,
        **keras_options: Any,
    ) -> keras.callbacks.History:
        """Train, and end with the weights of the best epoch; builds and compiles if needed.

        What is judged and kept is the average of the weights over the last epochs
        (`config.average_weights`); the best epoch is the one with the lowest validation loss.
        Without validation data, a stratified tenth of the arrays is set aside to judge by
        (`validation_split=0` trains on all of it and judges by the training loss). With
        `config.checkpoint_path` the best net so far is in that file at every moment, so that
        an interrupted training loses nothing.

        Args:
            x: Images, uint8 or float, (count, height, width, channels), or a data set that
                yields batches: tf.data, keras.utils.PyDataset or a generator.
            y: Class numbers (count,) or one-hot rows (count, classes); None with a data set.
            val_x, val_y: Validation data in the same forms.
            epochs, batch_size, validation_split, verbose: Override the config.
            validation_data: Keras's form of val_x and val_y: a tuple or a data set.
            sample_weight: One weight per image.
            shuffle: Draw a new order of the images in every epoch.
            **keras_options: Go to `keras.Model.fit`: callbacks, steps_per_epoch, ...

        Returns:
            Keras's History; its validation metrics are those of the average.

        Raises:
            DataError: If the data does not fit; lists all problems, before training starts.
        """
        if val_x is not None or val_y is not None:
            if validation_data is not None:
                raise ValueError("give either val_x and val_y or validation_data, not both")
            is_arrays = is_array_like(val_x)
            validation_data = (val_x, val_y) if is_arrays or val_y is not None else val_x
        how = self._feeding(batch_size, shuffle=shuffle, validation_split=validation_split)
        feed = feed_training(self._expectation("fit"), how, (x, y, sample_weight), validation_data)
        self._compile_for(feed.label_kind)
        self.calibration = feed.sample
        config = self.config.override(epochs=epochs, verbosity=verbosity(verbose))
        return run_fit(self.model, feed, config, keras_options)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        *,
        batch_size: int | None = None,
        sample_weight: Any = None,
        verbose: Any = 0,
        **keras_options: Any,
    ) -> Any:
        """Measure loss and metrics on test data, as `keras.Model.evaluate` does.

        Raises:
            DataError: If the data does not fit.
        """
        feed = feed_evaluation(
            self._expectation("evaluate"), self._feeding(batch_size), (x, y, sample_weight)
        )
        self._compile_for(feed.label_kind)
        return self.model.evaluate(feed.train, verbose=verbose, **keras_options)

    def predict(
        self, x: Any, *, batch_size: int | None = None, verbose: Any = 0, **keras_options: Any
    ) -> np.ndarray:
        """Compute the outputs for images or a data set of images.

        Returns:
            One row of class probabilities per image, (count, classes) float32.

        Raises:
            DataError: If the images do not fit.
        """
        if is_array_like(x):
            expected, problems = self._expectation("predict"), []
            images = check_images(expected, problems, x, "x")
            raise_problems(expected, problems)
            x = to_float(images, self.pixel_scale, self.pixel_offset)
            keras_options["batch_size"] = batch_size or self.config.batch_size
        return self.model.predict(x, verbose=verbose, **keras_options)

    def _what_fits(self, ram_budget: int) -> str:
        from micronets.models.fitting import what_fits

        return what_fits(self, ram_budget)

    def _compile_for(self, label_kind: str | None) -> None:
        """Compile if nobody did, and choose the loss by the labels if nobody else chose one."""
        if not self.model.compiled:
            self.compile()
        if self._chosen_loss in (None, label_kind) or label_kind is None:
            return
        self._chosen_loss = label_kind
        self.model.compile(
            optimizer=self.model.optimizer, loss=LOSSES[label_kind], **self._compile_options
        )

    def _expectation(self, method: str) -> Expectation:
        compiled = self._model is not None and self._model.compiled
        # Also a model that the user compiled directly has a loss that we did not choose.
        own_loss = self._chosen_loss is None if compiled else self.config.loss is not None
        caller = f"{type(self).__name__}.{method}"
        return Expectation(caller, self.input_shape, self.num_classes, own_loss)

    def _feeding(
        self,
        batch_size: int | None,
        *,
        shuffle: bool = True,
        validation_split: float | None = None,
    ) -> Feeding:
        overrides = {"batch_size": batch_size, "validation_split": validation_split}
        config = self.config.override(**overrides)
        return Feeding(
            config.batch_size,
            self.pixel_scale,
            self.pixel_offset,
            seed=int(self._seeds.generate_state(1)[0]),
            shuffle=shuffle,
            validation_split=config.validation_split,
            random_shift=config.random_shift,
        )
