"""The C++ kernels by themselves: right on every compiler, level and core, and clean to include."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from micronets.codegen import packing
from micronets.toolchain import Target, build

pytestmark = pytest.mark.xdist_group("cpp")

CPP = Path(__file__).resolve().parents[2] / "cpp"
INCLUDE = CPP / "include"
TESTS = CPP / "tests"
FOLDERS = (INCLUDE, TESTS)
HEADERS = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.h"))
REFUSED = sorted((TESTS / "must_not_compile").glob("*.cpp"))
STRICT = ("-Wsign-conversion", "-Wold-style-cast", "-Wundef", "-Wcast-qual")

NeedTarget = Callable[[str], Target]


def run_kernel_tests(target: Target, *flags: str, cases: int = 60, **options: object) -> str:
    """Run cpp/tests/kernels_test.cpp and return the digest of all results.

    Args:
        target: Where it runs.
        *flags: More compiler flags.
        cases: Random shapes for each kernel.
        **options: More arguments of `build`.
    """
    program = build(
        target,
        TESTS / "kernels_test.cpp",
        include_dirs=FOLDERS,
        extra_flags=(f"-DMICRONETS_TEST_CASES={cases}", *flags),
        **options,  # type: ignore[arg-type]
    )
    text = program.run().text
    assert "PASSED" in text, text
    digest = re.search(r"digest ([0-9a-f]{8})", text)
    assert digest is not None, text
    return digest.group(1)


@pytest.mark.parametrize(
    ("compiler", "optimize", "standard"), [("host", "-O0", "c++11"), ("host-clang", "-O1", "c++20")]
)
def test_kernels_equal_naive_loops_under_sanitizers(
    need_target: NeedTarget, compiler: str, optimize: str, standard: str
) -> None:
    target = need_target(compiler)
    run_kernel_tests(target, cases=150, optimize=optimize, standard=standard, sanitize=True)


def test_kernels_give_the_same_bits_at_every_level(host: Target) -> None:
    fast = run_kernel_tests(host, "-funsigned-char", optimize="-O3", standard="c++17")
    plain = run_kernel_tests(host, optimize="-O1", standard="c++11")
    assert fast == plain


def test_kernels_equal_naive_loops_on_32_bits(need_target: NeedTarget) -> None:
    run_kernel_tests(need_target("host-m32"), optimize="-Os", standard="c++14")


@pytest.mark.parametrize("name", ["cortex-m0", "cortex-m7"])
def test_kernels_equal_naive_loops_on_cores(need_target: NeedTarget, name: str) -> None:
    run_kernel_tests(need_target(name), cases=6, optimize="-Os")


@pytest.mark.parametrize("optimize", ["-O0", "-O2", "-Os"])
def test_assembly_equals_portable_code_to_the_bit(cortex_m4: Target, optimize: str) -> None:
    options = {"optimize": optimize, "standard": "c++11"}
    assembly = run_kernel_tests(cortex_m4, **options)
    portable = run_kernel_tests(cortex_m4, "-DMICRONETS_PORTABLE", **options)
    assert assembly == portable


@pytest.mark.parametrize(
    ("target", "optimize", "standard"),
    [
        ("host", "-O2", "c++11"),
        ("host", "-O0", "c++20"),
        ("host-clang", "-O1", "c++20"),
        ("cortex-m0", "-Os", "c++11"),
        ("cortex-m4", "-O0", "c++11"),
        ("cortex-m4", "-O3", "gnu++17"),
        ("cortex-m55", "-Os", "gnu++17"),
        ("rv32", "-Os", "c++11"),
        ("avr", "-Os", "gnu++11"),
    ],
)
def test_two_units_with_every_kernel_link_without_a_warning(
    need_target: NeedTarget, target: str, optimize: str, standard: str
) -> None:
    build(
        need_target(target),
        [TESTS / "first_unit.cpp", TESTS / "second_unit.cpp"],
        include_dirs=FOLDERS,
        optimize=optimize,
        standard=standard,
        warnings=True,
        extra_flags=STRICT,
    )


def test_esp8266_compiles_every_kernel(compile_for_esp8266: Callable[..., None]) -> None:
    compile_for_esp8266((TESTS / "second_unit.cpp").read_text(encoding="utf-8"), FOLDERS)


def test_each_header_compiles_alone_and_twice(host: Target, tmp_path: Path) -> None:
    rejected = []
    for header in HEADERS:
        source = tmp_path / "alone.cpp"
        source.write_text(f'#include "{header}"\n#include "{header}"\n', encoding="utf-8")
        done = syntax_check(host, source)
        if done.returncode != 0:
            rejected.append(f"{header}\n{done.stderr}")
    assert not rejected, "\n".join(rejected)


def test_list_of_all_kernels_is_complete() -> None:
    listed = re.findall(r'#include "(.*)"', (TESTS / "all_kernels.h").read_text(encoding="utf-8"))
    assert listed == HEADERS


@pytest.mark.parametrize("source", REFUSED, ids=lambda path: path.stem)
def test_misuse_does_not_compile(host: Target, source: Path) -> None:
    expected = source.read_text(encoding="utf-8").splitlines()[0].removeprefix("// expect: ")
    done = syntax_check(host, source)
    assert done.returncode != 0
    assert expected in done.stderr


def syntax_check(host: Target, source: Path) -> subprocess.CompletedProcess[str]:
    """Compile without making code."""
    command = [host.compiler, "-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    command += [f"-I{INCLUDE}", str(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


# ---- packing, as the kernels read it ------------------------------------------------------------

_PACKED_PROGRAM = """
#include <stdio.h>
#include "all_kernels.h"
using namespace micronets;
{arrays}
int main() {{
  static float out[2000];
  const Shape input = {{5, 7, 6, 7}};
  const Shape same = {{5, 7, 7, 7}};
  const float* from = image;
  conv2d_3x3_f32(Conv2D{{input, same, {{3, 3, 1, 1}}, {{1, 1, 1, 1}}, Activation::linear, 0.0F}},
                 from, conv_3x3, nullptr, out);
  for (int32_t i = 0; i < same.size(); ++i) printf("%ld ", static_cast<long>(out[i]));
  pointwise_conv2d_f32(
      Conv2D{{input, same, {{1, 1, 1, 1}}, {{0, 0, 0, 0}}, Activation::linear, 0.0F}},
      from, pointwise, nullptr, out);
  for (int32_t i = 0; i < same.size(); ++i) printf("%ld ", static_cast<long>(out[i]));
  depthwise_conv2d_3x3_f32(
      DepthwiseConv2D{{input, input, {{3, 3, 1, 1}}, {{1, 1, 1, 1}}, Activation::linear, 0.0F}},
      from, depthwise, nullptr, out);
  for (int32_t i = 0; i < input.size(); ++i) printf("%ld ", static_cast<long>(out[i]));
  dense_f32(Dense{{210, 7, Activation::linear, 0.0F}}, from, dense, nullptr, out);
  for (int32_t i = 0; i < 7; ++i) printf("%ld ", static_cast<long>(out[i]));
}}
"""


def planar(array: np.ndarray) -> np.ndarray:
    """Reorder (height, width, channels) as maps lie inside the net."""
    return array.transpose(0, 2, 1).ravel()


def convolve_same(image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Slide (outputs, 3, 3, inputs) over a map with a border of zeros."""
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    height, width, _ = image.shape
    taps = [
        np.einsum("yxc,oc->yxo", padded[y : y + height, x : x + width], weights[:, y, x])
        for y in range(3)
        for x in range(3)
    ]
    return np.sum(taps, axis=0)


