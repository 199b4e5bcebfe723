"""What `verify` and `benchmark` return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.graph import Array

TOLERANCE = 1e-5
"""Largest allowed difference to Keras, relative to max(1, largest output): float32 sums of up to a
few thousand products differ by about 1e-6 between orders of summation."""


@dataclass(frozen=True)
class LayerDifference:
    """The first value of the first layer in which C++ and Python differ.

    Args:
        layer: Name of the tensor.
        image: Which image, counted from 0.
        index: Where in the layer's output: `(y, x, channel)` of a map.
        actual: What C++ computed: a float, or the code of an int8 net.
        expected: What Python computed.
        count: How many values of this layer differ.
    """

    layer: str
    image: int
    index: tuple[int, ...]
    actual: float
    expected: float
    count: int

    def __str__(self) -> str:
        return (
            f"the first difference is in layer {self.layer!r} at {self.index} of image "
            f"{self.image}: C++ {self.actual:.9g}, Python {self.expected:.9g}; {self.count} values "
            "of this layer differ"
        )


@dataclass(frozen=True, eq=False)
class Verification:
    """C++ against Keras.

    Args:
        class_name: The C++ class.
        target: Where it ran.
        outputs: What C++ computed, `(count, values)`, of the first head.
        heads: The same of every head.
        labels: What C++'s `predict` returned.
        expected_labels: The labels of Keras's outputs.
        max_difference: Largest absolute difference of any output of any head.
        tolerance: Largest one allowed.
        is_int8: True where codes were compared with the Python twin, to the bit.
        layers: How many layers were compared with the Python twin.
        difference: Where the first of them differs; None where none does.
    """

    class_name: str
    target: str
    outputs: Array
    heads: tuple[Array, ...]
    labels: npt.NDArray[np.int64]
    expected_labels: npt.NDArray[np.int64]
    max_difference: float
    tolerance: float
    is_int8: bool = False
    layers: int = 0
    difference: LayerDifference | None = None

    @property
    def label_mismatches(self) -> int:
        """Images whose label differs."""
        return int((self.labels != self.expected_labels).sum())

    @property
    def ok(self) -> bool:
        """True where every output and layer lies within the tolerance and every label agrees."""
        close = self.max_difference <= self.tolerance and self.difference is None
        return close and self.label_mismatches == 0

    def __str__(self) -> str:
        verdict = "agree" if self.ok else "DISAGREE"
        layers = f"; all {self.layers} layers agree" if self.layers else ""
        layers = f"; {self.difference}" if self.difference is not None else layers
        if self.is_int8:
            return (
                f"{self.class_name} on {self.target}: C++ and Python {verdict} to the bit on "
                f"{len(self.labels)} images, largest difference {self.max_difference:.0f} codes, "
                f"{self.label_mismatches} labels differ{layers}"
            )
        return (
            f"{self.class_name} on {self.target}: C++ and Keras {verdict} on "
            f"{len(self.labels)} images, largest difference {self.max_difference:.2e} "
            f"(allowed {self.tolerance:.0e}), {self.label_mismatches} labels differ{layers}"
        )


def compare_outputs(
    class_name: str,
    target: str,
    actual: Sequence[Array],
    expected: Sequence[Array],
    labels: npt.NDArray[np.int64],
    single_output: bool,
) -> Verification:
    """Compares heads of shape `(count, values)`.

    Args:
        class_name: The C++ class.
        target: Where it ran.
        actual: What C++ computed.
        expected: What Keras computed.
        labels: What C++'s `predict` returned.
        single_output: True where the first head is one value, whose label is `value >= 0.5`.
    """
    is_int8 = actual[0].dtype == np.int8
    largest = max(float(np.abs(e).max()) for e in expected)
    return Verification(
        class_name,
        target,
        actual[0],
        tuple(actual),
        labels,
        labels_of(expected[0], single_output),
        largest_difference(actual, expected),
        0.0 if is_int8 else TOLERANCE * max(1.0, largest),
        is_int8,
    )


def largest_difference(actual: Sequence[Array], expected: Sequence[Array]) -> float:
    """The largest absolute difference of any value of any head; infinite where one is NaN."""
    differences = [
        float(np.abs(a.astype(np.float64) - e).max()) for a, e in zip(actual, expected, strict=True)
    ]
    return float("inf") if np.isnan(differences).any() else max(differences)


def labels_of(outputs: Array, sigmoid: bool) -> npt.NDArray[np.int64]:
    """What `predict` returns for outputs `(count, values)`."""
    if sigmoid:  # The code of probability 0.5 is 0.
        threshold = 0 if outputs.dtype == np.int8 else 0.5
        return (outputs[:, 0] >= threshold).astype(np.int64)
    return np.asarray(outputs.argmax(axis=1), np.int64)


@dataclass(frozen=True)
class Benchmark:
    """One `predict` on an emulated chip.

    Args:
        class_name: The C++ class.
        target: The chip.
        optimize: The compiler's optimization flag.
        macs: Multiply-accumulates.
        instructions: Instructions executed; None where the emulator counts cycles only.
        cycles: Clock cycles, where the emulator knows them.
        ram_object: Bytes of the object.
        ram_stack: Deepest stack in bytes.
        flash: Bytes of code and constants over an empty program.
        max_difference: Largest difference to the Python twin.
    """

    class_name: str
    target: str
    optimize: str
    macs: int
    instructions: int | None
    cycles: int | None
    ram_object: int
    ram_stack: int | None
    flash: int
    max_difference: float

    def __str__(self) -> str:
        if self.instructions is not None:
            per_mac = self.instructions / max(1, self.macs)
            work = f"{self.instructions:,} instructions ({per_mac:.2f} per multiply-accumulate)"
        else:
            work = f"{self.cycles:,} cycles" if self.cycles is not None else "not counted"
        stack = "" if self.ram_stack is None else f" + stack {self.ram_stack:,} B"
        return (
            f"{self.class_name} on {self.target} {self.optimize}: {work}, "
            f"RAM {self.ram_object:,} B{stack}, flash {self.flash:,} B"
        )
