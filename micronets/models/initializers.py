"""First weights that keep narrow ReLU6 nets without biases alive.

Keras's own initializers count a depthwise layer's inputs as window x channels, though each of its
outputs sees one channel only; the signal then shrinks in every block.
"""

import keras


def depthwise_initializer(seed: int) -> keras.Initializer:
    """Normal weights whose variance fits a 3x3 window on one channel before a ReLU."""
    return keras.initializers.RandomNormal(stddev=(2 / 9) ** 0.5, seed=seed)


def pointwise_initializer(seed: int) -> keras.Initializer:
    """Normal weights whose variance fits the incoming channels before a ReLU."""
    return keras.initializers.HeNormal(seed=seed)