@pytest.mark.parametrize("name", ["host", "cortex-m4", "cortex-m0"])
def test_packed_weights_are_read_as_they_were_packed(
    need_target: NeedTarget, rng: np.random.Generator, name: str
) -> None:
    def whole(*shape: int) -> np.ndarray:
        return rng.integers(-8, 9, shape).astype(np.float32)

    image, conv, pointwise = whole(5, 7, 6), whole(7, 3, 3, 6), whole(7, 1, 1, 6)
    depthwise, dense = whole(3, 3, 6), whole(7, 210)
    diagonal = np.zeros((6, 3, 3, 6), np.float32)
    diagonal[range(6), :, :, range(6)] = depthwise.transpose(2, 0, 1)
    expected = [
        planar(convolve_same(image, conv)),
        planar(image @ pointwise[:, 0, 0].T),
        planar(convolve_same(image, diagonal)),
        dense @ image.ravel(),
    ]
    arrays = {
        "image": planar(image),
        "conv_3x3": packing.pack_conv2d_3x3(conv),
        "pointwise": packing.pack_pointwise_conv2d(pointwise),
        "depthwise": packing.pack_depthwise_conv2d(depthwise),
        "dense": packing.pack_dense(dense, (5, 7, 6)),
    }
    text = "".join(
        f"const float {key}[] = {{{', '.join(map(str, values.tolist()))}}};\n"
        for key, values in arrays.items()
    )
    program = build(
        need_target(name), _PACKED_PROGRAM.format(arrays=text), include_dirs=FOLDERS, optimize="-Os"
    )
    actual = [int(number) for number in program.run().text.split()]
    np.testing.assert_array_equal(actual, np.concatenate(expected).astype(int))


def test_packing_a_dense_layer_refuses_another_map() -> None:
    with pytest.raises(ValueError, match="has 12 values, but the weights are for 10 inputs"):
        packing.pack_dense(np.zeros((3, 10), np.float32), (2, 2, 3))
