"""The "code about N B" of a header."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from micronets.bench.cases import NETS
from micronets.bench.code_sizes import linked_code, probes
from micronets.bench.measure import compiler_version, export_of
from micronets.bench.symbols import is_kernel


@pytest.fixture(scope="module")
def table():
    path = resources.files("micronets.codegen") / "code_sizes.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_kernel_has_an_entry(table):
    nets = [net for is_int8 in (False, True) for part in probes(is_int8) for net in part]
    functions = {probe.function for net in nets for probe in net}
    assert functions == set(table["kernels"]), "run python -m micronets.bench --code-sizes"
    assert all(size > 0 for size in table["kernels"].values())


# Beside the zoo a detector that the table was not fitted to.
_NETS = [
    *(
        (net, is_int8, memory)
        for memory in ("pingpong", "stream")
        for is_int8 in (False, True)
        for net in NETS
    ),
    ("face_qvga", True, "stream"),
]


@pytest.mark.parametrize(("net", "is_int8", "memory"), _NETS)
def test_estimate_is_near_the_truth(net, is_int8, memory, table, cortex_m4):
    if compiler_version("cortex-m4") != table["compiler"]:
        pytest.skip(f"the table was measured with {table['compiler']}")
    export = export_of(net, is_int8, memory)
    assert export.header.code == pytest.approx(linked_code(export)[0], rel=0.2)
    assert f"code about {export.header.code:,} B" in export.header.text


def test_classes_and_copies_are_no_kernels():
    assert is_kernel("_ZN9micronets2v117softmax_f32_rowIPKfEEvv")
    assert is_kernel("expf")
    assert not is_kernel("_ZN13PicoMobileNet3runIN9micronets2v16AffineIhEEEEvT_")
    assert not is_kernel("memcpy")
    assert not is_kernel("main")
