"""The same layers and weights for images of another size."""

import keras


def at_size(model: keras.Model, size: tuple[int, int]) -> keras.Model:
    """Make a fully convolutional model take images of another size; both share all weights.

    Args:
        model: Its layers keep no size but for reshapes into rows.
        size: (height, width).

    Returns:
        `model` itself if it takes that size, else another one.
    """
    if tuple(model.input_shape[1:3]) == size:
        return model

    def clone(layer: keras.Layer) -> keras.Layer:
        # A reshape keeps the number of rows that it was built for.
        fresh = isinstance(layer, keras.layers.Reshape | keras.layers.InputLayer)
        return type(layer).from_config(layer.get_config()) if fresh else layer

    image = keras.Input((*size, model.input_shape[-1]), name="image")
    return keras.models.clone_model(model, input_tensors=image, clone_function=clone)
