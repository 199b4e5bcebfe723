"""Layers that do nothing at inference."""

from __future__ import annotations

from collections.abc import Sequence

from micronets.codegen.graph import Tensor
from micronets.codegen.ops.base import KerasLayer, Step

IDENTITY_LAYERS = (
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "ActivityRegularization",
)


def identity_steps(layer: KerasLayer, inputs: Sequence[Tensor]) -> list[Step]:
    """No node at all: readers of the layer read its input."""
    return []
