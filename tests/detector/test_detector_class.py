"""The class of a detector: boxes from images and from rows, in RAM that is what it says."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from detector_nets import DETECTOR, IMAGE, detector_export, detector_model, keras_outputs
from formatted import assert_formatted
from header_batch import pixels_for, random_partition

from micronets import export_arduino, grey_from_rgb, grey_from_rgb565, toolchain
from micronets.codegen.detector import Detector
from micronets.codegen.driver import decode
from micronets.codegen.emit import emit_header
from micronets.codegen.export import Export
from micronets.codegen.literals import WIDTH
from micronets.codegen.pipeline import compile_model
from micronets.codegen.stream import make_stream
from micronets.detection.detections import Detections, find_detections
from micronets.detection.priors import PriorLayout, make_priors
from micronets.errors import DataError, RamBudgetError, ToolchainError

EACH = [(dtype, memory) for dtype in ("float32", "int8") for memory in ("pingpong", "stream")]
each_form = pytest.mark.parametrize(
    ("dtype", "memory"),
    [pytest.param(*one, marks=[] if one == EACH[-1] else pytest.mark.slow) for one in EACH],
)

_WRITE = """\
static void write(const Finder::Detections& found) {
  const uint16_t count = static_cast<uint16_t>(found.size());
  harness_write(&count, sizeof count);
  for (int32_t i = 0; i < found.capacity(); ++i) {
    const micronets::Detection none = {0, 0, 0, 0, 0.0f};
    harness_write(i < found.size() ? &found[i] : &none, sizeof none);
  }
}
"""


def run(folder: Path, export: Export, body: str, stdin: bytes = b"", **build: object) -> bytes:
    """Runs statements behind `static Finder net;`."""
    (folder / "finder.h").write_text(export.header.text, encoding="utf-8")
    source = f'#include "harness.h"\n#include "finder.h"\nstatic Finder net;\n{_WRITE}'
    source += f"int main() {{\n{body}\n  return 0;\n}}\n"
    options = {"target": "host", "warnings": True, **build}
    return toolchain.build(source=source, include_dirs=[folder], **options).run(stdin).output


def written(export: Export, output: bytes) -> list[Detections]:
    record = 2 + 12 * DETECTOR.max_detections
    heads, counts = decode(export, output, len(output) // record)
    return [
        Detections(rows[:count, :4], rows[:count, 4])
        for rows, count in zip(heads[0], counts, strict=True)
    ]


def assert_equal(actual: Detections, expected: Detections) -> None:
    np.testing.assert_array_equal(actual.boxes, expected.boxes)
    np.testing.assert_array_equal(actual.scores, expected.scores)


# ---- C++ against Python -------------------------------------------------------------------------


@each_form
def test_header_agrees_with_python(need_target, dtype: str, memory: str) -> None:
    need_target("host")
    export, pixels = detector_export(dtype, memory), pixels_for((*IMAGE, 1), 6)
    for images in (pixels, (pixels / 255).astype(np.float32), np.zeros_like(pixels[:1])):
        result = export.verify(images)
        assert result.ok, str(result)
        assert sum(map(len, result.found)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m0", "rv32"])
@pytest.mark.parametrize("memory", ["pingpong", "stream"])
def test_int8_detections_are_the_twins_on_chips(need_target, target: str, memory: str) -> None:
    need_target(target)
    result = detector_export("int8", memory).verify(
        pixels_for((*IMAGE, 1), 2), target=target, optimize="-Os"
    )
    assert result.ok, str(result)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_layers_are_compared_as_well(need_target, dtype: str) -> None:
    need_target("host")
    result = detector_export(dtype).verify(pixels_for((*IMAGE, 1), 2), layers=True)
    assert result.ok, str(result)
    assert f"all {len(detector_export(dtype).rows)} layers agree" in str(result)


@pytest.mark.slow
@pytest.mark.parametrize("memory", ["pingpong", "stream"])
def test_wrong_header_is_found_out(need_target, memory: str) -> None:
    """A prior of another size, and a smaller overlap, are seen."""
    need_target("host")
    images = pixels_for((*IMAGE, 1), 4)
    for dtype, old, new in (
        ("float32", "24.0f, 2.4f, 0.2f}", "20.0f, 2.4f, 0.2f}"),
        ("float32", "{26, 36, 2, 0.3f}", "{26, 36, 2, 0.9f}"),
        ("float32", "{26, 36, 2, 0.3f}", "{26, 36, 2, 0.1f}"),
        ("int8", "{26, 36, 2, 9830}", "{26, 36, 2, 5000}"),
    ):
        export = detector_export(dtype, memory)
        assert export.header.text.count(old) == 1
        text = export.header.text.replace(old, new)
        wrong = _with_text(export, text)
        result = wrong.verify(images)
        assert not result.ok, (dtype, new)
        assert "DISAGREE" in str(result)


def _with_text(export: Export, text: str) -> Export:
    return replace(export, header=replace(export.header, text=text))


def test_float_twin_is_what_the_reference_finds_in_keras_outputs() -> None:
    export = detector_export("float32")
    images = pixels_for((*IMAGE, 1), 8)
    loc, conf = keras_outputs(detector_model(), images)
    layout = PriorLayout(DETECTOR.steps, DETECTOR.sides)
    priors = make_priors(layout, IMAGE, [(7, 9), (4, 5)])
    twin = export.predict(images)
    np.testing.assert_allclose(twin[0], loc, atol=1e-4)
    np.testing.assert_allclose(twin[1], conf, atol=1e-4)
    for number, found in enumerate(export.detect(images, 0.5)):
        expected = find_detections(
            twin[0][number], twin[1][number], priors, IMAGE, most_candidates=50, most_kept=20
        ).clipped(IMAGE)
        expected = Detections(np.floor(expected.boxes + np.float32(0.5)), expected.scores)
        sides = expected.boxes[:, 2:] - expected.boxes[:, :2]
        assert (sides > 0).all()
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
        assert np.abs(found.boxes - expected.boxes).max(initial=0) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_segments_do_not_change_what_is_found(need_target, cut: int) -> None:
    """However the net is cut, and so in whatever order the heads look at their rows."""
    need_target("host")
    export = detector_export("int8")
    stream = make_stream(export.schedule, random_partition(export.schedule, cut))
    header = emit_header(stream.schedule, stream.plan, export.options, None, stream)
    result = replace(export, header=header).verify(pixels_for((*IMAGE, 1), 3))
    assert result.ok, str(result)


# ---- Functions of the class ---------------------------------------------------------------------


@pytest.mark.slow
@each_form
def test_rows_give_what_the_image_gives(
    tmp_path: Path, need_target, dtype: str, memory: str
) -> None:
    need_target("host")
    export, images = detector_export(dtype, memory), pixels_for((*IMAGE, 1), 2, seed=4)
    body = f"""  static uint8_t pixels[2][{IMAGE[0]}][{IMAGE[1]}];
  harness_read(pixels, sizeof pixels);
  write(net.detections());
  write(net.detect(&pixels[0][0][0], 0.4f));
  write(net.detect(&pixels[1][0][0], 0.4f));
  write(net.detections(0.6f));
  write(net.detections(0.0f));
