"""PlatformIO's own tools on the library and the example project, without a network."""

import json
import sys
import tarfile

import pytest
from arduino_nets import EXAMPLES, L, digit_library
from keras_nets import sequential

from micronets.codegen.arduino import export_arduino
from micronets.errors import ToolchainError
from micronets.toolchain.commands import execute_or_raise

pytest.importorskip("platformio", reason="PlatformIO comes with the extra 'test'")
pytestmark = pytest.mark.xdist_group("platformio")


@pytest.fixture
def pio(tmp_path):
    """Return `pio(*arguments)`, which gives what PlatformIO prints."""
    # Its own folder, and nothing that asks a server: a long pause between looks for a new release.
    environment = {
        "PLATFORMIO_CORE_DIR": str(tmp_path / "core"),
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PLATFORMIO_SETTING_CHECK_PLATFORMIO_INTERVAL": "10000",
    }

    def run(*arguments):
        command = [sys.executable, "-m", "platformio", *map(str, arguments)]
        return execute_or_raise(
            command, purpose="run PlatformIO", timeout=60, environment=environment
        )

    return run


def test_packs_a_library(pio, tmp_path):
    digit_library(tmp_path / "MyNet")
    pio("pkg", "pack", tmp_path / "MyNet", "-o", tmp_path / "MyNet.tar.gz")
    with tarfile.open(tmp_path / "MyNet.tar.gz") as archive:
        names = set(archive.getnames())
        manifest = json.load(archive.extractfile("library.json"))
    assert {"src/DigitNet.h", "examples/DigitNet/DigitNet.ino", "LICENSE"} <= names
    assert manifest["name"] == "MyNet"
    assert manifest["headers"] == "DigitNet.h"


def test_packs_a_library_for_some_platforms(pio, tmp_path):
    model = sequential((64, 64, 3), L.Conv2D(3, 3), L.GlobalMaxPooling2D(), name="large_net")
    export_arduino(model, tmp_path / "Large")
    pio("pkg", "pack", tmp_path / "Large", "-o", tmp_path / "Large.tar.gz")
    manifest = json.loads((tmp_path / "Large" / "library.json").read_text())
    assert manifest["platforms"] == [
        "atmelsam",
        "espressif32",
        "espressif8266",
        "nordicnrf52",
        "raspberrypi",
        "ststm32",
    ]


def test_packing_finds_a_bad_manifest(pio, tmp_path):
    digit_library(tmp_path / "MyNet")
    manifest = tmp_path / "MyNet" / "library.json"
    manifest.write_text(manifest.read_text().replace('"tinyml"', '"TinyML!"'))
    with pytest.raises(ToolchainError, match="keywords"):
        pio("pkg", "pack", tmp_path / "MyNet", "-o", tmp_path / "MyNet.tar.gz")


def test_reads_the_example_project(pio):
    text = pio("project", "config", "-d", EXAMPLES / "platformio_digits", "--json-output")
    settings = {section: dict(values) for section, values in json.loads(text)}
    boards = {name: values["board"] for name, values in settings.items() if "board" in values}
    assert boards == {"env:uno": "uno", "env:esp32": "esp32dev", "env:nano33ble": "nano33ble"}
    pio("project", "config", "-d", EXAMPLES / "platformio_digits", "--lint")
