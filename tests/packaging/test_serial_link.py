"""`micronets.link` and `micronets send` against the sketch UnoDigits, compiled for this computer.

The same sketch runs on a simulated Uno in test_uno_digits.py.
"""

import importlib
import os
import sys
import threading
import tty
from contextlib import contextmanager

import numpy as np
import pytest
import serial
from click.testing import CliRunner
from uno_boards import compile_host_board, host_board, write_uno_digits

from micronets.bench.nets import calibration_pixels
from micronets.cli import main
from micronets.errors import DataError, InstallationError, LinkError
from micronets.link import Board, Statistics


@pytest.fixture(scope="module")
def program(tmp_path_factory, need_target):
    need_target("host")
    return compile_host_board(tmp_path_factory.mktemp("uno"))


@pytest.fixture
def port(program):
    with host_board(program) as name:
        yield name


@pytest.fixture
def board(port):
    with Board(port) as found:
        yield found


@pytest.fixture(scope="module")
def digits():
    return calibration_pixels((96, 96, 1))[:20]


@pytest.fixture(scope="module")
def labels(program, digits):
    """What the board says where nothing goes wrong."""
    with host_board(program) as port, Board(port) as board:
        return [board.classify(image, attempts=1) for image in digits]


def on_write(board, change):
    """Let `change(number, bytes)` decide what really is written at the port."""
    write, number = board._port.write, -1

    def changed(data):
        nonlocal number
        number += 1
        return write(change(number, data))

    board._port.write = changed


def test_board_says_what_it_takes(board):
    assert board.input_shape == (96, 96, 1)


def test_labels_are_those_of_python(labels, digits, tmp_path):
    assert labels == write_uno_digits(tmp_path).predict(digits).argmax(axis=1).tolist()
    assert len(set(labels)) > 4


def test_statistics_are_those_of_the_last_image(board, digits):
    board.classify(digits[0])
    # This computer has neither a clock for sketches nor a stack that they can look at.
    assert board.statistics() == Statistics(seconds=0.0, unused_stack=0)


def test_one_channel_may_have_no_axis(board, digits, labels):
    assert board.classify(digits[1][..., 0]) == labels[1]


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((96, 96, 1), np.float32), r"np\.rint\(255"),
        (np.zeros((96, 96, 3), np.uint8), "grey_from_rgb"),
        (np.zeros((1, 96, 96, 1), np.uint8), "one by one"),
        (np.zeros((8, 8), np.uint8), r"shape \(96, 96, 1\)\. Received: uint8 of shape \(8, 8\)"),
    ],
)
def test_wrong_images_are_refused_before_anything_is_sent(board, image, words):
    on_write(board, lambda number, data: pytest.fail("something was sent"))
    with pytest.raises(DataError, match=words):
        board.classify(image)


def test_garbage_before_an_image_does_no_harm(port, digits, labels):
    with serial.Serial(port) as raw:
        raw.write(bytes(range(128)) * 2)
    with Board(port) as board:
        assert board.classify(digits[2], attempts=1) == labels[2]


def test_an_image_that_somebody_gave_up_is_forgotten(port, digits, labels):
    with serial.Serial(port) as raw:
        raw.write(b"\xa5i" + digits[0].tobytes()[:1000])
    with Board(port) as board:
        assert board.classify(digits[2], attempts=1) == labels[2]


def test_a_lost_byte_is_noticed(board, digits):
    on_write(board, lambda number, data: data[1:] if number == 100 else data)
    with pytest.raises(LinkError, match="check byte"):
        board.classify(digits[0], attempts=1)


def test_bytes_lost_at_the_end_are_noticed(board, digits):
    on_write(board, lambda number, data: b"" if number == 384 else data)
    with pytest.raises(LinkError, match="waited in vain for pixels"):
        board.classify(digits[0], attempts=1)


def test_a_changed_byte_is_noticed(board, digits):
    on_write(board, lambda number, data: bytes(24) if number == 300 else data)
    image = np.full((96, 96, 1), 7, np.uint8)
    with pytest.raises(LinkError, match="otherwise than they were sent"):
        board.classify(image, attempts=1)


def test_an_image_is_sent_again_after_a_failure(board, digits, labels):
    on_write(board, lambda number, data: data[1:] if number in {50, 500} else data)
    assert board.classify(digits[3]) == labels[3]


