"""The folder of `export_arduino`: its files, names and promises, and how it is replaced."""

import json
import os
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from arduino_nets import NAMES, answer, digit_image, digit_library, digit_model
from keras_nets import sequential

from micronets.codegen import library_folder
from micronets.codegen.arduino import export_arduino
from micronets.errors import DataError

L = keras.layers
LICENSE = Path(__file__).parents[2] / "LICENSE"


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def properties_of(folder):
    lines = (folder / "library.properties").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_writes_the_files_of_arduinos_specification(tmp_path):
    export = digit_library(tmp_path / "MyNet", labels=NAMES)
    files = files_of(tmp_path / "MyNet")
    assert sorted(files) == [
        "LICENSE",
        "README.md",
        "examples/DigitNet/DigitNet.ino",
        "examples/DigitNet/example_image.h",
        "keywords.txt",
        "library.json",
        "library.properties",
        "src/DigitNet.h",
    ]
    assert export.path == tmp_path / "MyNet" / "src" / "DigitNet.h"
    assert files["src/DigitNet.h"] == export.header.text
    assert '#include "DigitNet.h"' in export.header.text
    assert files["LICENSE"].endswith(LICENSE.read_text(encoding="utf-8"))
    for name, text in files.items():
        assert text.endswith("\n") and "\r" not in text, name
        if name.endswith((".ino", "image.h", ".json", ".txt")):
            assert max(map(len, text.splitlines())) <= 100, name


def test_properties_hold_what_arduino_demands(tmp_path):
    digit_library(tmp_path / "MyNet")
    values = properties_of(tmp_path / "MyNet")
    demanded = ("name", "version", "author", "maintainer", "sentence", "paragraph", "category")
    assert all(values[key] for key in demanded)
    assert "url" in values
    assert values["name"] == "MyNet"
    assert values["includes"] == "DigitNet.h"
    assert values["architectures"] == "*"
    assert re.fullmatch(r"\d+\.\d+\.\d+", values["version"])


def test_keywords_are_separated_by_one_tab_and_exist(tmp_path):
    export = digit_library(tmp_path / "MyNet", labels=NAMES)
    text = (tmp_path / "MyNet" / "keywords.txt").read_text(encoding="utf-8")
    words = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert words[0] == ["DigitNet", "KEYWORD1"]
    assert {kind for _, kind in words[1:]} == {"KEYWORD2"}
    for word, _ in words[1:]:
        assert re.search(rf"\b{word}\(", export.header.text), word
    assert ["predict_rgb565", "KEYWORD2"] in words
    assert ["name", "KEYWORD2"] in words and ["probability", "KEYWORD2"] in words


def test_says_what_python_answers(tmp_path):
    export = digit_library(tmp_path / "MyNet")
    files = files_of(tmp_path / "MyNet")
    expected = answer(export, digit_image())
    assert f"// Python answers: {expected}\n" in files["examples/DigitNet/DigitNet.ino"]
    assert f"Python answers {expected}." in files["README.md"]


def test_without_an_example_the_sketch_makes_a_ramp(tmp_path):
    export = export_arduino(digit_model(), tmp_path / "MyNet")
    files = files_of(tmp_path / "MyNet")
    assert "examples/DigitNet/example_image.h" not in files
    ramp = (255 * np.arange(64) // 64).astype(np.uint8).reshape(8, 8, 1)
    assert f"// Python answers: {answer(export, ramp)}\n" in files["examples/DigitNet/DigitNet.ino"]


def test_same_model_gives_the_same_bytes(tmp_path):
    model = digit_model()
    export_arduino(model, tmp_path / "a" / "MyNet", example=digit_image())
    export_arduino(model, tmp_path / "b" / "MyNet", example=digit_image())
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


@pytest.mark.parametrize(
    ("shape", "filters", "architectures"),
    [
        ((8, 8, 1), 4, {"avr": True, "renesas_uno": True, "esp32": True}),
        # 46 x 46 x 1 floats are 8,464 B.
        ((48, 48, 1), 1, {"avr": False, "renesas_uno": True, "esp32": True}),
        # 62 x 62 x 3 floats are 46,128 B, and the image has 12,288.
        ((64, 64, 3), 3, {"renesas_uno": False, "esp8266": True, "esp32": True}),
        # 126 x 126 x 4 floats are 254,016 B, and the image has 16,384.
        ((128, 128, 1), 4, {"nrf52": False, "rp2040": False, "esp32": True}),
    ],
)
def test_promises_only_boards_that_can_hold_the_net(tmp_path, shape, filters, architectures):
    model = sequential(shape, L.Conv2D(filters, 3), L.GlobalAveragePooling2D(), name="net_a")
    export_arduino(model, tmp_path / "MyNet")
    promised = properties_of(tmp_path / "MyNet")["architectures"].split(",")
    for architecture, fits in architectures.items():
        assert (promised == ["*"] or architecture in promised) == fits, architecture
    platforms = json.loads((tmp_path / "MyNet" / "library.json").read_text())["platforms"]
    assert ("*" in platforms) == (promised == ["*"])
    assert ("*" in platforms or "espressif32" in platforms) == architectures["esp32"]


def test_promises_no_avr_for_an_array_that_one_cannot_address(tmp_path):
    # 10,000 floats are 40,000 B, above the 32,767 of one AVR array.
    model = sequential((10, 10, 1), L.Flatten(), L.Dense(100), name="net_b")
    export = export_arduino(model, tmp_path / "MyNet")
    assert export.header.largest_array == 40_000
    assert "avr" not in properties_of(tmp_path / "MyNet")["architectures"]
    assert properties_of(tmp_path / "MyNet")["architectures"] != "*"


@pytest.mark.parametrize("name", ["My Net", "1stNet", "_net", "Netz-ä", "a" * 64, "net.", "a,b"])
def test_refuses_folder_names_that_arduino_does_not_take(tmp_path, name):
    with pytest.raises(ValueError, match="folder must end in a name that Arduino takes"):
        export_arduino(digit_model(), tmp_path / name)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["Math", "Locale", "Wire"])
