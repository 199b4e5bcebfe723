"""What is measured: which nets, chips, compiler flags and kinds of input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

NETS = ("pico", "nano", "micro", "milli", "base")
TARGETS = (
    "cortex-m0",
    "cortex-m3",
    "cortex-m4",
    "cortex-m7",
    "cortex-m33",
    "cortex-m55",
    "rv32",
)
FLAGS = ("-O2", "-Os")
INPUTS = ("float", "uint8", "int8")
"""Floats or pixels into the float32 net; pixels into the int8 net."""


@dataclass(frozen=True)
class Case:
    """One measurement.

    Args:
        net: One of `NETS`.
        target: A target of the toolchain.
        optimize: The compiler's optimization flag.
        input: One of `INPUTS`: which net, and which `predict` is called.
    """

    net: str
    target: str
    optimize: str
    input: str


def select(
    nets: Sequence[str] = (),
    targets: Sequence[str] = (),
    flags: Sequence[str] = (),
    inputs: Sequence[str] = (),
) -> list[Case]:
    """All cases of these; nothing given means all of them.

    Raises:
        ValueError: There is no such net.
    """
    chosen = [net.removesuffix("_mobilenet") for net in nets] or NETS
    unknown = sorted(set(chosen) - set(NETS))
    if unknown:
        raise ValueError(f"nets must be among {', '.join(NETS)}. Received: {', '.join(unknown)}")
    return [
        Case(*values)
        for values in product(chosen, targets or TARGETS, flags or FLAGS, inputs or INPUTS)
    ]


def random_image(shape: tuple[int, ...], kind: str) -> np.ndarray:
    """The same image every time, `(1, *shape)`: floats from 0 to 1, or pixels."""
    rng = np.random.default_rng(0)
    if kind != "float":
        return rng.integers(0, 256, (1, *shape), dtype=np.uint8)
    return rng.uniform(0, 1, (1, *shape)).astype(np.float32)
