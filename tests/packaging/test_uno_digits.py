"""UnoDigits on a simulated Uno: Arduino's build, simavr's serial port, the users' sender."""

import re
from pathlib import Path

import numpy as np
import pytest
import serial
from uno_boards import SKETCH, simulated_uno, write_uno_digits

from micronets.data import load_digits
from micronets.link import Board
from micronets.toolchain import arduino_build
from micronets.toolchain.commands import execute_or_raise

README = Path(__file__).parents[2] / "README.md"
IMAGES = 100
# What the Uno's boot loader leaves of 32 KB of flash, and the bars of the object and of the stack.
FLASH, OBJECT, STACK = 32_256, 1_400, 120
# Seconds: on a busy machine a simulated board is slower than a real one.
_PATIENCE = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("arduino")]


@pytest.fixture(scope="module")
def firmware(tmp_path_factory, need_target):
    """The sketch as Arduino builds it for an Uno."""
    need_target("avr-atmega328p")
    return arduino_build(SKETCH, build_dir=tmp_path_factory.mktemp("uno"))


@pytest.fixture(scope="module")
def digits():
    """Test images as pixels: (100, 96, 96, 1) uint8."""
    _, (images, _) = load_digits()
    return np.rint(255 * images[:IMAGES]).astype(np.uint8)


@pytest.fixture(scope="module")
def labels(digits, tmp_path_factory):
    """What the Python twin of the sketch's net says."""
    export = write_uno_digits(tmp_path_factory.mktemp("examples"))
    return export.predict(digits).argmax(axis=1).tolist()


@pytest.fixture
def uno(firmware, tmp_path, arduino):
    with simulated_uno(firmware, tmp_path) as running:
        yield running


def sizes(firmware):
    """Bytes of flash, of variables and of the net's object."""
    text = execute_or_raise(["avr-size", str(firmware)], purpose="read sizes", timeout=60)
    code, data, zeroed = map(int, text.splitlines()[1].split()[:3])
    symbols = execute_or_raise(["avr-nm", "-S", str(firmware)], purpose="read symbols", timeout=60)
    (net,) = re.findall(r"^\w+ (\w+) [bB] net$", symbols, re.MULTILINE)
    return code + data, data + zeroed, int(net, 16)


def test_fits_an_uno(firmware, arduino):
    flash, _, net = sizes(firmware)
    assert flash <= FLASH
    assert net <= OBJECT


def test_100_labels_are_those_of_python(uno, firmware, digits, labels):
    with Board(uno.port, patience=_PATIENCE) as board:
        assert [board.classify(image) for image in digits] == labels
        figures = board.statistics()
    flash, variables, net = sizes(firmware)
    print(
        f"\n{1000 * figures.seconds:.0f} ms an image at 16 MHz, {net:,} B the net, "
        f"{variables:,} B all variables, {figures.unused_stack} B of stack never used, "
        f"{flash:,} B of flash"
    )
    assert figures.unused_stack >= STACK
    assert uno.stop() == figures.unused_stack
    assert_readme_quotes(figures, net, variables, flash)


def assert_readme_quotes(figures, net, variables, flash):
    words = README.read_text(encoding="utf-8").split("## Arduino Uno")[1].split("##")[0].split()
    text = " ".join(words).replace(",", "")
    (time,) = re.findall(r"an image takes the net (\d+) ms", text)
    assert int(time) == pytest.approx(1000 * figures.seconds, rel=0.03)
    assert f"Its object has {net} B all variables {variables} B" in text
    (stack,) = re.findall(r"about (\d+) B of stack", text)
    assert int(stack) == pytest.approx(figures.unused_stack, abs=16)
    (kilobytes,) = re.findall(r"about ([\d.]+) KB of flash", text)
    assert 1024 * float(kilobytes) == pytest.approx(flash, rel=0.03)


def test_finds_the_board_after_noise_and_an_abandoned_image(uno, digits, labels):
    with serial.Serial(uno.port) as raw:
        raw.write(bytes(range(128)))
        raw.write(b"\xa5i" + digits[0].tobytes()[:500])
    with Board(uno.port, patience=_PATIENCE) as board:
        assert board.classify(digits[1], attempts=1) == labels[1]


def test_sends_again_what_a_reset_or_a_lost_byte_spoilt(uno, digits, labels):
    with Board(uno.port, patience=_PATIENCE) as board:
        write, sent = board._port.write, 0

        def disturbed(data):
            nonlocal sent
            sent += 1
            if sent == 100:
                uno.reset()
            return write(data[1:] if sent == 400 else data)

        board._port.write = disturbed
        assert board.classify(digits[2]) == labels[2]
        assert sent > 500
