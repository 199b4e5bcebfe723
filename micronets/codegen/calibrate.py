"""Runs calibration images through the float graph and notes which values each tensor takes."""

from __future__ import annotations

import numpy as np

from micronets.codegen.graph import FloatArray, Graph
from micronets.codegen.interpreter import trace
from micronets.codegen.observers import BINS, OBSERVERS, Histogram
from micronets.errors import QuantizationError

Ranges = dict[str, tuple[float, float]]
"""Lowest and highest real value by tensor."""

_BATCH = 32


def calibrate(graph: Graph, images: FloatArray, observer: str) -> Ranges:
    """The range of every tensor of a float graph.

    Args:
        graph: The float graph after all passes.
        images: Calibration images `(count, *input shape)`, as the net was trained on.
        observer: A key of `OBSERVERS`.

    Raises:
        QuantizationError: There are no images, or the net gives NaN or infinity for them.
    """
    if len(images) == 0:
        raise QuantizationError("calibration needs at least one image. Received: none")
    limits = _limits(graph, images)
    choose = OBSERVERS[observer]
    histograms = {
        name: np.zeros(BINS, np.int64) for name, ends in limits.items() if _has_room(*ends)
    }
    for batch in _batches(images):
        for name, values in trace(graph, batch).items():
            if name in histograms:
                counts, _ = np.histogram(values, bins=BINS, range=limits[name])
                histograms[name] += counts
    chosen = {name: choose(Histogram(*limits[name], counts)) for name, counts in histograms.items()}
    return {**limits, **chosen}


def _has_room(low: float, high: float) -> bool:
    """False for a range that float32 cannot cut into bins: (nearly) the same value everywhere."""
    return high - low > BINS * float(np.spacing(np.float32(max(abs(low), abs(high)))))


def _limits(graph: Graph, images: FloatArray) -> Ranges:
    limits: Ranges = {}
    for batch in _batches(images):
        for name, values in trace(graph, batch).items():
            if not np.isfinite(values).all():
                raise QuantizationError(
                    f"layer {name!r} of {graph.name!r} gives NaN or infinity for a calibration "
                    "image. Pass other images with calibration=, or train the net again."
                )
            low, high = limits.get(name, (np.inf, -np.inf))
            limits[name] = (min(low, float(values.min())), max(high, float(values.max())))
    return limits


def _batches(images: FloatArray) -> list[FloatArray]:
    return [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
