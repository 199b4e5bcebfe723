"""Priors: the boxes that a detector starts from, one per cell of the maps that its heads read."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from micronets.errors import DataError


@dataclasses.dataclass(frozen=True)
class PriorLayout:
    """Which priors a detector has; both tuples have one entry per head.

    Attributes:
        steps: Pixels of the image from one cell to the next.
        sides: Side of the square prior of each cell, in pixels.
    """

    steps: tuple[int, ...]
    sides: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.steps or len(self.steps) != len(self.sides):
            raise ValueError(
                "steps and sides must have one entry per head. "
                f"Received: steps={self.steps}, sides={self.sides}"
            )
        if min(*self.steps, *self.sides) <= 0:
            raise ValueError(
                f"steps and sides must be positive. Received: {self.steps}, {self.sides}"
            )

    def map_sizes(self, image_size: tuple[int, int]) -> list[tuple[int, int]]:
        """(height, width) of the map that each head reads, if every stage rounds up."""
        height, width = image_size
        return [(-(-height // step), -(-width // step)) for step in self.steps]


# RNNPool's face detectors (arXiv:2002.11921): those of 240x320 grey pixels, and those of VGA.
QVGA_PRIORS = PriorLayout(steps=(8, 8, 16, 16), sides=(8, 16, 32, 48))
VGA_PRIORS = PriorLayout(steps=(4, 8, 16, 32, 64, 128), sides=(16, 32, 64, 128, 256, 512))


def make_priors(
    layout: PriorLayout,
    image_size: tuple[int, int],
    map_sizes: Sequence[tuple[int, int]] | None = None,
) -> np.ndarray:
    """Lay a prior on every cell of every map: heads one after the other, each row by row.

    Args:
        layout: Steps and sides.
        image_size: (height, width) in pixels.
        map_sizes: (height, width) of the map that each head reads; None works them out from the
            steps, for nets whose stages round up.

    Returns:
        (centre x, centre y, width, height) in shares of the image, float32, shape (count, 4).

    Raises:
        DataError: A size is not positive, or there are not as many maps as heads.

    Example:
        >>> make_priors(QVGA_PRIORS, (240, 320)).shape
        (3000, 4)
    """
    sizes = layout.map_sizes(image_size) if map_sizes is None else list(map_sizes)
    if len(sizes) != len(layout.steps):
        raise DataError(
            f"map_sizes must have one entry for each of the {len(layout.steps)} heads. "
            f"Received: {sizes}"
        )
    if min(*image_size, *(side for size in sizes for side in size)) < 1:
        raise DataError(
            f"images and maps must be at least 1x1. Received: image {image_size}, maps {sizes}"
        )
    heads = zip(sizes, layout.steps, layout.sides, strict=True)
    return np.concatenate([_priors_of_map(image_size, *head) for head in heads]).astype(np.float32)


def _priors_of_map(
    image_size: tuple[int, int], map_size: tuple[int, int], step: int, side: int
) -> np.ndarray:
    height, width = image_size
    rows, columns = map_size
    priors = np.empty((rows, columns, 4))
    priors[..., 0] = (np.arange(columns) + 0.5) * step / width
    priors[..., 1] = ((np.arange(rows) + 0.5) * step / height)[:, np.newaxis]
    priors[..., 2:] = side / width, side / height
    return priors.reshape(-1, 4)
