"""Layers that do nothing at inference: their readers read their input."""

from __future__ import annotations

IDENTITY_LAYERS = (
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "ActivityRegularization",
)
