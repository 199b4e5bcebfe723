"""The committed examples: up to date, and right about digits on this computer and on an Uno.

`make golden` rewrites what is generated among them.
"""

import os
import re

import numpy as np
import pytest
from arduino_nets import EXAMPLES, make_examples, run_on_host

from micronets.toolchain import arduino_build, simavr_run

LARGEST = 450_000
"""Bytes of all examples together: they are there to be read. Three quarters are kernels."""


@pytest.fixture(scope="module")
def maker():
    """The script that writes the examples, as a module."""
    return make_examples()


@pytest.fixture(scope="module")
def export(maker, tmp_path_factory):
    """The export of the examples' net, with fresh files in `export.path.parents[1]`."""
    if os.environ.get("MICRONETS_UPDATE_GOLDEN") == "1":
        maker.write_examples()
        maker.write_uno_digits()
    folder = tmp_path_factory.mktemp("examples")
    maker.write_uno_digits(folder)
    return maker.write_examples(folder)


@pytest.fixture(scope="module")
def digits(maker, export):
    """What Python sees in one picture of each digit: (pictures, labels, probabilities)."""
    pictures = maker.one_of_each()
    outputs = export.predict(pictures)
    return pictures, outputs.argmax(axis=1), outputs.max(axis=1)


def test_generated_files_are_up_to_date(export):
    fresh = export.path.parents[1]
    names = [path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()]
    assert len(names) > 5
    stale = [str(name) for name in names if (fresh / name).read_bytes() != committed(name)]
    assert stale == [], "run: python cpp/examples/make_examples.py"


def committed(name):
    path = EXAMPLES / name
    return path.read_bytes() if path.is_file() else None


def test_net_is_right_about_19_of_20_digits(maker, export):
    _, (images, labels) = maker.load_pixels()
    assert (export.predict(images).argmax(axis=1) == labels).mean() > 0.95
    assert export.verify(images[:100]).ok


def test_examples_stay_small_and_hold_no_links():
    made_here = ("__pycache__", "face.h")
    paths = [path for path in EXAMPLES.rglob("*") if not set(made_here) & set(path.parts)]
    assert not any(path.is_symlink() for path in paths)
    assert sum(path.stat().st_size for path in paths if path.is_file()) < LARGEST


def expected_lines(maker, digits):
    _, labels, probabilities = digits
    return [
        f"a {shown}: the net sees {maker.LABELS[label]}, probability {probability:.3f}, "
        for shown, (label, probability) in enumerate(zip(labels, probabilities, strict=True))
    ]


def test_uno_sketch_sees_the_digits(maker, digits, tmp_path, host):
    sketch = EXAMPLES / "DigitsUno" / "DigitsUno.ino"
    lines = run_on_host(sketch, [], tmp_path, loops=10)
    answers = [line.removesuffix("0 us") for line in lines if line.startswith("a ")]
    assert answers == expected_lines(maker, digits)
    assert lines[0] == "      @@OO..    "
    # One of each: nine of ten must be right for a good first impression.
    assert (digits[1] == np.arange(10)).sum() >= 9


def test_platformio_program_answers_pictures(digits, tmp_path, host):
    project = EXAMPLES / "platformio_digits"
    pictures, labels, probabilities = digits
    include = [project / "lib" / "DigitNet" / "src"]
    # The last picture is incomplete: no answer.
    images = [*pictures, pictures[0].tobytes()[:63]]
    lines = run_on_host(project / "src" / "main.cpp", include, tmp_path, *images, loops=11)
    pairs = zip(labels, probabilities, strict=True)
    assert lines == [f"{label} {probability:.3f}" for label, probability in pairs]


@pytest.mark.slow
@pytest.mark.xdist_group("arduino")
def test_uno_sketch_runs_on_an_uno(maker, digits, tmp_path, arduino, need_target):
    need_target("avr-atmega328p")
    elf = arduino_build(EXAMPLES / "DigitsUno", build_dir=tmp_path / "build")
    lines = simavr_run(elf, seconds=3.5).splitlines()
    answers = [line for line in lines if line.startswith("a ")]
    assert len(answers) >= 3
    for line, expected in zip(answers, expected_lines(maker, digits), strict=False):
        assert re.sub(r"\d+ us$", "", line) == expected


@pytest.mark.slow
@pytest.mark.xdist_group("arduino")
def test_platformio_program_builds_for_an_uno(tmp_path, arduino):
    project = EXAMPLES / "platformio_digits"
    sketch = tmp_path / "Digits"
    sketch.mkdir()
    (sketch / "Digits.ino").write_text("// The program is in main.cpp.\n")
    (sketch / "main.cpp").write_bytes((project / "src" / "main.cpp").read_bytes())
    elf = arduino_build(sketch, [project / "lib"], tmp_path / "build")
    assert elf.is_file()
