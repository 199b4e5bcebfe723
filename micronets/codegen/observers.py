"""From the values that a tensor takes on calibration images to the range that its codes cover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.numerics import HIGHEST, LOWEST

BINS = 2048
"""Bins of a histogram: eight for each of the 256 codes."""

_PERCENTILE = 99.99
_MSE_STEPS = 40


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often a tensor took values, in `BINS` equal bins from `lowest` to `highest`."""

    lowest: float
    highest: float
    counts: npt.NDArray[np.int64]

    @property
    def centers(self) -> npt.NDArray[np.float64]:
        """The middle of each bin."""
        width = (self.highest - self.lowest) / len(self.counts)
        return np.asarray(self.lowest + width * (np.arange(len(self.counts)) + 0.5), np.float64)


def min_max(histogram: Histogram) -> tuple[float, float]:
    """Every value seen: nothing saturates, and one outlier makes all codes coarse."""
    return histogram.lowest, histogram.highest


def percentile(histogram: Histogram) -> tuple[float, float]:
    """All but the outermost 0.01 % of the values on either side."""
    cumulative = np.cumsum(histogram.counts) / max(1, histogram.counts.sum())
    outside = 1 - _PERCENTILE / 100
    first = int(np.searchsorted(cumulative, outside))
    last = int(np.searchsorted(cumulative, 1 - outside))
    width = (histogram.highest - histogram.lowest) / len(histogram.counts)
    return histogram.lowest + first * width, histogram.lowest + (last + 1) * width


def mse(histogram: Histogram) -> tuple[float, float]:
    """The range whose codes have the least mean squared error, ends shrunk in equal steps."""
    best, least = min_max(histogram), np.inf
    for shrink in np.linspace(1.0, 0.2, _MSE_STEPS):
        candidate = (min(histogram.lowest, 0.0) * shrink, max(histogram.highest, 0.0) * shrink)
        error = _quantization_error(histogram, candidate)
        if error < least:
            best, least = candidate, error
    return best


def _quantization_error(histogram: Histogram, limits: tuple[float, float]) -> float:
    lowest, highest = min(limits[0], 0.0), max(limits[1], 0.0)
    scale = (highest - lowest) / (HIGHEST - LOWEST) or 1.0
    clipped = np.clip(histogram.centers, lowest, highest)
    rounded = np.round((clipped - lowest) / scale) * scale + lowest
    return float((histogram.counts * (rounded - histogram.centers) ** 2).sum())


OBSERVERS: dict[str, Callable[[Histogram], tuple[float, float]]] = {
    "minmax": min_max,
    "mse": mse,
    "percentile": percentile,
}
"""Range observers by name."""

DEFAULT_OBSERVER = "mse"