"""
    if memory == "stream":
        body += """  net.begin();
  for (auto& row : pixels[0]) net.push_row(row);
  write(net.detections(0.4f));
  net.begin();
  for (int32_t y = 0; y < 9; ++y) net.push_row(pixels[0][y]);
  write(net.detections(0.4f));
  net.begin();
  for (int32_t y = 0; y < 13; ++y) {
    memcpy(net.row_buffer(), pixels[1][y], sizeof pixels[1][y]);
    net.push_row();
  }
  net.detections(0.0f);
  if (net.finish()) return 1;
  for (int32_t y = 13; y < 26; ++y) net.push_row(pixels[1][y]);
  if (!net.finish()) return 2;
  write(net.detections(0.4f));
"""
    if memory == "stream" and dtype == "float32":  # Rows in the buffer are floats.
        body = body.replace(
            "memcpy(net.row_buffer(), pixels[1][y], sizeof pixels[1][y]);\n    net.push_row();",
            "net.push_row(pixels[1][y]);",
        )
    found = written(export, run(tmp_path, export, body, images.tobytes(), standard="c++11"))
    first, second = export.detect(images, 0.4)
    expected = [Detections([], []), first, second, *(export.detect(images[1], t) for t in (0.6, 0))]
    if memory == "stream":
        few = found.pop(6)
        # The int8 net is cut in two segments: no head runs before all rows are there.
        assert len(few) > 0 or dtype == "int8"
        assert (few.boxes[:, 1] < 20).all()
        expected += [first, second]
    assert len(found) == len(expected)
    for actual, wanted in zip(found, expected, strict=True):
        if dtype == "int8":
            assert_equal(actual, wanted)
        else:
            assert np.abs(actual.boxes - wanted.boxes).max(initial=0) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("memory", ["pingpong", "stream"])
def test_cameras_pixels_are_taken_as_they_are(tmp_path: Path, need_target, memory: str) -> None:
    need_target("host")
    export, rng = detector_export("int8", memory), np.random.default_rng(0)
    frame = rng.integers(0, 65536, IMAGE).astype(np.uint16)
    colours = rng.integers(0, 256, (*IMAGE, 3)).astype(np.uint8)
    body = f"""  static uint8_t frame[{IMAGE[0]}][{2 * IMAGE[1]}];
  harness_read(frame, sizeof frame);
