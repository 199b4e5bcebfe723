"""The "code about N B" of a header."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from micronets.bench.cases import NETS
from micronets.bench.code_sizes import estimate, true_code
from micronets.bench.measure import compiler_version, export_of
from micronets.bench.symbols import is_kernel
from micronets.codegen.graph import Layout, Node, Tensor
from micronets.codegen.ops import REGISTRY


@pytest.fixture(scope="module")
def table():
    path = resources.files("micronets.codegen") / "code_sizes.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_kernel_has_an_entry(table):
    functions = set()
    for op in REGISTRY.values():
        for example in op.examples():
            layout = getattr(example.attributes, "layout", Layout.PLANAR)
            output = Tensor("out", op.infer(example.attributes, example.inputs), layout)
            names = tuple(tensor.name for tensor in example.inputs)
            node = Node(op.name, example.attributes, names, output, example.constants)
            functions |= {call.function for call in op.calls(node, example.inputs)}
    assert functions == set(table["kernels"]), "run python -m micronets.bench --code-sizes"
    assert all(size > 0 for size in table["kernels"].values())


@pytest.mark.parametrize("net", NETS)
def test_estimate_is_near_the_truth(net, table, cortex_m4):
    if compiler_version("cortex-m4") != table["compiler"]:
        pytest.skip(f"the table was measured with {table['compiler']}")
    export = export_of(net)
    functions = [call.function for step in export.schedule.steps for call in step.calls]
    assert estimate(table, functions) == pytest.approx(true_code(export), rel=0.2)


def test_classes_and_copies_are_no_kernels():
    assert is_kernel("_ZN9micronets2v117softmax_f32_rowIPKfEEvv")
    assert is_kernel("expf")
    assert not is_kernel("_ZN13PicoMobileNet3runIN9micronets2v16AffineIhEEEEvT_")
    assert not is_kernel("memcpy")
    assert not is_kernel("main")
