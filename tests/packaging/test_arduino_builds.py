"""The library in compilers: a board on this computer, an Uno, a Cortex-M0+ and an ESP8266."""

import re
import shutil

import keras
import numpy as np
import pytest
from arduino_nets import (
    HOST_BOARD,
    NAMES,
    answer,
    compile_object,
    digit_image,
    digit_library,
    run_on_host,
)
from keras_nets import sequential

from micronets.codegen.arduino import export_arduino
from micronets.errors import ToolchainError
from micronets.toolchain import arduino_build, simavr_run
from micronets.toolchain.commands import execute_or_raise

L = keras.layers
STANDARDS = ("gnu++11", "gnu++17")
# As compilers mangle them: one array for each of the two layers that have weights.
WEIGHTS = re.compile(r"_weightsE?$")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A library with its export: (folder, export)."""
    folder = tmp_path_factory.mktemp("libraries") / "MyNet"
    return folder, digit_library(folder, labels=NAMES)


def run_sketch(folder, class_name, work, *images, **options):
    """The lines of a library's sketch, without the times."""
    sketch = folder / "examples" / class_name / f"{class_name}.ino"
    loops = len(images) + 1
    lines = run_on_host(sketch, [folder / "src"], work, *images, loops=loops, **options)
    return [line.removesuffix(", 0 us") for line in lines]


@pytest.mark.parametrize("standard", STANDARDS)
def test_sketch_answers_to_its_own_and_to_sent_pictures(library, tmp_path, host, standard):
    folder, export = library
    images = [digit_image(seed) for seed in (1, 2)]
    lines = run_sketch(folder, "DigitNet", tmp_path, *images, standard=standard)
    assert lines == [answer(export, image) for image in (digit_image(), *images)]


def test_sketch_forgets_an_incomplete_picture(library, tmp_path, host):
    folder, export = library
    lines = run_sketch(folder, "DigitNet", tmp_path, digit_image(1).tobytes()[:50])
    own = answer(export, digit_image())
    assert lines == [own, "incomplete picture, bytes: 50", own]


def test_sketch_of_a_ramp_answers_as_python_says(tmp_path, host):
    model = sequential((5, 7, 3), L.Flatten(), L.Dense(1, activation="sigmoid"), name="smile")
    export_arduino(model, tmp_path / "Smile")
    (line,) = run_sketch(tmp_path / "Smile", "Smile", tmp_path)
    text = (tmp_path / "Smile" / "examples" / "Smile" / "Smile.ino").read_text()
    assert f"// Python answers: {line}\n" in text


def test_sketch_of_a_net_without_probabilities_prints_outputs(tmp_path, host):
    model = sequential((4, 4, 1), L.Flatten(), L.Dense(3), name="corner")
    export = export_arduino(model, tmp_path / "Corner", example=np.ones((4, 4, 1), np.uint8))
    outputs = np.ravel(export.predict(np.ones((1, 4, 4, 1), np.uint8)))
    (line,) = run_sketch(tmp_path / "Corner", "Corner", tmp_path)
    assert line == f"label {outputs.argmax()}, output {outputs.max():.3f}"


@pytest.mark.parametrize("standard", STANDARDS)
def test_compiles_for_cortex_m0plus(library, tmp_path, need_target, standard):
    need_target("cortex-m0")
    folder, _ = library
    compiler = ("arm-none-eabi-g++", "-mcpu=cortex-m0plus", "-mthumb")
    sketch = folder / "examples" / "DigitNet" / "DigitNet.ino"
    result = tmp_path / "sketch.o"
    compile_object(compiler, sketch, result, HOST_BOARD, folder / "src", standard=standard)
    assert weights_outside(result, "arm-none-eabi-objdump", (".rodata",)) == {}


@pytest.mark.parametrize("standard", STANDARDS)
def test_keeps_constants_in_flash_on_the_esp8266(library, tmp_path, compile_for_esp8266, standard):
    folder, _ = library
    sketch = folder / "examples" / "DigitNet"
    # What the sketch reads with is not among the declarations for this chip.
    text = """
    #include <Arduino.h>
    struct ReadingPort : SerialPort {
      void setTimeout(unsigned long milliseconds);
      size_t readBytes(uint8_t* bytes, size_t count);
    };
    extern ReadingPort reading_port;
    #define Serial reading_port
    #include "DigitNet.ino"
    """
    compile_for_esp8266(text, [folder / "src", sketch], standard)
    result = tmp_path / "esp8266.o"
    assert weights_outside(result, "xtensa-lx106-elf-objdump", (".irom",)) == {}
    sizes = execute_or_raise(
        ["xtensa-lx106-elf-size", "-A", str(result)], purpose="read sizes", timeout=60
    )
    assert sum(int(size) for size in re.findall(r"^\.data\S*\s+(\d+)", sizes, re.M)) == 0


