"""A colour camera's pixels: the header converts them as Python does, to the bit, on every chip."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from e2e_models import MODELS
from generated import compile_object, compiler_message, output_of, write_headers
from header_batch import assert_close, head_sizes, pixels_for
from keras_nets import L, sequential

from micronets import grey_from_rgb, grey_from_rgb565, rgb_from_rgb565, toolchain
from micronets.codegen.driver import decode
from micronets.codegen.export import Export
from micronets.codegen.inputs import input_codes
from micronets.codegen.interpreter import evaluate_codes
from micronets.codegen.pipeline import compile_model


@dataclass(frozen=True)
class Frame:
    """One call: the function, what a camera holds, and the levels that the net should see."""

    function: str
    word: str
    data: bytes
    levels: np.ndarray


def frames(shape: tuple[int, ...], seed: int = 0) -> Iterator[Frame]:
    """Every way to hand a camera's image to a net of that input."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 65536, shape[:2]).astype(np.uint16)
    grey = shape[2] == 1
    levels = grey_from_rgb565(pixels) if grey else rgb_from_rgb565(pixels)
    yield Frame("predict_rgb565", "uint8_t", pixels.astype(">u2").tobytes(), levels)
    yield Frame("predict_rgb565_native", "uint16_t", pixels.astype("<u2").tobytes(), levels)
    if grey:
        colours = rng.integers(0, 256, (*shape[:2], 3)).astype(np.uint8)
        yield Frame("predict_rgb888", "uint8_t", colours.tobytes(), grey_from_rgb(colours))


# A camera's bytes begin where they like: one behind an aligned address.
_FUNCTION = """\
static void run_{number}() {{
  static {class_name} net;
  static {word} frame[{count} + 1];
  if (!harness_read(frame + 1, {bytes})) return;
  const uint16_t label = net.{function}(frame + 1);
  harness_write(&label, sizeof label);
{heads}
}}
"""


def program_text(calls: list[tuple[Export, Frame]]) -> str:
    """One function per call."""
    functions = []
    for number, (export, frame) in enumerate(calls):
        sizes = head_sizes(export)
        heads = "\n".join(
            f"  harness_write(net.outputs({head if len(sizes) > 1 else ''}), "
            f"{export.graph.value_bytes * size});"
            for head, size in enumerate(sizes)
        )
        count = len(frame.data) // (2 if frame.word == "uint16_t" else 1)
        functions.append(
            _FUNCTION.format(
                number=number,
                class_name=export.class_name,
                word=frame.word,
                count=count,
                bytes=len(frame.data),
                function=frame.function,
                heads=heads,
            )
        )
    names = sorted({export.class_name for export, _ in calls})
    includes = "".join(f'#include "{name}.h"\n' for name in names)
    runs = "".join(f"  run_{number}();\n" for number in range(len(calls)))
    main = f"int main() {{\n{runs}  return 0;\n}}\n"
    return "\n".join(['#include "harness.h"\n' + includes, *functions, main])


def check(exports: list[Export], folder: Path, target: str = "host", **build: Any) -> None:
    """Runs every function of every net and compares all outputs with Python."""
    calls = [(export, frame) for export in exports for frame in frames(export.graph.input.shape)]
    write_headers(folder, *exports)
    program = toolchain.build(target, program_text(calls), include_dirs=[folder], **build)
    output = program.run(b"".join(frame.data for _, frame in calls), timeout=300).output
    for export, frame in calls:
        size = 2 + sum(head_sizes(export)) * export.graph.value_bytes
        heads, labels = decode(export, output[:size], 1)
        output = output[size:]
        what = f"{export.class_name}.{frame.function} on {target}"
        if export.graph.is_int8:
            codes = evaluate_codes(export.graph, input_codes(frame.levels[np.newaxis], 1.0, 0.0))
            for got, wanted in zip(heads, codes, strict=True):
                assert (got.ravel() == wanted.ravel()).all(), what
        else:
            twin = export.predict(frame.levels)
            assert_close(heads, twin if isinstance(twin, list) else [twin], what)
        assert 0 <= labels[0] < 65536
    assert not output


def _export(name: str, make: Callable[[], Any], dtype: str) -> Export:
    model = make()
    images = pixels_for(tuple(model.input_shape[1:]), 8) if dtype == "int8" else None
    return compile_model(
        model, class_name=f"{name}_{dtype}".capitalize(), dtype=dtype, calibration=images
    )


def _strided(stride: int, padding: str, window: int = 3, side: int = 13) -> Callable[[], Any]:
    """One grey convolution of everything that matters to rows: windows, strides, edges."""
    return lambda: sequential(
        (side, side + 2, 1),
        L.Conv2D(4, window, strides=stride, padding=padding, activation="relu"),
        L.GlobalAveragePooling2D(),
        L.Dense(3),
    )


