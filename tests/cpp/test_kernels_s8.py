"""The int8 kernels against the references of their operators, to the bit.

Every example of every operator, with random codes, quantizations and clamps, reads codes from
inside a net, the caller's bytes and the caller's floats. All of them are one program.
cpp/tests/kernels_s8_test.cpp compares the kernels with naive loops on random shapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from micronets.codegen.graph import Layout, Node, Tensor
from micronets.codegen.numerics import HIGHEST, LOWEST, Int8Array, Quantization, range_quantization
from micronets.codegen.ops import REGISTRY
from micronets.codegen.ops.base import Example, KernelCall, OpSpec, example
from micronets.codegen.ops.reshape import ReshapeAttributes
from micronets.codegen.rows import rows_needed
from micronets.toolchain import Target, build

pytestmark = pytest.mark.xdist_group("cpp")

CPP = Path(__file__).resolve().parents[2] / "cpp"
FOLDERS = (CPP / "include", CPP / "tests")
STRICT = ("-Wsign-conversion", "-Wold-style-cast", "-Wundef", "-Wcast-qual")
BATCH = 2
FLOAT_SCALE, FLOAT_OFFSET = 37.3, 101.7
"""Floats from -4 to 4 become levels on both sides of [0, 255]."""
GUARD, GUARDS = 85, 8
"""The bytes behind outputs and scratch, which no kernel may write."""
ANYTHING = 77
"""What padding in memory holds where the kernel must not care."""

READERS = {
    "codes": ("int8_t", "static_cast<const int8_t*>({0})"),
    "pixels": ("uint8_t", "micronets::Pixels{{{0}}}"),
    "floats": (
        "float",
        f"micronets::QuantizedFloats{{{{{{0}}, {FLOAT_SCALE}F, {FLOAT_OFFSET}F}}}}",
    ),
}


@dataclass(frozen=True, eq=False)
class Case:
    """One node, what it reads and what comes out."""

    name: str
    reader: str
    node: Node
    inputs: list[Tensor]
    raw: list[np.ndarray]
    expected: Int8Array

    @property
    def calls(self) -> list[KernelCall]:
        return REGISTRY[self.node.op].calls_s8(self.node, self.inputs)


def codes_of_floats(values: np.ndarray) -> Int8Array:
    """What `micronets::QuantizedFloats` reads: two roundings to float32, then an exact floor."""
    level = values * np.float32(FLOAT_SCALE) + np.float32(FLOAT_OFFSET)
    assert level.dtype == np.float32
    whole = np.clip(np.floor(level.astype(np.float64) + 0.5), 0, 255)
    return (np.nan_to_num(whole, nan=0.0) - 128).astype(np.int8)


def random_raw(rng: np.random.Generator, reader: str, shape: tuple[int, ...]) -> np.ndarray:
    if reader == "pixels":
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if reader == "floats":
        values = rng.uniform(-4, 4.5, shape).astype(np.float32)
        values.flat[:3] = [np.nan, np.inf, -np.inf][: values.size]
        return values
    return rng.integers(LOWEST, HIGHEST + 1, shape, dtype=np.int8)


def codes_of(reader: str, raw: np.ndarray) -> Int8Array:
    if reader == "pixels":
        return (raw.astype(np.int32) - 128).astype(np.int8)
    return codes_of_floats(raw) if reader == "floats" else raw


def observed_range(
    rng: np.random.Generator,
    op: OpSpec,
    case: Example,
    inputs: list[Tensor],
    codes: list[Int8Array],
) -> Quantization:
    """From what the float operator gives, cut or widened, so that some codes saturate."""
    real = [tensor.quant.dequantize(array) for tensor, array in zip(inputs, codes, strict=True)]
    result = op.evaluate(case.attributes, real, case.constants)
    low, high = rng.uniform(0.5, 1.3, 2) * (result.min(), result.max())
    return range_quantization(float(low), float(high))


def make_case(
    name: str,
    op: OpSpec,
    case: Example,
    reader: str,
    seed: int,
    *,
    source: Layout = Layout.PLANAR,
    target: Layout = Layout.PLANAR,
) -> Case:
    """A case with random codes; `source` and `target` are how codes of maps lie in memory."""
    rng = np.random.default_rng(seed)
    inputs = [
        replace(
            tensor,
            layout=source if reader == "codes" else Layout.INTERLEAVED,
            quantization=Quantization(float(rng.uniform(0.01, 0.1)), int(rng.integers(-128, 128))),
        )
        for tensor in case.inputs
    ]
    raw = [random_raw(rng, reader, (BATCH, *tensor.shape)) for tensor in inputs]
    codes = [codes_of(reader, array) for array in raw]
    shape = op.infer(case.attributes, inputs)
    layout = getattr(case.attributes, "layout", target)
    sources = tuple(tensor.name for tensor in inputs)
    node = Node(op.name, case.attributes, sources, Tensor("tested", shape, layout), case.constants)
    observed = observed_range(rng, op, case, inputs, codes)
    quantization = op.output_quantization(node, inputs, observed)
    output = replace(node.output, quantization=quantization)
    node = replace(node, output=output, constants=op.lower_s8(node, inputs, output))
    return Case(name, reader, node, inputs, raw, op.evaluate_s8(node, inputs, codes))


def is_grey(case: Example) -> bool:
    """One map of other than three channels, which three channels would do for, too."""
    shape = case.inputs[0].shape
    fixed = isinstance(case.attributes, ReshapeAttributes)
    return len(case.inputs) == 1 and len(shape) == 3 and shape[2] != 3 and not fixed


@cache
def all_cases() -> list[Case]:
    cases: list[Case] = []
    for op in REGISTRY.values():
        if op.keeps_candidates:  # tests/detector has them.
            continue
        for number, case in enumerate(op.examples()):
            variants = {f"{op.name}_{number}": case}
            if is_grey(case):
                shape = (*case.inputs[0].shape[:2], 3)
                variants[f"{op.name}_{number}_rgb"] = example(op, case.attributes, shape)
            for name, variant in variants.items():
                cases += [
                    make_case(name, op, variant, reader, len(cases) + i)
                    for i, reader in enumerate(READERS)
                ]
    return cases


# ---- One C++ function per case ------------------------------------------------------------------


def in_memory(array: np.ndarray, tensor: Tensor, padding: int = ANYTHING) -> np.ndarray:
    """A batch in the order in which the tensor lies in memory, padding included."""
    maps = array.reshape(len(array), *tensor.map_shape)
    if tensor.layout is Layout.INTERLEAVED:
        return maps.reshape(len(array), -1)
    rows = np.pad(
        maps.transpose(0, 1, 3, 2),
        ((0, 0), (0, 0), (0, 0), (0, tensor.lead)),
        constant_values=padding,
    )
    return np.pad(rows.reshape(len(array), -1), ((0, 0), (tensor.lead, 0)), constant_values=padding)


def call_text(case: Case, call: KernelCall, number: int, in_rows: bool) -> list[str]:
    """Constants, parameters, the checks that a generated header makes, and the call or calls."""
    lines = []
    present = {role: array for role, array in call.constants.items() if array is not None}
    for role, array in present.items():
        values = ", ".join(map(str, np.ravel(array).tolist()))
        kind = f"{array.dtype.name}_t"
        name = f"{role}{number}[{array.size}]"
        lines.append(f"  static const {kind} {name} MICRONETS_FLASH = {{{values}}};")
    lines.append(f"  constexpr micronets::{call.struct} p{number} = {{")
    lines += [f"      /* {field.label} */ {field.text}," for field in call.fields]
    names = [f"{role}{number}" if role in present else "nullptr" for role in call.constants]
    if call.holds_constants:
        lines += [f"      {name}," for name in names]
    lines += ["  };", f'  static_assert(p{number}.consistent(), "");']
    counts = [(expression, role) for expression, role in call.counts if role in present]
    for expression, role in counts:
        size = present[role].size
        value = expression if expression.isdigit() else f"p{number}.{expression}"
        lines.append(f'  static_assert({value} == {size}, "");')
    for position, expression in zip(call.inputs, call.reads, strict=True):
        size = case.inputs[position].extent
        lines.append(f'  static_assert(p{number}.{expression} == {size}, "");')
    lines.append(f'  static_assert(p{number}.{call.writes} == {case.node.output.extent}, "");')
    pattern = READERS[case.reader][1]
    inputs = [pattern.format(f"in{position}") for position in call.inputs]
    arrays = [] if call.holds_constants else names
    if in_rows:
        return [*lines, *row_calls(case, call, [*arrays, "to", *["scratch"] * (call.scratch > 0)])]
    arguments = [f"p{number}", *inputs, *arrays, f"out + {case.node.output.lead}"]
    arguments += ["scratch"] if call.scratch else []
    return [*lines, f"  micronets::{call.function}({', '.join(arguments)});"]


def row_calls(case: Case, call: KernelCall, arguments: list[str]) -> list[str]:
    """Row by row, from a ring that holds the rows of a window and no more."""
    (source,), output = case.inputs, case.node.output
    (need,) = rows_needed(case.node, case.inputs)
    height, stride = source.map_shape[0], source.extent // source.map_shape[0]
    rows = range(output.map_shape[0])
    capacity = max(1, *(need.count(y) - need.first(y) for y in rows))
    kind = READERS[case.reader][0]
    view = "micronets::pixel_rows(" if kind == "uint8_t" else "micronets::Rows<const int8_t*>{"
    close = ")" if kind == "uint8_t" else "}"
    return [
        f"  {kind}* const slots = reinterpret_cast<{kind}*>(ring) + {source.lead};",
        f"  memcpy(ring, in0 - {source.lead}, {source.lead});",
        f"  for (int32_t y = 0, next = 0; y < {len(rows)}; ++y) {{",
        f"    int8_t* const to = out + {output.lead} + y * {output.extent // len(rows)};",
        f"    for (; next < y * {need.step} + {need.reach} && next < {height}; ++next) {{",
        f"      memcpy(slots + next % {capacity} * {stride}, in0 + next * {stride}, {stride});",
        "    }",
        f"    micronets::{call.function}_row(p0, {view}slots, {stride}, {capacity}{close}, y, "
        f"{', '.join(arguments)});",
        "  }",
    ]


def case_text(case: Case, number: int, in_rows: bool) -> str:
    kind = READERS[case.reader][0]
    lines = [f"void run_{number}() {{  // {case.name} from {case.reader}"]
    for position, tensor in enumerate(case.inputs):
        count = f"{tensor.lead + tensor.extent} * sizeof({kind})"
        lines.append(f"  if (!harness_read(input[{position}], {count})) return;")
        lines.append(
            f"  {kind}* const in{position} = "
            f"reinterpret_cast<{kind}*>(input[{position}]) + {tensor.lead};"
        )
    lines.append(f"  memset(out, {GUARD}, sizeof out); memset(scratch, {GUARD}, sizeof scratch);")
    for index, call in enumerate(case.calls):
        lines += call_text(case, call, index, in_rows)
    lines.append(f"  harness_write(out, {written(case.node.output)} + {GUARDS});")
    lines.append(f"  harness_write(scratch + {scratch_of(case)}, {GUARDS});")
    return "\n".join([*lines, "}", ""])


def written(tensor: Tensor) -> int:
    """Values that a tensor takes in memory, its padding included."""
    return tensor.lead + tensor.extent


def scratch_of(case: Case) -> int:
    return max(call.scratch for call in case.calls)


def program_text(cases: list[Case], in_rows: bool) -> str:
    headers = sorted({call.header for case in cases for call in case.calls})
    calls = "".join(f"    run_{number}();\n" for number in range(len(cases)))
    most = max(
        raw.itemsize * (written(tensor) + max(call.reads_behind for call in case.calls))
        for case in cases
        for tensor, raw in zip(case.inputs, case.raw, strict=True)
    )
    count = max(len(case.inputs) for case in cases)
    return "\n".join(
        [
            "#include <string.h>",
            '#include "harness.h"',
            *(f'#include "{header}"' for header in ["micronets/core/input_s8.h", *headers]),
            "namespace {",
            f"alignas(8) uint8_t input[{count}][{-most % 8 + most}];",
            f"alignas(8) uint8_t ring[{-most % 8 + most}];" if in_rows else "",
            f"int8_t out[{max(written(case.node.output) for case in cases) + GUARDS}];",
            f"alignas(4) uint8_t scratch[{max(map(scratch_of, cases)) + GUARDS}];",
            *(case_text(case, number, in_rows) for number, case in enumerate(cases)),
            "}  // namespace",
            "int main() {",
            f"  for (int32_t i = 0; i < {BATCH}; ++i) {{\n{calls}  }}",
            "  return 0;\n}\n",
        ]
    )


def needed_padding(case: Case) -> int:
    """What padding in memory must hold: depthwise convolutions count on it."""
    depthwise = case.node.op == "depthwise_conv2d"
    return case.inputs[0].quant.zero_point if depthwise else ANYTHING


MOST_CASES = 150


def check_cases(
    target: Target, cases: list[Case] | None = None, *, in_rows: bool = False, **options: object
) -> None:
    """Run kernels in one program, on maps or row by row, and compare codes with the reference."""
    cases = all_cases() if cases is None else cases
    if target.name == "cortex-m55" and len(cases) > MOST_CASES:
        # Its board has 512 KB for code. Every other one: cases of an operator share its code.
        check_cases(target, cases[::2], in_rows=in_rows, **options)
        cases = cases[1::2]
    orders = [
        [
            in_memory(raw, tensor, needed_padding(case))
            for raw, tensor in zip(case.raw, case.inputs, strict=True)
        ]
        for case in cases
    ]
    given = b"".join(
        array[i].tobytes() for i in range(BATCH) for arrays in orders for array in arrays
    )
    program = build(target, program_text(cases, in_rows), include_dirs=FOLDERS, **options)  # type: ignore[arg-type]
    codes = np.frombuffer(program.run(given, timeout=300).output, np.int8)
    sizes = [written(case.node.output) + 2 * GUARDS for case in cases]
    answers = np.split(codes.reshape(BATCH, sum(sizes)), np.cumsum(sizes)[:-1], axis=1)
    for case, answer in zip(cases, answers, strict=True):
        tensor = case.node.output
        expected = in_memory(case.expected, tensor, tensor.quant.zero_point)
        expected = np.pad(expected, ((0, 0), (0, 2 * GUARDS)), constant_values=GUARD)
        np.testing.assert_array_equal(answer, expected, f"{case.name} from {case.reader}")


NeedTarget = Callable[[str], Target]


@pytest.mark.parametrize(
    ("name", "optimize", "options"),
    [
        ("host", "-O1", {"warnings": True, "standard": "c++11"}),
        ("host", "-O0", {"sanitize": True}),
        ("host-clang", "-O2", {"warnings": True, "standard": "c++20"}),
        ("cortex-m4", "-Os", {"warnings": True, "standard": "c++11"}),
    ],
)
def test_kernels_equal_the_references_to_the_bit(
    need_target: NeedTarget, name: str, optimize: str, options: dict[str, object]
) -> None:
    check_cases(need_target(name), optimize=optimize, extra_flags=STRICT, **options)


@pytest.mark.parametrize("reader", ["codes", "pixels"])
@pytest.mark.parametrize("flags", [(), ("-DMICRONETS_PORTABLE",)], ids=["assembly", "portable"])
def test_constants_are_read_from_the_flash_of_avr(
    need_target: NeedTarget, reader: str, flags: tuple[str, ...]
) -> None:
    cases = [case for case in all_cases() if case.reader == reader and "rgb" not in case.name]
    # Each RNNPool has tables of 8 KB and more, and AVR reads 64 KB of constants: two stand for all.
    pools = [case for case in cases if case.node.op == "rnnpool2d"]
    cases = [case for case in cases if case not in pools[2:]]
    flags = (*STRICT, *flags)
    check_cases(need_target("avr"), cases, optimize="-Os", warnings=True, extra_flags=flags)


ROUNDING_PROGRAM = """
#include "harness.h"
#include "micronets/core/requantize.h"

