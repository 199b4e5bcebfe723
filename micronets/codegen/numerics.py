"""Integer arithmetic of int8 nets, in numpy; docs/numerics.md is the contract.

The same rules stand in C++ in cpp/include/micronets/core/requantize.h. Every target computes the
same bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.errors import QuantizationError

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]

LOWEST, HIGHEST = -128, 127
"""Range of int8."""

_NARROWEST = 1e-30
"""A range below this is one point: its scale would leave the normal numbers of float32."""

_MULTIPLIER_BITS = 32
_LARGEST_MULTIPLIER = 2**31 - 1
LARGEST_RATIO = _LARGEST_MULTIPLIER / 2**_MULTIPLIER_BITS
"""A multiplier is an int32, so that one multiplication of 32 x 32 bits, high half, applies it."""


@dataclass(frozen=True)
class Quantization:
    """How int8 codes stand for real numbers: `real = scale * (code - zero_point)`.

    Args:
        scale: Real distance of neighbouring codes, above 0.
        zero_point: The code of real 0.
    """

    scale: float
    zero_point: int

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise QuantizationError(f"scale must be finite and above 0. Received: {self.scale!r}")
        if not LOWEST <= self.zero_point <= HIGHEST:
            raise QuantizationError(f"zero point must be an int8. Received: {self.zero_point!r}")

    def quantize(self, real: npt.ArrayLike) -> Int8Array:
        """The nearest codes, halves up, clamped to the range of int8."""
        codes = np.floor(np.asarray(real, np.float64) / self.scale + 0.5) + self.zero_point
        return np.asarray(np.clip(codes, LOWEST, HIGHEST), np.int8)

    def dequantize(self, codes: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """The real numbers that codes stand for."""
        difference = np.asarray(codes, np.float32) - np.float32(self.zero_point)
        return (np.float32(self.scale) * difference).astype(np.float32)

    def __str__(self) -> str:
        sign = "-" if self.zero_point >= 0 else "+"
        return f"{self.scale:.6g} * (q {sign} {abs(self.zero_point)})"


def range_quantization(lowest: float, highest: float) -> Quantization:
    """Codes for real numbers from `lowest` to `highest`; 0 is always among them, exactly.

    A range that is one point becomes the code of that point and of 0.
    """
    lowest, highest = min(float(lowest), 0.0), max(float(highest), 0.0)
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise QuantizationError(f"range must be finite. Received: [{lowest}, {highest}]")
    width = highest - lowest
    if width < _NARROWEST:
        return Quantization(1.0, 0)
    scale = width / (HIGHEST - LOWEST)
    zero_point = round(LOWEST - lowest / scale)
    return Quantization(scale, int(np.clip(zero_point, LOWEST, HIGHEST)))


def multiplier_of(ratio: npt.ArrayLike) -> Int32Array:
    """Real ratios as fixed-point multipliers: `round(ratio * 2**32)`, at least 1.

    Raises:
        QuantizationError: A ratio does not lie in (0, LARGEST_RATIO].
    """
    ratios = np.asarray(ratio, np.float64)
    if not ((ratios > 0) & (ratios <= LARGEST_RATIO)).all():
        raise QuantizationError(
            f"requantization needs ratios above 0 and at most 0.5. Received: {ratios.max()!r}"
        )
    multipliers = np.floor(ratios * 2.0**_MULTIPLIER_BITS + 0.5)
    return np.clip(multipliers, 1, _LARGEST_MULTIPLIER).astype(np.int32)


def requantize(
    accumulator: npt.NDArray[np.int64], multiplier: Int32Array, zero_point: int
) -> Int8Array:
    """`clamp(floor((acc * multiplier + zero_point * 2**32 + 2**31) / 2**32))`: halves up.

    One SMMLAR and one SSAT on a Cortex-M4.
    """
    product = accumulator.astype(np.int64) * multiplier.astype(np.int64)
    shifted = (product + (np.int64(zero_point) << 32) + (np.int64(1) << 31)) >> 32
    return np.asarray(np.clip(shifted, LOWEST, HIGHEST), np.int8)


def inverse_root(squares: npt.NDArray[np.int64], bits: int) -> npt.NDArray[np.int64]:
    """About `2**bits / sqrt(square)`, by integers of 32 bits: Newton's method, three steps.

    Args:
        squares: From 0 to 2**31 - 1; of 0 it is 0.
        bits: From 16 to 29.
    """
    normal, halves = squares, np.zeros_like(squares)
    for shift in (16, 8, 4, 2):
        small = normal < 1 << (32 - shift)
        normal = np.where(small, normal << shift, normal)
        halves += np.where(small, shift // 2, 0)
    m = normal >> 16
    root = 34942 - (m * 19967 >> 16)
    for _ in range(3):
        product = m * (root * root >> 14)
        following = root * (((3 << 30) - product) >> 16)
        root = following >> 15
    rounded = ((following >> (44 - bits - halves)) + 1) >> 1
    return np.where(squares == 0, 0, rounded)
