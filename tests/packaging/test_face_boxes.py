"""FaceBoxes: the sketch prints the boxes that Python finds in its picture, and builds."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from arduino_nets import EXAMPLES, HOST_BOARD, compile_object, make_examples, run_on_host

from micronets.toolchain.commands import execute_or_raise

SKETCH = EXAMPLES / "FaceBoxes" / "FaceBoxes.ino"
# Writes the picture that the sketch draws, row by row.
PICTURE = """
#include <Arduino.h>
#include "drawn_faces.h"
void setup() {}
void loop() {}
int main() {
  uint8_t row[320];
  for (int y = 0; y < 240; ++y) {
    draw_row(y, row);
    fwrite(row, 1, sizeof row, stdout);
  }
}
"""


@pytest.fixture(scope="module")
def sketch(tmp_path_factory):
    """The sketch beside its header, which is too large for the repository: (folder, export)."""
    folder = tmp_path_factory.mktemp("examples")
    export = make_examples().write_face_boxes(folder)
    shutil.copy(SKETCH, folder / "FaceBoxes")
    return folder / "FaceBoxes", export


@pytest.fixture
def picture(tmp_path, host):
    """What the sketch draws: (240, 320, 1) uint8."""
    source, program = tmp_path / "picture.cpp", tmp_path / "picture"
    source.write_text(PICTURE, encoding="utf-8")
    folders = [f"-I{folder}" for folder in (HOST_BOARD, SKETCH.parent)]
    command = ["g++", "-std=gnu++11", *folders, "-O2", str(source), "-o", str(program)]
    execute_or_raise(command, purpose="compile the sketch's picture", timeout=120)
    run = subprocess.run([program], capture_output=True, check=True, timeout=60)
    return np.frombuffer(run.stdout, np.uint8).reshape(240, 320, 1)


def test_table_of_ellipses_is_up_to_date():
    written = (SKETCH.parent / "drawn_faces.h").read_text(encoding="utf-8")
    assert written == make_examples().faces_header(), "run: python cpp/examples/make_examples.py"


def test_picture_is_drawn_where_its_table_says(picture):
    for left, top, width, height in make_examples().FACES:
        face = picture[top : top + height, left : left + width].astype(int)
        # Eyes and mouth: dark and light beside the skin.
        assert np.ptp(face) > 60
    assert np.array_equal(picture[0], np.full((320, 1), 60))


@pytest.mark.slow
def test_sketch_prints_the_boxes_that_python_finds(sketch, picture, tmp_path, host):
    folder, export = sketch
    found = export.detect(picture[np.newaxis], threshold=0.5)[0]
    *faces, total = run_on_host(folder / SKETCH.name, [], tmp_path, loops=1)
    assert total == f"faces {len(found)}, 0 ms"
    expected = [
        f"face {face.left:.0f} {face.top:.0f} {face.right:.0f} {face.bottom:.0f} {face.score:.2f}"
        for face in found
    ]
    assert faces == expected
    # A first impression: all drawn faces are found.
    assert len(found) >= len(make_examples().FACES)


@pytest.mark.slow
@pytest.mark.parametrize("standard", ["gnu++11", "gnu++17"])
def test_sketch_compiles_for_cortex_m4(sketch, tmp_path, need_target, standard):
    need_target("cortex-m4")
    folder, export = sketch
    compiler = ("arm-none-eabi-g++", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard")
    compiler += ("-mfpu=fpv4-sp-d16",)
    result = tmp_path / "sketch.o"
    compile_object(compiler, folder / SKETCH.name, result, HOST_BOARD, standard=standard)
    symbols = execute_or_raise(
        ["arm-none-eabi-nm", "-S", str(result)], purpose="read symbols", timeout=60
    )
    (size,) = re.findall(r"^\w+ (\w+) [bB] net$", symbols, re.MULTILINE)
    assert int(size, 16) == export.ram
