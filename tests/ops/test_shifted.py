"""An operator's bias takes what a rounded zero point leaves of every input."""

from __future__ import annotations

import numpy as np
import pytest
from example_graphs import Numbered, all_examples
from header_batch import images_for

from micronets.codegen.graph import Node, Tensor
from micronets.codegen.ops.window import NO_PADDING

_WITH_BIAS = ("affine", "conv2d", "dense", "depthwise_conv2d", "rnnpool2d")
_OFFSET = 0.37


def _cases() -> list[Numbered]:
    """Padding with 0 is not shifted, so examples without."""
    return [
        case
        for case in all_examples()
        if getattr(case.example.attributes, "padding", NO_PADDING) == NO_PADDING
    ]


@pytest.mark.parametrize("case", _cases(), ids=str)
def test_lower_inputs_give_the_same_output(case: Numbered) -> None:
    op, example = case.op, case.example
    shape = op.infer(example.attributes, example.inputs)
    names = tuple(tensor.name for tensor in example.inputs)
    output = Tensor("output", shape, example.inputs[0].layout)
    node = Node(op.name, example.attributes, names, output, example.constants)
    shifted = op.shifted(node, _OFFSET)
    if op.name not in _WITH_BIAS:
        assert shifted is node
        return
    arrays = [images_for(tensor.shape, 2) for tensor in example.inputs]
    lower = [array - np.float32(_OFFSET) for array in arrays]
    expected = op.evaluate(example.attributes, arrays, example.constants)
    actual = op.evaluate(example.attributes, lower, shifted.constants)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
    before = example.constants
    assert sum(array is not before.get(role) for role, array in shifted.constants.items()) == 1


def test_every_operator_with_a_bias_is_among_them() -> None:
    assert {case.op.name for case in _cases()} >= set(_WITH_BIAS)
