"""Generated code under every compiler, standard and optimisation that users have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from e2e_models import MODELS
from generated import compile_object, compiler_message, model_export, output_of, pico, write_headers
from header_batch import Case, assert_close, pixels_for, run_batch

from micronets.codegen.emit.camera import camera_functions
from micronets.codegen.export import Export
from micronets.toolchain.building import WARNINGS

_STRICT = (
    *WARNINGS,
    "-Wundef",
    "-Wold-style-cast",
    "-Wcast-qual",
    "-Wsign-conversion",
    "-Wmissing-declarations",
)
_STANDARDS = ("c++11", "c++14", "c++17", "c++20")
_NAMES = ("BatchNormEverywhere", "Residual", "SeveralHeads", "OddReshapes", "SingleSigmoid")


def _exports() -> list[Export]:
    return [pico(), *map(model_export, _NAMES)]


def _every_function(export: Export) -> str:
    """Calls everything that a class offers, so that templates are instantiated."""
    name = export.class_name
    several = "net.head_count() + " if len(export.graph.outputs) > 1 else ""
    camera = "".join(
        f" + net.{function.name}({'words' if 'uint16_t' in function.signature else 'pixels'})"
        for function in camera_functions(export.schedule, "")
    )
    probability = "net.probability(0) + " if "probability(" in export.header.text else ""
    return f"""
