"""RNNPool in int8: matrices without zeros, with some and of nothing else, on every kind of chip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from test_kernels_s8 import STRICT, Case, NeedTarget, check_cases, make_case

from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.base import Example, example
from micronets.codegen.ops.rnnpool2d import RNNPool2DAttributes

pytestmark = pytest.mark.xdist_group("cpp")

UNITS_AND_CHANNELS = (((1, 1), 1), ((3, 2), 2), ((8, 9), 4), ((17, 20), 3), ((30, 16), 5))
KEPT = (0.0, 0.3, 0.7, 1.0)


def _with_zeros(made: Example, kept: float, largest: float) -> Example:
    """Saturated scalars, as training starts with; weights up to `largest`, of which some are 0."""
    rng = np.random.default_rng(3)
    constants = dict(made.constants)
    for name, values in made.constants.items():
        if name.startswith("scalars"):
            constants[name] = np.array((100.0, -100.0), np.float32)
        elif not name.startswith("biases"):
            weights = rng.uniform(-largest, largest, values.shape)
            weights[rng.random(values.shape) >= kept] = 0.0
            constants[name] = weights.astype(np.float32)
    return replace(made, constants=constants)


def _cases(largest: float) -> list[Case]:
    spec = REGISTRY["rnnpool2d"]
    cases = []
    for (units, channels), kept in product(UNITS_AND_CHANNELS, KEPT):
        attributes = RNNPool2DAttributes((4, 3), (2, 2), units=units)
        made = _with_zeros(example(spec, attributes, (7, 8, channels)), kept, largest)
        name = f"rnnpool {units} of {channels} channels, {kept:.0%} of weights,"
        cases.append(make_case(name, spec, made, "codes", channels))
    return cases


def _kinds(words: np.ndarray) -> Iterator[str]:
    """Of each unit of a cell, by the words that `UnitS16` reads."""
    is_last = False
    while not is_last:
        counts = int(words[1])
        sparse, pairs = (counts & 255) + (counts >> 8 & 255), counts >> 24
        is_last = counts >> 23 & 1 == 1
        words = words[3 + sparse + pairs :]
        yield "pairs" if pairs else "one" if sparse == 1 else "few" if sparse <= 16 else "many"
    assert not len(words)


def test_cases_have_few_and_many_weights_a_unit() -> None:
    """One weight, up to 16, more than that, and pairs: each is code of its own."""
    cells = ("first1", "rnn1", "first2", "rnn2")
    words = [call.constants[cell] for case in _cases(0.5) for call in case.calls for cell in cells]
    kinds = {kind for cell in words for kind in _kinds(cell)}
    assert kinds == {"one", "few", "many", "pairs"}


@pytest.mark.parametrize("largest", [0.5, 6.0], ids=["small weights", "large weights"])
@pytest.mark.parametrize(
    ("name", "optimize"),
    [("host", "-O1"), ("cortex-m4", "-O2"), ("cortex-m4", "-Os"), ("cortex-m0", "-Os")],
)
def test_kernel_equals_the_reference_to_the_bit(
    need_target: NeedTarget, name: str, optimize: str, largest: float
) -> None:
    check_cases(need_target(name), _cases(largest), optimize=optimize, extra_flags=STRICT)
