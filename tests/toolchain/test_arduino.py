"""Real Arduino builds, and sketches running under simavr."""

import pytest

from micronets.errors import ToolchainError
from micronets.toolchain import build
from micronets.toolchain.arduino import arduino_build, simavr_run

SKETCH = """
#include <Answers.h>

void setup() {
  Serial.begin(115200);
  Serial.println(answer());
  Serial.println(0.5f, 3);
}

void loop() {
  delay(100);
  Serial.println("again");
}
"""
PROPERTIES = """
name=Answers
version=1.0.0
author=test
maintainer=test
sentence=test
paragraph=test
category=Other
url=https://example.org
architectures=*
"""


@pytest.fixture
def sketch(tmp_path):
    library = tmp_path / "libraries" / "Answers"
    (library / "src").mkdir(parents=True)
    (library / "library.properties").write_text(PROPERTIES.lstrip())
    (library / "src" / "Answers.h").write_text("#pragma once\ninline int answer() { return 42; }\n")
    folder = tmp_path / "Hello"
    folder.mkdir()
    (folder / "Hello.ino").write_text(SKETCH)
    return folder


def test_sketch_with_a_library_prints_on_serial(sketch, tmp_path, arduino, need_target):
    need_target("avr-atmega328p")
    elf = arduino_build(sketch, [tmp_path / "libraries"], tmp_path / "build")
    assert simavr_run(elf, "atmega328p", seconds=0.35) == "42\n0.500\nagain\nagain\nagain\n"


def test_error_in_a_sketch_is_shown(sketch, tmp_path, arduino):
    (sketch / "Hello.ino").write_text("void setup() { nonsense(); }\nvoid loop() {}\n")
    with pytest.raises(ToolchainError, match=r"Cannot build Hello\.ino(.|\n)*nonsense"):
        arduino_build(sketch, build_dir=tmp_path / "build")


def test_sketch_must_have_its_folders_name(tmp_path, arduino):
    with pytest.raises(ToolchainError, match=r"holds no Empty\.ino"):
        (tmp_path / "Empty").mkdir()
        arduino_build(tmp_path / "Empty")


def test_plain_firmware_that_ends_is_no_error(need_target, tmp_path):
    source = """
    #include <avr/io.h>
    int main() {
      UCSR0B = 1 << TXEN0;
      for (const char* text = "hi"; *text; ++text) {
        while (!(UCSR0A & (1 << UDRE0))) {}
        UDR0 = static_cast<uint8_t>(*text);
      }
      while (!(UCSR0A & (1 << TXC0))) {}
      return 0;
    }"""
    program = build(need_target("avr"), source, work_dir=tmp_path)
    assert simavr_run(program.path, "atmega2560") == "hi"


def test_esp8266_compiles_what_a_sketch_uses(compile_for_esp8266):
    source = """
    #include <Arduino.h>
    static const float table[2] PROGMEM = {1.0f, 2.0f};
    void setup() { Serial.println(expf(pgm_read_float(table + 1)), 4); }
    """
    for standard in ("gnu++11", "gnu++17"):
        compile_for_esp8266(source, standard=standard)
    with pytest.raises(ToolchainError, match="Cannot compile for the ESP8266"):
        compile_for_esp8266("void setup() { nonsense(); }")