float use_{name}({name}& net, const float* values, const uint8_t* pixels) {{
  static const uint16_t words[96 * 96] = {{}};
  (void)words;
  const int32_t sizes = {several}{name}::input_height() + net.input_width() + net.output_size() +
                        net.input_channels() + net.label_count();
  const int32_t labels = net.predict(values) + net.predict(pixels) + net.label(){camera};
  return static_cast<float>(labels + sizes) + {probability}net.output(0) + net.outputs()[0];
}}
"""


def _source(exports: list[Export]) -> str:
    """One file that uses all of them, with declarations for -Wmissing-declarations."""
    includes = "\n".join(f'#include "{export.class_name}.h"' for export in exports)
    functions = "\n".join(_every_function(export) for export in exports)
    return f"{includes}\n\nnamespace {{\n{functions}\n}}\n" + "\n".join(
        f"float (*keep_{export.class_name})({export.class_name}&, const float*, const uint8_t*);\n"
        f"struct Keep{export.class_name} {{\n"
        f"  Keep{export.class_name}() {{ keep_{export.class_name} = use_{export.class_name}; }}\n"
        f"}} keeper_{export.class_name};"
        for export in exports
    )


@pytest.mark.slow
@pytest.mark.parametrize("standard", _STANDARDS)
@pytest.mark.parametrize("compiler", ["host", "host-clang"])
def test_no_warning_in_any_standard(
    tmp_path: Path, need_target, compiler: str, standard: str
) -> None:
    target = need_target(compiler)
    exports = _exports()
    write_headers(tmp_path, *exports)
    flags = [f"-std={standard}", "-O1", *_STRICT]
    compile_object(tmp_path, _source(exports), target.compiler, flags)


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags",
    [
        ("-Os",),
        ("-O3",),
        ("-Os", "-funsigned-char", "-std=gnu++11"),
        ("-O2", "-fshort-enums", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "rv32", "avr"])
def test_no_warning_in_cross_compilers(
    tmp_path: Path, need_target, target: str, flags: tuple[str, ...]
) -> None:
    found = need_target(target)
    exports = [model_export(name) for name in ("SeveralHeads", "SingleSigmoid")]
    write_headers(tmp_path, *exports)
    standard = () if any(flag.startswith("-std") for flag in flags) else ("-std=gnu++11",)
    # avr-g++ 5 warns of conversions of uint8_t that it has promoted itself.
    warnings = ("-Wall", "-Wextra", "-Werror") if target == "avr" else _STRICT
    options = [flag for flag in found.flags if not flag.startswith("-Wl")]
    compile_object(
        tmp_path, _source(exports), found.compiler, [*options, *standard, *flags, *warnings]
    )


_MOST = tuple(name for name in MODELS if name != "KerasTutorialNet")


def _agrees(
    folder: Path, target: str = "host", names: Sequence[str] = _MOST, **build: object
) -> None:
    cases = [
        Case(model_export(name), images)
        for name in names
        for shape in [model_export(name).graph.input.shape]
        for images in (pixels_for(shape, 2), (pixels_for(shape, 2) / 128 - 1).astype(np.float32))
    ]
    for case, answer in zip(cases, run_batch(cases, folder, target, **build), strict=True):
        twin = case.export.predict(case.images)
        heads = [head.reshape(2, -1) for head in (twin if isinstance(twin, list) else [twin])]
        assert_close(answer.heads, heads, f"{case.export.class_name} {build}")


@pytest.mark.slow
@pytest.mark.parametrize("optimize", ["-O0", "-O1", "-O2", "-O3"])
def test_sanitizers_find_nothing(tmp_path: Path, need_target, optimize: str) -> None:
    need_target("host")
    # Sanitizers and optimisation together take the compiler a second per net.
    names = _MOST if optimize == "-O0" else _NAMES
    _agrees(tmp_path, names=names, sanitize=True, optimize=optimize)


@pytest.mark.slow
def test_sanitizers_of_clang_find_nothing(tmp_path: Path, need_target) -> None:
    need_target("host-clang")
    _agrees(tmp_path, "host-clang", optimize="-O1", standard="c++20")


@pytest.mark.slow
@pytest.mark.parametrize(
    "build",
    [
        {"target": "host-m32", "optimize": "-O2"},
        {"optimize": "-Os", "standard": "c++11", "extra_flags": ["-funsigned-char"]},
        {"optimize": "-O3", "extra_flags": ["-march=native", "-ffp-contract=fast"]},
        {"optimize": "-O2", "extra_flags": ["-include", "nasty.h"]},
    ],
    ids=["m32", "Os_unsigned_char", "O3_native", "arduino_macros"],
)
def test_answers_are_the_same(tmp_path: Path, need_target, build: dict[str, object]) -> None:
    need_target(str(build.get("target", "host")))
    (tmp_path / "nasty.h").write_text(_ARDUINO_MACROS, encoding="utf-8")
    _agrees(tmp_path, **build)


# What Arduino.h does to everything that is included after it.
_ARDUINO_MACROS = """
#include <math.h>
#include <stdlib.h>
#include <string.h>
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define bit(b) (1UL << (b))
#define F(string) string
#define B0 0
#define B1 1
#define INPUT 0
#define OUTPUT 1
#define DEFAULT 1
#define PI 3.14
#define HIGH 1
#define LOW 0
#define _B 1
#define _L 1
#define _U 1
#define word unsigned
"""


def test_c_compiler_is_told_to_rename_the_file(tmp_path: Path, need_target) -> None:
    need_target("host")
    write_headers(tmp_path, pico())
    message = compiler_message(
        tmp_path, '#include "PicoMobileNet.h"\n', compiler="gcc", name="sketch.c"
    )
    assert "PicoMobileNet.h is C++: rename the file" in message


def test_old_standard_is_told_which_one_is_needed(tmp_path: Path, need_target) -> None:
    target = need_target("host")
    write_headers(tmp_path, pico())
    with pytest.raises(Exception, match=r"PicoMobileNet\.h needs C\+\+11"):
        compile_object(tmp_path, '#include "PicoMobileNet.h"\n', target.compiler, ["-std=c++98"])


def test_large_net_is_refused_on_avr(tmp_path: Path, need_target) -> None:
    target = need_target("avr")
    export = model_export("KerasTutorialNet")
    write_headers(tmp_path, export)
    with pytest.raises(Exception, match="more constants than an AVR can address"):
        compile_object(
            tmp_path,
            '#include "KerasTutorialNet.h"\n',
            target.compiler,
            [*target.flags, "-std=gnu++11"],
        )


@pytest.mark.slow
def test_object_for_cortex_m4_needs_no_heap_and_no_constructors(
    tmp_path: Path, need_target
) -> None:
    target = need_target("cortex-m4")
    write_headers(tmp_path, pico(), model_export("SeveralHeads"))
    source = (
        '#include "PicoMobileNet.h"\n#include "SeveralHeads.h"\n'
        "PicoMobileNet pico;\nSeveralHeads heads;\n"
        "int run(const float* x) { return pico.predict(x) + heads.predict(x); }\n"
    )
    flags = [flag for flag in target.flags if not flag.startswith("-Wl")]
    path = compile_object(tmp_path, source, target.compiler, [*flags, "-Os", "-std=gnu++11"])
    undefined = output_of("arm-none-eabi-nm", "-u", path).split()
    assert set(undefined) - {"U"} <= {"expf", "memcpy", "memset", "memmove", "tanhf"}, undefined
    sections = _sections(path)
    assert not [name for name in sections if name.startswith((".init_array", ".ctors"))]
    assert sum(size for name, size in sections.items() if name.startswith(".data")) == 0
    ram = sum(size for name, size in sections.items() if name.startswith(".bss"))
    assert ram == pico().ram + model_export("SeveralHeads").ram
    flash = sum(size for name, size in sections.items() if name.startswith(".rodata"))
    assert flash >= pico().constants + model_export("SeveralHeads").constants


def _sections(path: Path) -> dict[str, int]:
    """Section sizes of an object for Arm."""
    lines = output_of("arm-none-eabi-size", "-A", path).splitlines()
    rows = [line.split() for line in lines if line.startswith(".")]
    return {row[0]: int(row[1]) for row in rows}