"""
    stdin = frame.astype(">u2").tobytes()
    expected = [export.detect(grey_from_rgb565(frame), 0.3)]
    if memory == "stream":
        body += """  net.begin();
  for (auto& row : frame) net.push_row_rgb565(row);
  write(net.detections(0.3f));
"""
    else:
        body += f"""  write(net.detect_rgb565(&frame[0][0], 0.3f));
  static uint16_t numbers[{IMAGE[0] * IMAGE[1]}];
  harness_read(numbers, sizeof numbers);
  write(net.detect_rgb565_native(numbers, 0.3f));
  static uint8_t colours[{3 * IMAGE[0] * IMAGE[1]}];
  harness_read(colours, sizeof colours);
  write(net.detect_rgb888(colours, 0.3f));
"""
        stdin += frame.astype("<u2").tobytes() + colours.tobytes()
        expected += [expected[0], export.detect(grey_from_rgb(colours), 0.3)]
    found = written(export, run(tmp_path, export, body, stdin))
    for actual, wanted in zip(found, expected, strict=True):
        assert_equal(actual, wanted)


@pytest.mark.slow
@each_form
def test_object_is_as_large_as_stated_and_trivial(
    tmp_path: Path, need_target, dtype: str, memory: str
) -> None:
    need_target("host")
    export = detector_export(dtype, memory)
    body = f"""  static_assert(sizeof(Finder) == {export.ram}, "");
  static_assert(std::is_trivial<Finder>::value, "");
  static_assert(std::is_trivially_destructible<Finder>::value, "");
  static_assert(Finder::prior_count() == 83, "");
  static_assert(Finder::Detections::capacity() == 20, "");
  write(net.detections(0.0f));"""
    for target, standard in (("host", "c++11"), ("host-clang", "c++20")):
        need_target(target)
        text = export.header.text
        (tmp_path / "finder.h").write_text(f"#include <type_traits>\n{text}", encoding="utf-8")
        source = f'#include "harness.h"\n#include "finder.h"\nstatic Finder net;\n{_WRITE}'
        source += f"int main() {{\n{body}\n  return 0;\n}}\n"
        program = toolchain.build(
            target, source, include_dirs=[tmp_path], warnings=True, standard=standard
        )
        assert written(export, program.run().output)[0].scores.size == 0


def test_budget_of_ram_counts_the_lists() -> None:
    def compiled(ram_budget: int) -> Export:
        return compile_model(detector_model(), detector=DETECTOR, ram_budget=ram_budget)

    smallest = detector_export("float32", "stream")
    assert smallest.ram > DETECTOR.held_bytes(is_int8=False)
    assert compiled(smallest.ram).ram == smallest.ram
    with pytest.raises(RamBudgetError, match=f"takes {smallest.ram:,} B"):
        compiled(smallest.ram - 1)


def test_lists_cost_less_than_two_kilobytes_by_default() -> None:
    detector = Detector(steps=(8, 8, 16, 16), sides=(8, 16, 32, 48))
    assert detector.held_bytes(is_int8=True) == 1_928


@pytest.mark.slow
@each_form
def test_banner_shows_heads_and_a_usage_that_compiles(
    tmp_path: Path, need_target, dtype: str, memory: str
) -> None:
    need_target("host")
    export = detector_export(dtype, memory)
    banner = export.header.text.partition("\n\n#ifndef")[0]
    assert "at most 20 detections, boxes in pixels with scores" in banner
    assert "from the best 50 of 83 priors, squares of 10, 24 px;\n" in banner
    assert "two of them overlap by 0.3 at most\n" in banner
    assert re.search(r"detect_1 +detect, 10 px every 4 ", banner)
    assert re.search(r"detect_2 +detect, 24 px every 8 ", banner)
    assert f"{export.ram:,} B   exact" in banner
    usage = "\n".join(
        re.sub(r"^//( {3})?", "", line) for line in banner.partition("// Usage\n")[2].splitlines()
    )
    (tmp_path / "Finder.h").write_text(export.header.text, encoding="utf-8")
    source = f"{usage}\nint main() {{ return count_objects() >= 0 ? 0 : 1; }}\n"
    toolchain.build("host", source, include_dirs=[tmp_path], warnings=True).run()


@pytest.mark.slow
@each_form
@pytest.mark.parametrize(
    "name", ["Finder", "A_class_with_a_name_of_sixty_characters_that_somebody_wanted"]
)
@pytest.mark.skipif(shutil.which("clang-format") is None, reason="clang-format is not installed")
def test_header_is_laid_out_as_clang_format_does(name: str, dtype: str, memory: str) -> None:
    for channels in (1, 3):
        text = detector_export(dtype, memory, channels, name).header.text
        assert max(map(len, text.splitlines())) <= WIDTH
        assert_formatted(text)


@pytest.mark.slow
def test_predict_and_labels_are_not_there(tmp_path: Path, need_target) -> None:
    need_target("host")
    for use in ("net.predict(image)", "net.label()", "net.outputs()"):
        with pytest.raises(ToolchainError, match=r"private|no member"):
            run(tmp_path, detector_export(), f"  static uint8_t image[936];\n  (void){use};")


@pytest.mark.slow
def test_esp8266_takes_the_header(tmp_path: Path, compile_for_esp8266) -> None:
    for dtype, memory in EACH:
        text = detector_export(dtype, memory).header.text
        compile_for_esp8266(
            f"{text}\nFinder net;\nint count() {{ return net.detections().size(); }}"
        )


@pytest.mark.slow
def test_two_detectors_in_one_program(tmp_path: Path, need_target) -> None:
    need_target("host")
    exports = [
        detector_export("int8"),
        detector_export("float32", class_name="Other"),
    ]
    for export in exports:
        (tmp_path / f"{export.class_name}.h").write_text(export.header.text, encoding="utf-8")
    source = '#include "Finder.h"\n#include "Other.h"\nstatic Finder one;\nstatic Other two;\n'
    source += "int main() { return one.detections().size() + two.detections().size(); }\n"
    toolchain.build("host", source, include_dirs=[tmp_path], warnings=True, standard="c++11").run()


@pytest.mark.slow
def test_benchmark_counts_detection_too(cortex_m4) -> None:
    result = detector_export("int8").benchmark("cortex-m4", x=pixels_for((*IMAGE, 1), 1))
    assert result.instructions is not None
    assert result.instructions > 1000
    assert result.ram_object == detector_export("int8").ram


# ---- Python --------------------------------------------------------------------------------------


def test_detect_takes_one_image_or_many() -> None:
    export, images = detector_export("int8"), pixels_for((*IMAGE, 1), 3)
    several = export.detect(images, 0.4)
    assert isinstance(several, list)
    for image, expected in zip(images, several, strict=True):
        one = export.detect(image, 0.4)
        assert isinstance(one, Detections)
        assert_equal(one, expected)
    assert isinstance(export.detect(images[:1], 0.4), list)
    with pytest.raises(DataError, match="expects images of shape"):
        export.detect(images[:, :-1])


def test_net_that_is_no_detector_detects_nothing() -> None:
    export = compile_model(detector_model())
    with pytest.raises(ValueError, match=r"without detector="):
        export.detect(pixels_for((*IMAGE, 1), 1))


def test_receipt_tells_how_many_detections_are_those_of_float32() -> None:
    export = detector_export("int8")
    assert export.receipt is not None
    assert export.receipt.detections is not None
    assert export.receipt.detections.counted > 0
    assert "detections are those of float32" in str(export)
    assert not any(layer.layer.startswith("detect") for layer in export.receipt.layers)


def test_sketch_of_a_library_prints_boxes(tmp_path: Path) -> None:
    image = pixels_for((*IMAGE, 1), 1, seed=8)[0]
    export = export_arduino(
        detector_model(),
        tmp_path / "Finder",
        class_name="Finder",
        detector=DETECTOR,
        dtype="int8",
        calibration=pixels_for((*IMAGE, 1), 8),
        example=image,
    )
    sketch = (tmp_path / "Finder/examples/Finder/Finder.ino").read_text("utf-8")
    found = export.detect(image)
    assert f"// Python answers: found {len(found)}" in sketch
    assert "net.detect(pixels, 0.5f)" in sketch
    assert "predict" not in sketch
    keywords = (tmp_path / "Finder/keywords.txt").read_text("utf-8")
    assert "detect_rgb565\tKEYWORD2" in keywords
    assert "label" not in keywords