int main() {
  int32_t factors[2];
  while (harness_read(factors, 8)) {
    const int32_t half = micronets::rounded_high_half(factors[0], factors[1]);
    harness_write(&half, 4);
  }
  return 0;
}
"""


@pytest.mark.parametrize("name", ["host", "avr"])
def test_rounds_every_product_exactly(need_target: NeedTarget, name: str) -> None:
    edges = [0, 1, 2, 255, 256, 2**15, 2**16 - 1, 2**16, 2**24, 2**30, 2**31 - 1]
    rng = np.random.default_rng(0)
    random = rng.integers(-(2**31), 2**31, (2000, 2)) >> rng.integers(0, 31, (2000, 2))
    pairs = np.array(
        [(sign * a, b) for sign in (1, -1) for a in edges for b in edges[1:]]
        + [(-(2**31), 2**31 - 1), (-(2**31), 1)]
        + [(a, max(1, abs(b) % 2**31)) for a, b in random.tolist()]
    )
    program = build(need_target(name), ROUNDING_PROGRAM, include_dirs=FOLDERS, optimize="-Os")
    output = program.run(pairs.astype("<i4").tobytes()).output
    exact = [(a * b + 2**31) >> 32 for a, b in pairs.tolist()]
    np.testing.assert_array_equal(np.frombuffer(output, "<i4"), exact)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "optimize", "flags"),
    [
        ("host", "-O3", ("-funsigned-char", "-march=native", "-ffp-contract=fast")),
        ("host-m32", "-O2", ()),  # x87, which holds floats in more bits
        ("host-clang", "-O0", ("-funsigned-char",)),
        ("cortex-m0", "-Os", ()),
        ("cortex-m3", "-O2", ()),
        ("cortex-m4", "-O2", ("-DMICRONETS_PORTABLE",)),
        ("cortex-m7", "-O3", ()),
        ("cortex-m33", "-O2", ()),
        ("cortex-m55", "-O3", ()),
        ("rv32", "-Os", ()),
    ],
)
def test_every_target_gives_the_same_bits(
    need_target: NeedTarget, name: str, optimize: str, flags: tuple[str, ...]
) -> None:
    check_cases(need_target(name), optimize=optimize, extra_flags=flags)


def test_esp8266_compiles_every_kernel(compile_for_esp8266: Callable[..., None]) -> None:
    text = (CPP / "tests" / "every_kernel_s8.cpp").read_text(encoding="utf-8")
    compile_for_esp8266(text, FOLDERS)


def test_examples_reach_every_code_path() -> None:
    functions = {call.function for case in all_cases() for call in case.calls}
    existing = {path.stem for path in (CPP / "include/micronets/kernels").glob("*_s8.h")}
    # tests/detector runs the heads of detectors, which need their list of candidates.
    assert functions == existing - {"detect_head_s8"}
    codes = np.concatenate([case.expected.ravel() for case in all_cases()])
    assert {LOWEST, HIGHEST} <= set(codes.tolist())


def test_fields_stand_in_the_order_of_the_struct() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in sorted((CPP / "include").rglob("*.h")))
    for call in {call.struct: call for case in all_cases() for call in case.calls}.values():
        body = re.search(rf"^struct {call.struct} \{{\n(.*?)^\}};", sources, re.M | re.S)
        assert body is not None, call.struct
        fields = re.findall(r"^  (?:const )?\w+\*? (\w+);", body[1], re.M)
        labels = [re.split(r"  +| h w c", field.label)[0].strip() for field in call.fields]
        held = list(call.constants) if call.holds_constants else []
        assert [label.replace(" ", "_") for label in [*labels, *held]] == fields, call.struct


# ---- cpp/tests/kernels_s8_test.cpp --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "optimize", "cases", "options"),
    [
        ("host", "-O0", 100, {"standard": "c++11", "sanitize": True, "warnings": True}),
        ("host-clang", "-O1", 100, {"standard": "c++20", "sanitize": True, "warnings": True}),
        ("host", "-O3", 200, {"extra_flags": ("-funsigned-char",)}),
        ("host-m32", "-O2", 100, {}),
        ("cortex-m0", "-Os", 10, {}),
        ("cortex-m4", "-Os", 40, {}),
        ("cortex-m4", "-O2", 40, {}),
        ("cortex-m4", "-O2", 40, {"extra_flags": ("-DMICRONETS_PORTABLE",)}),
        ("cortex-m55", "-O2", 40, {}),
    ],
)
def test_kernels_equal_naive_loops(
    need_target: NeedTarget, name: str, optimize: str, cases: int, options: dict[str, object]
) -> None:
    flags = (*options.get("extra_flags", ()), f"-DMICRONETS_TEST_CASES={cases}")  # type: ignore[misc]
    program = build(
        need_target(name),
        CPP / "tests" / "kernels_s8_test.cpp",
        include_dirs=FOLDERS,
        optimize=optimize,
        **{**options, "extra_flags": flags},  # type: ignore[arg-type]
    )
    text = program.run().text
    assert "PASSED" in text, text