_FIRST_LAYERS: dict[str, Callable[[], Any]] = {
    **{f"Stride{s}_{p}": _strided(s, p) for s in (1, 2, 3, 4) for p in ("same", "valid")},
    "Window5": _strided(2, "same", 5),
    "Window1": _strided(1, "valid", 1),
    "AsLarge": _strided(1, "valid", 13),
    "Larger": _strided(1, "same", 9, 4),
    "Depthwise": lambda: sequential(
        (8, 9, 3), L.DepthwiseConv2D(3, padding="same"), L.Flatten(), L.Dense(2)
    ),
    "Pooled": lambda: sequential((8, 8, 1), L.MaxPooling2D(2), L.Flatten(), L.Dense(2)),
    "Colours": lambda: sequential(
        (12, 10, 3), L.Conv2D(5, 3, strides=2, padding="same"), L.Flatten(), L.Dense(2)
    ),
}
_CAMERA_MODELS = [
    name
    for name in MODELS
    if len(MODELS[name]().input_shape) == 4 and MODELS[name]().input_shape[3] in (1, 3)
]
_BUILDS = [
    {"optimize": "-O1", "sanitize": True, "warnings": True},
    {"target": "host-clang", "optimize": "-O2", "warnings": True, "standard": "c++11"},
    {"optimize": "-O3", "extra_flags": ["-funsigned-char"]},
]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("build", _BUILDS, ids=["sanitized", "clang", "O3"])
def test_every_first_layer_reads_camera_pixels(
    dtype: str, build: dict[str, Any], tmp_path: Path, need_target
) -> None:
    need_target(build.get("target", "host"))
    check([_export(name, make, dtype) for name, make in _FIRST_LAYERS.items()], tmp_path, **build)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_every_model_reads_camera_pixels(dtype: str, tmp_path: Path, need_target) -> None:
    need_target("host")
    check([_export(name, MODELS[name], dtype) for name in _CAMERA_MODELS], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("optimize", ["-Os", "-O0"])
@pytest.mark.parametrize(
    "target", ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m55", "rv32", "avr"]
)
def test_chips_read_camera_pixels(target: str, optimize: str, tmp_path: Path, need_target) -> None:
    need_target(target)
    names = ["Stride2_same", "Stride3_valid", "Colours"] if target == "avr" else _FIRST_LAYERS
    dtypes = ["int8"] if target == "avr" or optimize == "-O0" else ["int8", "float32"]
    exports = [_export(name, _FIRST_LAYERS[name], dtype) for name in names for dtype in dtypes]
    check(exports, tmp_path, target, optimize=optimize)


def _digit_int8() -> Export:
    return _export("Digit", MODELS["DigitNet"], "int8")


def test_functions_that_nobody_calls_cost_no_flash(tmp_path: Path, need_target) -> None:
    target = need_target("cortex-m4")
    export = _digit_int8()
    write_headers(tmp_path, export)
    include = f'#include "{export.class_name}.h"\n{export.class_name} net;\n'
    flags = [flag for flag in target.flags if not flag.startswith("-Wl")]
    flags += ["-Os", "-std=gnu++11"]
    source = include + "int f(const uint8_t* x) { return net.predict(x); }\n"
    with_them = compile_object(tmp_path, source, target.compiler, flags).read_bytes()
    text, count = re.subn(
        r"inline uint16_t \w+::predict_rgb\w+\(.*?\n\}\n", "", export.header.text, flags=re.DOTALL
    )
    assert count == 3
    (tmp_path / f"{export.class_name}.h").write_text(text, encoding="utf-8")
    assert compile_object(tmp_path, source, target.compiler, flags).read_bytes() == with_them


def test_int8_needs_no_float_for_a_camera(tmp_path: Path, need_target) -> None:
    target = need_target("cortex-m0")
    export = _digit_int8()
    write_headers(tmp_path, export)
    source = (
        f'#include "{export.class_name}.h"\n{export.class_name} net;\n'
        "int f(const uint8_t* x, const uint16_t* y) {\n"
        "  return net.predict_rgb565(x) + net.predict_rgb565_native(y) + net.predict_rgb888(x);\n"
        "}\n"
    )
    flags = [flag for flag in target.flags if not flag.startswith("-Wl")]
    path = compile_object(tmp_path, source, target.compiler, [*flags, "-Os", "-std=gnu++11"])
    undefined = output_of("arm-none-eabi-nm", "-u", path)
    assert "aeabi" in undefined or "mem" in undefined
    assert not [name for name in undefined.split() if name.startswith(("__aeabi_f", "__aeabi_d2"))]


def test_numbers_are_not_taken_for_a_cameras_bytes(tmp_path: Path, need_target) -> None:
    """Swapped bytes would give wrong colours without a word: the types differ instead."""
    need_target("host")
    export = _digit_int8()
    write_headers(tmp_path, export)
    name = export.class_name
    source = f'#include "{name}.h"\nint f({name}& n, const uint16_t* x) '
    message = compiler_message(tmp_path, source + "{ return n.predict_rgb565(x); }\n")
    assert "uint8_t" in message


def test_colour_nets_offer_no_grey_and_others_nothing() -> None:
    colour = _export("Colour", _FIRST_LAYERS["Colours"], "int8").header.text
    assert "predict_rgb565(" in colour and "predict_rgb888" not in colour
    for name in ("VectorNet", "Inception", "KeywordSpotting"):
        text = compile_model(MODELS[name](), class_name=name).header.text
        assert "rgb565" not in text, name


def test_headers_say_how_much_stack_rows_take() -> None:
    text = _export("Rows", _strided(2, "same", 5), "int8").header.text
    assert "as grey; takes 75 B of stack more." in text
    assert "camera<75>" in text