def test_refuses_class_names_that_hide_a_system_header(tmp_path, name):
    with pytest.raises(ValueError, match=f"{name}.h would hide <{name.lower()}.h>"):
        export_arduino(digit_model(), tmp_path / "MyNet", class_name=name)


def test_refuses_examples_that_are_not_one_image_of_pixels(tmp_path):
    for example in (np.zeros((8, 8, 1), np.float32), np.zeros((2, 8, 8, 1), np.uint8)):
        with pytest.raises(ValueError, match="example must be one image of uint8 pixels"):
            export_arduino(digit_model(), tmp_path / "MyNet", example=example)
    with pytest.raises(DataError, match=r"expects images of shape \(count, 8, 8, 1\)"):
        export_arduino(digit_model(), tmp_path / "MyNet", example=np.zeros((9, 8, 1), np.uint8))
    assert not any(tmp_path.iterdir())


def test_replaces_an_earlier_export_whole(tmp_path):
    digit_library(tmp_path / "MyNet", class_name="First")
    digit_library(tmp_path / "MyNet", class_name="Second")
    assert {path.name for path in (tmp_path / "MyNet" / "src").iterdir()} == {"Second.h"}
    assert [path.name for path in tmp_path.iterdir()] == ["MyNet"]


def test_writes_into_an_empty_folder_and_makes_missing_ones(tmp_path):
    (tmp_path / "MyNet").mkdir()
    digit_library(tmp_path / "MyNet")
    digit_library(f"{tmp_path}/new/folder/MyNet/")
    for folder in (tmp_path / "MyNet", tmp_path / "new" / "folder" / "MyNet"):
        assert (folder / "src" / "DigitNet.h").is_file()


def test_leaves_other_peoples_folders_alone(tmp_path):
    folder = tmp_path / "MyNet"
    folder.mkdir()
    (folder / "library.properties").write_text("name=MyNet\n")
    with pytest.raises(FileExistsError, match="micronets did not write it"):
        digit_library(folder)
    assert files_of(tmp_path) == {"MyNet/library.properties": "name=MyNet\n"}
    (tmp_path / "file").write_text("text")
    with pytest.raises(FileExistsError, match="is a file"):
        digit_library(tmp_path / "file")


def test_leaves_files_alone_that_were_put_into_an_export(tmp_path):
    folder = tmp_path / "MyNet"
    digit_library(folder)
    mine = folder / "examples" / "Mine" / "Mine.ino"
    mine.parent.mkdir()
    mine.write_text("void setup() {}\n")
    with pytest.raises(FileExistsError, match=r"did not write: examples/Mine/Mine\.ino\. Move"):
        digit_library(folder, class_name="Other")
    assert mine.is_file() and (folder / "src" / "DigitNet.h").is_file()


def test_keeps_the_earlier_export_when_writing_fails(tmp_path, monkeypatch):
    digit_library(tmp_path / "MyNet")
    before = files_of(tmp_path)

    def fail_on_the_new_folder(source, target):
        if Path(source).name == "complete":
            raise OSError("no space left")
        os.replace(source, target)

    monkeypatch.setattr(library_folder.os, "rename", fail_on_the_new_folder)
    with pytest.raises(OSError, match="no space left"):
        digit_library(tmp_path / "MyNet", class_name="Other")
    assert files_of(tmp_path) == before
