"""Every operator through everything: shapes, references, kernels, parameter structs.

A new operator is found by its entry in the registry and tested with its own examples.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
from example_graphs import Numbered, all_examples, net_reading_image, net_reading_map
from header_batch import Answer, Case, assert_close, export_graph, images_for, pixels_for, run_batch

import micronets.codegen.ops as ops_package
from micronets.codegen import ops
from micronets.codegen.emit.amalgamate import include_root
from micronets.codegen.graph import Layout
from micronets.codegen.interpreter import evaluate
from micronets.codegen.literals import class_identifier
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.base import KernelCall
from micronets.codegen.passes import run_passes
from micronets.codegen.passes.order_outputs import OrderOutputs

EXAMPLES = all_examples()
_IMAGES = 3
_PIXELS = (0.01, -1.25)
"""A pixel scale and offset that are neither the default nor powers of two."""

TENSOR_EXAMPLES = [case for case in EXAMPLES if not case.op.keeps_candidates]
"""Without the heads of detectors, which have tests of their own (tests/detector)."""

each_example = pytest.mark.parametrize("case", EXAMPLES, ids=str)
each_tensor_example = pytest.mark.parametrize("case", TENSOR_EXAMPLES, ids=str)


@each_example
def test_inferred_shape_is_evaluated_shape(case: Numbered) -> None:
    arrays = [images_for(tensor.shape, 2) for tensor in case.example.inputs]
    result = case.op.evaluate(case.example.attributes, arrays, case.example.constants)
    assert result.shape == (2, *case.op.infer(case.example.attributes, case.example.inputs))
    assert result.dtype == np.float32


@each_example
def test_constants_have_the_declared_shapes(case: Numbered) -> None:
    expected = case.op.constant_shapes(case.example.attributes, case.example.inputs)
    actual = {role: array.shape for role, array in case.example.constants.items()}
    assert actual == expected


# ---- C++ f32 = numpy: all examples in one program, read from float, from pixels and from inside --


_VARIANTS = ("image", "pixels", "map")
Answers = dict[tuple[str, str], tuple[Answer, list[np.ndarray]]]


def _cases() -> dict[tuple[str, str], Case]:
    cases = {}
    for number, example in enumerate(TENSOR_EXAMPLES):
        image, inside = net_reading_image(example), net_reading_map(example)
        passes = (OrderOutputs(),)
        name = class_identifier(f"Op{number}_{example.name}")
        reading_image = export_graph(image, name, passes, _PIXELS)
        reading_map = export_graph(inside, f"{name}Inside", passes)
        shape = image.input.shape
        cases[example.name, "image"] = Case(reading_image, images_for(shape, _IMAGES, number))
        cases[example.name, "pixels"] = Case(reading_image, pixels_for(shape, _IMAGES, number))
        cases[example.name, "map"] = Case(reading_map, images_for(shape, _IMAGES, number))
    return cases


def _expected(case: Case) -> list[np.ndarray]:
    images = case.images.astype(np.float32)
    if case.images.dtype == np.uint8:
        images = images * np.float32(_PIXELS[0]) + np.float32(_PIXELS[1])
    return case.export.reference(images)


def _run_all(folder: Path, **build: object) -> Answers:
    cases = _cases()
    answers = run_batch(list(cases.values()), folder, **build)
    return {
        key: (answer, _expected(case))
        for (key, case), answer in zip(cases.items(), answers, strict=True)
    }


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, need_target) -> Answers:
    need_target("host")
    return _run_all(tmp_path_factory.mktemp("ops"), warnings=True, standard="c++11")


@pytest.mark.parametrize("variant", _VARIANTS)
@each_tensor_example
def test_kernel_computes_the_reference(case: Numbered, variant: str, answers: Answers) -> None:
    answer, expected = answers[case.name, variant]
    assert_close(answer.heads, expected, f"{case.name} read from {variant}")


@pytest.mark.slow
def test_kernels_stay_inside_their_memory(tmp_path: Path, need_target) -> None:
    need_target("host")
    # Not optimised: with sanitizers, -O3 takes the compiler a minute for all these nets.
    answers = _run_all(tmp_path, optimize="-O0", sanitize=True)
    for (name, variant), (answer, expected) in answers.items():
        assert_close(answer.heads, expected, f"{name} read from {variant}")


# ---- Parameter structs: the order of the fields is written in Python and in C++ ----------------


def _structs() -> dict[str, list[str]]:
    """Field names of every parameter struct of the kernels, in C++ order."""
    structs = {}
    for header in sorted(include_root().rglob("*.h")):
        text = header.read_text(encoding="utf-8")
        for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", text, re.MULTILINE | re.S):
            fields = re.findall(r"^  [\w:]+ (\w+);", body.split("constexpr")[0], re.MULTILINE)
            structs[name] = fields
    return structs


def _kernel_calls(case: Numbered) -> list[KernelCall]:
    graph = run_passes((OrderOutputs(),), net_reading_map(case))
    node = graph.node("tested")
    return case.op.calls(node, graph.inputs_of(node))


@each_example
def test_fields_stand_in_the_order_of_the_struct(case: Numbered) -> None:
    structs = _structs()
    for call in _kernel_calls(case):
        # A label is the field's name, and what its members mean: `window   h w  sy sx`.
        written = [re.split(r"  +| h w c", field.label)[0].strip() for field in call.fields]
        assert [name.replace(" ", "_") for name in written] == structs[call.struct], call.struct


@each_example
def test_header_declares_function_and_consistency_check(case: Numbered) -> None:
    for call in _kernel_calls(case):
        text = (include_root() / call.header.removeprefix("micronets/")).read_text("utf-8")
        assert re.search(rf"\b{call.function}\(const {call.struct}& ", text), call.function
    sources = "\n".join(path.read_text("utf-8") for path in include_root().rglob("*.h"))
    for call in _kernel_calls(case):
        body = re.search(rf"^struct {call.struct} \{{\n(.*?)^\}};", sources, re.M | re.S)
        assert body and "constexpr bool consistent() const" in body[1], call.struct


# ---- Nothing is left out -----------------------------------------------------------------------


def test_every_file_of_ops_is_imported() -> None:
    files = {module.name for module in pkgutil.iter_modules(ops_package.__path__)}
    imported = {value.__class__.__module__.rpartition(".")[2] for value in REGISTRY.values()}
    shared = {
        "activation",
        "base",
        "fastgrnn",
        "fastgrnn_s8",
        "identity",
        "products_s8",
        "rnnpool2d_calls",
        "table_s8",
        "window",
    }
    assert files - shared == imported
    for name in shared:
        importlib.import_module(f"{ops.__name__}.{name}")


def test_every_kernel_header_is_used() -> None:
    used = set()
    for case in EXAMPLES:
        for graph in (net_reading_image(case), net_reading_map(case)):
            ordered = run_passes((OrderOutputs(),), graph)
            for node in ordered.nodes:
                calls = REGISTRY[node.op].calls(node, ordered.inputs_of(node))
                used |= {Path(call.header).name for call in calls}
    existing = {path.name for path in (include_root() / "kernels").glob("*_f32.h")}
    assert existing == used


def test_every_operator_has_examples_and_its_own_name() -> None:
    assert all(list(op.examples()) for op in REGISTRY.values())
    assert all(key == op.name for key, op in REGISTRY.items())


def test_both_layouts_are_covered() -> None:
    layouts = {net_reading_image(case).input.layout for case in EXAMPLES}
    assert layouts == {Layout.PLANAR, Layout.INTERLEAVED}


@each_example
def test_reference_does_not_depend_on_the_batch(case: Numbered) -> None:
    graph = net_reading_image(case)
    images = images_for(graph.input.shape, 5)
    whole = evaluate(graph, images)
    single = [
        np.concatenate(parts)
        for parts in zip(*(evaluate(graph, images[i : i + 1]) for i in range(5)), strict=True)
    ]
    assert_close(single, whole, case.name)