def weights_outside(path, objdump, sections):
    """The net's constants, at least one of them, that lie elsewhere: {name: section}."""
    table = execute_or_raise([objdump, "-t", str(path)], purpose="read symbols", timeout=60)
    lines = [line.split() for line in table.splitlines() if re.search(r"(weights|bias)E?$", line)]
    homes = {words[-1]: words[-3] for words in lines if int(words[-2], 16) > 0}
    assert homes, table
    return {name: home for name, home in homes.items() if not home.startswith(sections)}


def sections_and_symbols(elf):
    """Bytes of the ELF's sections by name, and (address, name) of its symbols."""
    sizes = execute_or_raise(["avr-size", "-A", str(elf)], purpose="read sizes", timeout=60)
    sections = {name: int(size) for name, size in re.findall(r"^(\.\w+)\s+(\d+)", sizes, re.M)}
    table = execute_or_raise(["avr-nm", str(elf)], purpose="read symbols", timeout=60)
    symbols = [
        (int(address, 16), name)
        for address, _, name in (line.split() for line in table.splitlines() if line[0] != " ")
    ]
    return sections, symbols


@pytest.mark.slow
@pytest.mark.xdist_group("arduino")
def test_uno_prints_what_python_predicts(library, tmp_path, arduino, need_target):
    need_target("avr-atmega328p")
    folder, export = library
    elf = arduino_build(
        folder / "examples" / "DigitNet", [folder.parent], tmp_path / "build", "arduino:avr:uno"
    )
    lines = simavr_run(elf, "atmega328p", seconds=1.5).splitlines()
    assert len(lines) == 2
    for line in lines:
        text, time = re.fullmatch(r"(.*), (\d+) us", line).groups()
        assert text == answer(export, digit_image())
        assert int(time) < 200_000
    sections, symbols = sections_and_symbols(elf)
    assert sections[".text"] + sections[".data"] <= 32_256  # what the Uno's boot loader leaves
    # Strings of labels, tables of virtual functions and the like.
    assert sections[".data"] < 256
    weights = [(address, name) for address, name in symbols if WEIGHTS.search(name)]
    assert len(weights) == 2 and all(address < 32_256 for address, _ in weights)


@pytest.mark.slow
@pytest.mark.xdist_group("arduino")
def test_two_files_of_a_sketch_share_one_copy_of_the_weights(
    library, tmp_path, arduino, need_target
):
    need_target("avr-atmega328p")
    folder, export = library
    sketch = tmp_path / "TwoFiles"
    shutil.copytree(folder / "examples" / "DigitNet", sketch)
    (sketch / "DigitNet.ino").rename(sketch / "TwoFiles.ino")
    (sketch / "second.cpp").write_text(
        "#include <DigitNet.h>\n"
        "static DigitNet other;\n"
        "uint16_t second(const uint8_t* pixels) { return other.predict(pixels); }\n"
    )
    with (sketch / "TwoFiles.ino").open("a") as file:
        file.write("\nuint16_t second(const uint8_t* pixels);\nvolatile uint16_t seen;\n")
        file.write("void look() { seen = second(pixels); }\nvoid (*volatile looker)() = look;\n")
    elf = arduino_build(
        sketch, [folder.parent], tmp_path / "build", "arduino:avr:mega:cpu=atmega2560"
    )
    _, symbols = sections_and_symbols(elf)
    assert sum(bool(WEIGHTS.search(name)) for _, name in symbols) == 2
    assert sum("other" in name or name == "net" for _, name in symbols) == 2
    text = simavr_run(elf, "atmega2560", seconds=0.5)
    assert text.startswith(answer(export, digit_image()))


@pytest.fixture(scope="module")
def large_library(tmp_path_factory):
    """A net that needs 15 KB of RAM."""
    folder = tmp_path_factory.mktemp("libraries") / "Large"
    layers = L.Conv2D(6, 3, strides=2), L.GlobalMaxPooling2D()
    export_arduino(sequential((51, 51, 1), *layers, name="large_net"), folder)
    return folder


RAM_ERROR = r"LargeNet needs \d+ B of RAM and 512 B of stack: more than this AVR has"


def test_says_so_where_an_avr_has_too_little_ram(large_library, tmp_path, need_target):
    need_target("avr")
    source = tmp_path / "main.cpp"
    source.write_text("#include <LargeNet.h>\nLargeNet net;\n")
    for chip in ("atmega328p", "atmega2560"):
        command = ["avr-g++", f"-mmcu={chip}", "-std=gnu++11", f"-I{large_library / 'src'}"]
        command += ["-c", str(source), "-o", str(tmp_path / "main.o")]
        with pytest.raises(ToolchainError, match=RAM_ERROR):
            execute_or_raise(command, purpose="compile", timeout=60)


@pytest.mark.slow
@pytest.mark.xdist_group("arduino")
def test_arduino_shows_why_a_net_does_not_fit(large_library, tmp_path, arduino):
    sketch = large_library / "examples" / "LargeNet"
    with pytest.raises(ToolchainError, match=RAM_ERROR):
        arduino_build(sketch, [large_library.parent], tmp_path / "build")
