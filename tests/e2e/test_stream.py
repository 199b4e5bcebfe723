"""The class of a net that streams: rows, their number, their kinds, and what it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graph_text import parse_graph
from header_batch import export_graph_s8, pixels_for
from keras_nets import L, sequential

from micronets import grey_from_rgb565, toolchain
from micronets.bench.nets import calibration_pixels, make_net
from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.codegen.schedule import reads_behind
from micronets.codegen.stream import make_stream
from micronets.errors import ToolchainError

_SHAPE = (24, 20, 1)


def small_net(dtype: str = "int8", memory: str = "stream", **options: object) -> Export:
    """A net with a first layer, depthwise and pointwise layers, a pool and a dense layer."""
    layers = [
        L.Conv2D(3, 3, strides=2, activation="relu"),
        L.DepthwiseConv2D(3, padding="same", activation="relu"),
        L.Conv2D(5, 1, activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(4, activation="softmax"),
    ]
    model = sequential(_SHAPE, *layers)
    if dtype == "int8":
        options["calibration"] = pixels_for(_SHAPE, 8)
    return compile_model(model, class_name="Rows", dtype=dtype, memory=memory, **options)


def run(folder: Path, export: Export, body: str, stdin: bytes = b"", target: str = "host") -> bytes:
    """Runs statements behind `static Rows net;`."""
    (folder / "rows.h").write_text(export.header.text, encoding="utf-8")
    source = '#include "harness.h"\n#include "rows.h"\nstatic Rows net;\n'
    source += f"int main() {{\n{body}\n  return 0;\n}}\n"
    program = toolchain.build(target, source, include_dirs=[folder], warnings=True)
    return program.run(stdin).output


_WRITE_OUTPUTS = "  harness_write(net.outputs(), sizeof *net.outputs() * Rows::output_size());\n"


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_rows_give_what_the_image_gives(tmp_path: Path, dtype: str) -> None:
    export, image = small_net(dtype), pixels_for(_SHAPE, 1)
    body = "  static uint8_t pixels[24][20];\n  harness_read(pixels, sizeof pixels);\n"
    whole = "  net.predict(&pixels[0][0]);\n" + _WRITE_OUTPUTS
    rows = "  net.begin();\n  for (auto& row : pixels) net.push_row(row);\n" + _WRITE_OUTPUTS
    output = run(tmp_path, export, body + whole + rows + whole, image.tobytes())
    first, second, third = np.frombuffer(output, np.uint8).reshape(3, -1)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, third)


def test_rows_too_many_change_nothing_and_too_few_are_no_image(tmp_path: Path) -> None:
    body = """  static uint8_t row[20] = {7, 250};
  uint8_t seen[6];
  seen[0] = net.finish();
  for (int i = 0; i < 23; ++i) net.push_row(row);
  seen[1] = net.finish();
  seen[2] = net.push_row(row);
  seen[3] = net.finish();
  seen[4] = net.push_row(row) || net.push_row() || net.row_buffer() != nullptr;
  seen[5] = net.finish();
  harness_write(seen, sizeof seen);
"""
    before_and_after = _WRITE_OUTPUTS + "  net.push_row(row);\n" + _WRITE_OUTPUTS
    output = np.frombuffer(run(tmp_path, small_net(), body + before_and_after), np.uint8)
    assert output[:6].tolist() == [0, 0, 1, 1, 0, 1]
    before, after = output[6:].reshape(2, -1)
    np.testing.assert_array_equal(before, after)


def test_an_image_may_be_given_up(tmp_path: Path) -> None:
    image = pixels_for(_SHAPE, 1)
    body = """  static uint8_t pixels[24][20];
  harness_read(pixels, sizeof pixels);
  for (int i = 3; i < 12; ++i) net.push_row(pixels[i]);
  net.begin();
  for (auto& row : pixels) net.push_row(row);
"""
    export = small_net()
    output = run(tmp_path, export, body + _WRITE_OUTPUTS, image.tobytes())
    expected = export.predict(image)[0]
    np.testing.assert_array_equal(np.frombuffer(output, np.int8) / 256 + 0.5, expected)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("target", ["host", "cortex-m4", "cortex-m0"])
def test_a_driver_fills_rows_in_place(need_target, tmp_path: Path, dtype: str, target: str) -> None:
    need_target(target)
    export, image = small_net(dtype), pixels_for(_SHAPE, 1)
    kind = "uint8_t" if dtype == "int8" else "float"
    body = f"""  net.begin();
  while ({kind}* row = net.row_buffer()) {{
    harness_read(row, 20 * sizeof *row);
    net.push_row();
  }}
"""
    values = image if dtype == "int8" else (image / 255).astype(np.float32)
    output = run(tmp_path, export, body + _WRITE_OUTPUTS, values.tobytes(), target)
    expected = export.predict(values)[0]
    if dtype == "int8":
        np.testing.assert_array_equal(np.frombuffer(output, np.int8) / 256 + 0.5, expected)
    else:
        np.testing.assert_allclose(np.frombuffer(output, np.float32), expected, atol=1e-5)


@pytest.mark.parametrize("target", ["host", "cortex-m4"])
def test_rows_of_a_colour_camera(need_target, tmp_path: Path, target: str) -> None:
    need_target(target)
    export = small_net()
    camera = np.random.default_rng(5).integers(0, 65536, _SHAPE[:2]).astype(np.uint16)
    body = """  static uint8_t bytes[24][40];
  harness_read(bytes, sizeof bytes);
  net.begin();
  for (auto& row : bytes) net.push_row_rgb565(row);
