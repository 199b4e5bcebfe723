"""What is measured: which nets, chips, compiler flags, kinds of input and memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

NETS = ("pico", "nano", "micro", "milli", "base")
"""The zoo, on every chip."""

SMALL_NETS = ("mnist12", "mnist64")
"""Nets from tutorials, 28x28, on every chip; see `architectures`."""

PERSON = "person"
"""MLPerf Tiny's person detector, int8, on the chips with a DSP extension or Helium."""

FACES = ("face_m4", "face_qvga")
"""The RNNPool face detectors, int8, on the chip that their authors measured."""

ALL_NETS = (*NETS, *SMALL_NETS, PERSON, *FACES)

TITLES = {
    **{net: net.capitalize() for net in NETS},
    "mnist12": "CNN of 12 filters",
    "mnist64": "Keras tutorial CNN",
    PERSON: "Person detector",
    "face_m4": "Face detector M4",
    "face_qvga": "Face detector QVGA",
}
"""What people call them."""

TARGETS = (
    "cortex-m0",
    "cortex-m3",
    "cortex-m4",
    "cortex-m7",
    "cortex-m33",
    "cortex-m55",
    "rv32",
)
MICROBIT = "cortex-m0-microbit"
"""A board of 16 KB of RAM: the nets that fit."""

ALL_TARGETS = (*TARGETS, MICROBIT)

FLAGS = ("-O2", "-Os")
INPUTS = ("float", "uint8", "int8")
"""Floats or pixels into the float32 net; pixels into the int8 net."""

MEMORIES = ("pingpong", "stream")
"""Whole maps or rows, as `export_cpp(memory=...)` calls them."""


@dataclass(frozen=True)
class Case:
    """One measurement.

    Args:
        net: One of `ALL_NETS`.
        target: A target of the toolchain.
        optimize: The compiler's optimization flag.
        input: One of `INPUTS`: which net, and which `predict` is called.
        memory: One of `MEMORIES`.
    """

    net: str
    target: str
    optimize: str
    input: str
    memory: str = "pingpong"

    @property
    def whole(self) -> Case:
        """The same with whole maps."""
        return replace(self, memory="pingpong")

    def at(self, optimize: str) -> Case:
        """The same with another optimization flag."""
        return replace(self, optimize=optimize)


@dataclass(frozen=True)
class _Group:
    """Nets that are measured on the same chips in the same ways."""

    nets: tuple[str, ...]
    targets: tuple[str, ...]
    inputs: tuple[str, ...]
    memory: str = "pingpong"


_GROUPS = (
    _Group(NETS, TARGETS, INPUTS),
    _Group(SMALL_NETS, TARGETS, ("float", "int8")),
    _Group((PERSON,), ("cortex-m4", "cortex-m55"), ("int8",)),
    _Group(FACES, ("cortex-m4",), ("int8",)),
    _Group(("pico", "nano"), (MICROBIT,), ("int8",)),
    _Group(NETS, ("cortex-m4",), ("float", "int8"), "stream"),
    _Group((PERSON, *FACES), ("cortex-m4",), ("int8",), "stream"),
    _Group(("pico",), ("cortex-m0",), ("int8",), "stream"),
    _Group(("pico", "base"), ("cortex-m55",), ("int8",), "stream"),
)


def select(
    nets: Sequence[str] = (),
    targets: Sequence[str] = (),
    flags: Sequence[str] = (),
    inputs: Sequence[str] = (),
    memories: Sequence[str] = (),
) -> list[Case]:
    """All cases of these; nothing given means all of them.

    Where that leaves none, nets that were named are measured on the targets as asked.

    Raises:
        ValueError: There is no such net.
    """
    chosen = [net.removesuffix("_mobilenet") for net in nets] or ALL_NETS
    unknown = sorted(set(chosen) - set(ALL_NETS))
    if unknown:
        raise ValueError(
            f"nets must be among {', '.join(ALL_NETS)}. Received: {', '.join(unknown)}"
        )
    found = [
        Case(*values)
        for group in _GROUPS
        for values in product(
            _those(group.nets, chosen),
            _those(group.targets, targets),
            flags or FLAGS,
            _those(group.inputs, inputs),
            _those((group.memory,), memories),
        )
    ]
    if found or not nets:
        return found
    return [
        Case(*values)
        for values in product(
            chosen, targets or TARGETS, flags or FLAGS, inputs or INPUTS, memories or MEMORIES[:1]
        )
    ]


def _those(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    return [name for name in known if not wanted or name in wanted]


def random_image(shape: tuple[int, ...], kind: str) -> np.ndarray:
    """The same image every time, `(1, *shape)`: floats from 0 to 1, or pixels."""
    rng = np.random.default_rng(0)
    if kind != "float":
        return rng.integers(0, 256, (1, *shape), dtype=np.uint8)
    return rng.uniform(0, 1, (1, *shape)).astype(np.float32)
