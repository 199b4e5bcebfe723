"""First weights that keep narrow ReLU6 nets without biases alive.

With Keras's own defaults the signal fades: they count a depthwise layer's inputs as window times
channels, though each of its outputs sees one channel only, and a negative filter on a channel
that a ReLU made positive is dead from the start. docs/training.md has the figures.

They are made of Keras's own initializers, so that a saved net loads without micronets.
"""

import keras

# Standard deviation of the noise around a depthwise filter that copies its input.
_DEPTHWISE_NOISE = 0.3
# A ReLU drops half of a signal's power.
_RELU_GAIN = 2**0.5


def stem_initializer(seed: int) -> keras.Initializer:
    """Filters of length one, at right angles to each other."""
    return keras.initializers.Orthogonal(seed=seed)


def depthwise_initializer(seed: int) -> keras.Initializer:
    """Noise, to be completed by `pass_through` once the layer has its weights."""
    return keras.initializers.RandomNormal(stddev=_DEPTHWISE_NOISE, seed=seed)


def pass_through(layer: keras.layers.DepthwiseConv2D) -> None:
    """Add 1 to the middle of every filter: the layer copies its input, plus noise."""
    (weights,) = layer.get_weights()
    weights[weights.shape[0] // 2, weights.shape[1] // 2] += 1
    layer.set_weights([weights])


def pointwise_initializer(seed: int, inputs: int, outputs: int) -> keras.Initializer:
    """Outputs at right angles that have the power of the inputs after a ReLU."""
    gain = _RELU_GAIN * max(1.0, outputs / inputs) ** 0.5
    return keras.initializers.Orthogonal(gain=gain, seed=seed)


def fan_in_uniform(seed: int, fan_in: int) -> keras.Initializer:
    """Between plus and minus one over the root of what an output sums up, for nets whose batch
    normalizations set the power of the signal anyway.
    """
    bound = fan_in**-0.5
    return keras.initializers.RandomUniform(-bound, bound, seed=seed)
