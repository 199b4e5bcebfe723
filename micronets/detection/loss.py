"""What a detector is trained to make small: wrong places of faces, and faces that are none.

The multibox loss of SSD and S3FD is the sum of the two losses here, one for each output of the net:
`compile(loss=[LocationLoss(), ConfidenceLoss()])`.
"""

from typing import Any

import keras
from keras import ops

# Background priors that count, for each prior that is a face: those that look most like one.
NEGATIVES_PER_FACE = 3


def location_loss(targets: Any, offsets: Any) -> Any:
    """Smooth L1 distance of the offsets, over the priors that are faces.

    Args:
        targets: (batch, priors, 5), as `make_targets` gives them.
        offsets: (batch, priors, 4).

    Returns:
        A scalar: the sum, divided by the number of faces' priors in the batch, or by the number of
        images if there are none.
    """
    targets = ops.cast(targets, "float32")
    distance = ops.abs(ops.cast(offsets, "float32") - targets[..., :4])
    smooth = ops.where(distance < 1, 0.5 * ops.square(distance), distance - 0.5)
    is_face = ops.maximum(targets[..., 4:], 0.0)
    return ops.sum(smooth * is_face) / _divisor(is_face)


def confidence_loss(targets: Any, logits: Any) -> Any:
    """Cross-entropy of faces, and of the background priors that look most like faces.

    Each image counts three times as many background priors as it has priors with faces.

    Args:
        targets: (batch, priors, 1) or more: the last of each row is 1 for a face, 0 for background
            and -1 for neither, which has no say.
        logits: (batch, priors, 2), of background and of face, before any softmax.

    Returns:
        A scalar: the sum, divided as that of `location_loss`.
    """
    label = ops.cast(targets, "float32")[..., -1]
    is_face, is_background = ops.maximum(label, 0.0), 1.0 - ops.abs(label)
    logits = ops.cast(logits, "float32")
    # -log softmax of two classes, without overflow.
    towards_face = logits[..., 1] - logits[..., 0]
    if_face, if_background = ops.softplus(-towards_face), ops.softplus(towards_face)
    # No cross-entropy is below zero, so faces come last and are never taken for background.
    background = if_background * is_background
    hardest = ops.top_k(background, k=background.shape[1], sorted=True)[0]
    wanted = NEGATIVES_PER_FACE * ops.sum(is_face, axis=1, keepdims=True)
    rank = ops.cast(ops.arange(background.shape[1]), "float32")
    taken = ops.cast(rank < wanted, "float32")
    total = ops.sum(if_face * is_face) + ops.sum(hardest * taken)
    return total / _divisor(is_face)


@keras.saving.register_keras_serializable(package="micronets")
class LocationLoss(keras.losses.Loss):
    """`location_loss` for `compile`; one number per batch, so weights of images have no say.

    Args:
        name: Name in the history.
    """

    def __init__(self, name: str = "location_loss", **options: Any) -> None:
        super().__init__(name=name, **options)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `location_loss(y_true, y_pred)`."""
        return location_loss(y_true, y_pred)


@keras.saving.register_keras_serializable(package="micronets")
class ConfidenceLoss(keras.losses.Loss):
    """`confidence_loss` for `compile`; one number per batch, so weights of images have no say.

    Args:
        name: Name in the history.
    """

    def __init__(self, name: str = "confidence_loss", **options: Any) -> None:
        super().__init__(name=name, **options)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `confidence_loss(y_true, y_pred)`."""
        return confidence_loss(y_true, y_pred)


def _divisor(is_face: Any) -> Any:
    """Priors with faces in the batch; the images of the batch where there are none."""
    count = ops.sum(is_face)
    images = ops.cast(ops.shape(is_face)[0], "float32")
    return ops.where(count > 0, count, images)
