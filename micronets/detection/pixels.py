"""From a picture to what a face detector sees: grey or RGB, around zero, not scaled."""

import numpy as np

from micronets.data.camera import grey_from_rgb
from micronets.errors import DataError

# The mean colour of the pictures that these nets were first trained on, and of padding.
MEAN_RGB = (123, 117, 104)
# The same in grey: 0.299 * 123 + 0.587 * 117 + 0.114 * 104.
MEAN_GREY = 117.312


def net_pixels(image: np.ndarray, channels: int) -> np.ndarray:
    """Turn a picture into a net's input: the pixels minus the mean.

    Colours become grey by `grey_from_rgb`, as a camera's on a chip do, so that both see the same.

    Args:
        image: uint8, shape (..., 3), or (..., 1) if it is grey already.
        channels: 1 for grey, 3 for RGB.

    Returns:
        float32, shape (..., channels).

    Raises:
        DataError: The picture is no such array, or grey where the net wants colours.
    """
    if image.dtype != np.uint8 or image.ndim < 3 or image.shape[-1] not in (1, 3):
        raise DataError(
            "A picture must be uint8 of shape (height, width, 3), or (height, width, 1) in grey. "
            f"Received: {image.dtype} of shape {image.shape}"
        )
    if channels == 3 and image.shape[-1] == 1:
        raise DataError("The net wants colours, but the picture is grey: repeat its channel")
    if channels == 3:
        return image.astype(np.float32) - np.array(MEAN_RGB, np.float32)
    grey = grey_from_rgb(image) if image.shape[-1] == 3 else image
    return grey.astype(np.float32) - np.float32(MEAN_GREY)