def test_the_next_image_arrives_after_a_failure(board, digits, labels):
    on_write(board, lambda number, data: data[1:] if number == 10 else data)
    with pytest.raises(LinkError):
        board.classify(digits[0], attempts=1)
    assert board.classify(digits[1], attempts=1) == labels[1]


def test_attempts_must_be_positive(board, digits):
    with pytest.raises(ValueError, match="attempts must be at least 1"):
        board.classify(digits[0], attempts=0)


def test_what_no_sketch_says_is_shown(board):
    board._port.read_until = lambda *_: b"Guru Meditation\r\n"
    with pytest.raises(LinkError, match="answered 'Guru Meditation', which nobody asked for"):
        board.statistics()


@contextmanager
def port_that_says(text):
    """A port at which somebody answers the first request with this."""
    other, port = os.openpty()
    tty.setraw(port)

    def answer():
        os.read(other, 2)
        os.write(other, text)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield os.ttyname(port)
    finally:
        thread.join()
        os.close(other)
        os.close(port)


def test_a_port_without_a_sketch_is_given_up():
    with (
        port_that_says(b"hello\n") as port,
        pytest.raises(LinkError, match=r"No sketch .* within 0\.1 s\. Received: 'hello'.* 9600"),
    ):
        Board(port, patience=0.1, baud=9600)


def test_a_sketch_of_another_protocol_is_refused():
    with (
        port_that_says(b"micronets 2 96 96 1\r\n") as port,
        pytest.raises(LinkError, match="speaks version 2 of the protocol"),
    ):
        Board(port)


def test_a_board_that_goes_is_a_link_error(program, digits):
    with host_board(program) as port:
        board = Board(port)
    with pytest.raises(LinkError, match=r"The port /dev/pts/\d+ failed"):
        board.classify(digits[0])


def test_a_closed_board_is_a_link_error(board, digits):
    board.close()
    board.close()
    with pytest.raises(LinkError, match=r"The port /dev/pts/\d+ is closed"):
        board.classify(digits[0])


def test_a_port_that_is_none_lists_those_that_are():
    with pytest.raises(LinkError, match=r"Cannot open the port '/dev/nothing'(.|\n)*Ports of this"):
        Board("/dev/nothing")


def test_a_port_opens_once(board, port):
    with pytest.raises(LinkError, match="Cannot open the port"):
        Board(port)


def test_without_pyserial_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "serial", None)
    link = importlib.import_module("micronets.link")
    with pytest.raises(InstallationError, match=r'pip install "micronets\[serial\]"'):
        link.Board("/dev/ttyACM0")


def run(*arguments):
    return CliRunner().invoke(main, ["send", *map(str, arguments)])


def test_command_sends_pictures_and_arrays(port, digits, labels, tmp_path):
    from PIL import Image

    Image.fromarray(digits[2][..., 0]).convert("RGB").save(tmp_path / "digit.png")
    np.savez(tmp_path / "digits.npz", images=digits)
    result = run(tmp_path / "digit.png", tmp_path / "digits.npz", "--port", port)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == f"{tmp_path}/digit.png: {labels[2]}"
    expected = [f"{tmp_path}/digits.npz[{i}]: {label}" for i, label in enumerate(labels)]
    assert lines[1:-1] == expected
    assert (
        lines[-1] == "The last image took the net 0 ms; 0 B of the board's stack were never used."
    )


def test_command_scales_and_inverts_pictures(port, digits, labels, tmp_path):
    from PIL import Image

    ink = Image.fromarray(255 - digits[3][..., 0]).resize((384, 384))
    ink.save(tmp_path / "ink.png")
    result = run(tmp_path / "ink.png", "--port", port, "--invert")
    assert result.stdout.startswith(f"{tmp_path}/ink.png: {labels[3]}\n")


def test_command_says_what_is_wrong(port, tmp_path):
    np.save(tmp_path / "floats.npy", np.zeros((1, 96, 96, 1), np.float32))
    (tmp_path / "text.png").write_text("no picture")
    for file, words in (("floats.npy", "uint8"), ("text.png", "text.png"), ("no.png", "no.png")):
        result = run(tmp_path / file, "--port", port)
        assert result.exit_code == 2, result.exception
        assert words in result.stderr and "Traceback" not in result.stderr