"""
    output = run(tmp_path, export, body + _WRITE_OUTPUTS, camera.astype(">u2").tobytes(), target)
    expected = export.predict(grey_from_rgb565(camera)[np.newaxis])[0]
    np.testing.assert_array_equal(np.frombuffer(output, np.int8) / 256 + 0.5, expected)


# Bytes of the object in int8, the rows of the image included.
_MOST = {"Pico": 1536, "Nano": 2662, "Micro": 7782, "Milli": 9728, "Base": 14131}


@pytest.mark.parametrize("height", [253, 254, 255, 300])
def test_rows_of_high_images_are_counted(tmp_path: Path, height: int) -> None:
    # A byte counts up to 254 rows; the turn behind the last one waits for one more.
    layers = [L.DepthwiseConv2D(3, padding="same"), L.GlobalAveragePooling2D(), L.Dense(2)]
    model = sequential((height, 4, 1), *layers)
    export = compile_model(model, class_name="Rows", memory="stream")
    image = pixels_for((height, 4, 1), 1)
    body = f"""  static uint8_t pixels[{height}][4];
  harness_read(pixels, sizeof pixels);
  net.begin();
  for (auto& row : pixels) net.push_row(row);
  static_assert(sizeof net == {export.ram}, "RAM");
"""
    output = run(tmp_path, export, body + _WRITE_OUTPUTS, image.tobytes())
    expected = export.predict(image)[0]
    np.testing.assert_allclose(np.frombuffer(output, np.float32), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", _MOST)
def test_a_streamed_net_of_the_zoo_holds_little_and_the_document_says_so(name: str) -> None:
    model = make_net(name.lower())
    int8 = {"dtype": "int8", "calibration": calibration_pixels((96, 96, 1))}
    ram = [
        compile_model(model, class_name="Net", memory=memory, **options).ram
        for options in ({}, int8)
        for memory in ("pingpong", "stream")
    ]
    assert ram[3] <= _MOST[name]
    text = (Path(__file__).parents[2] / "docs" / "streaming.md").read_text(encoding="utf-8")
    cells = " | ".join(f"{size:,}" for size in ram)
    assert f"| {name} | {cells} |" in text


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55", "rv32", "avr"])
def test_a_streamed_net_is_right_on_every_chip(need_target, target: str) -> None:
    need_target(target)
    export = small_net()
    result = export.benchmark(target, x=pixels_for(_SHAPE, 1))
    assert result.instructions or target == "avr"


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("optimize", ["-O2", "-Os"])
def test_rows_cost_few_instructions(need_target, dtype: str, optimize: str) -> None:
    need_target("cortex-m4")
    options = {} if dtype == "float32" else {"calibration": calibration_pixels((96, 96, 1))}
    image = pixels_for((96, 96, 1), 1)
    whole, rows = (
        compile_model(make_net("pico"), class_name="Net", memory=memory, dtype=dtype, **options)
        .benchmark("cortex-m4", optimize=optimize, x=image)
        .instructions
        for memory in ("pingpong", "stream")
    )
    assert rows <= 1.05 * whole


def test_room_for_what_is_read_behind_a_view_belongs_to_its_ring() -> None:
    # Five values are read four at a time; the dense layer reads a view of them.
    text = """\
x = input 8x6x5 interleaved
pool = max_pool2d(x) [window=(8, 6) stride=(8, 6)]
view = reshape(pool) [shape=(5, 1)]
y = dense(view) [units=2]
return view, y"""
    stream = make_stream(export_graph_s8(parse_graph(text), "Views").schedule)
    (dense,) = (step for step in stream.schedule.steps if step.node.op == "dense")
    ring = stream.schedule.homes[dense.node.inputs[0]]
    assert ring != dense.node.inputs[0]
    assert reads_behind(stream.schedule.steps, stream.schedule.homes)[ring] == 3


def test_the_object_is_as_large_as_the_export_says(tmp_path: Path) -> None:
    for dtype in ("int8", "float32"):
        export = small_net(dtype)
        body = f'  static_assert(sizeof(Rows) == {export.ram}, "RAM");\n  net.begin();'
        assert run(tmp_path, export, body) == b""


def test_layers_of_a_stream_cannot_be_traced() -> None:
    with pytest.raises(ValueError, match="pingpong"):
        small_net().trace_cpp(pixels_for(_SHAPE, 1))


def test_wrong_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="memory must be 'pingpong' or 'stream'"):
        small_net(memory="rows")


def test_what_a_streamed_net_lacks_does_not_compile(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="push_row"):
        run(tmp_path, small_net(memory="pingpong"), "  net.push_row();")


def test_the_document_shows_the_plan_of_the_person_detector() -> None:
    model, pixels = make_net("person"), calibration_pixels((96, 96, 3))
    export = compile_model(model, dtype="int8", memory="stream", calibration=pixels)
    text = (Path(__file__).parents[2] / "docs" / "streaming.md").read_text(encoding="utf-8")
    assert f"\n{export.choice}\n" in text
    assert export.ram <= 20 * 1024
