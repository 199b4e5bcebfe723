"""Pictures to a board over a serial port, labels back.

The other end is the sketch cpp/examples/UnoDigits, where the protocol is written down. A board
takes rows while its net computes, and its receive buffer is small: so rows travel in parts, at most
two of them unanswered, and each answer holds a check byte of all pixels so far. What goes wrong on
the way is noticed and sent again.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from micronets.errors import DataError, InstallationError, LinkError

BAUD = 115_200
_VERSION = 1
_MAGIC = b"\xa5"
# The sketch's: bytes of a part of a row, and how many parts may be unanswered.
_PART = 24
_UNANSWERED = 2
# A board that misses bytes gives up after a second. Longer than that, so that it listens again.
_SILENCE = 1.3
_LONGEST_LINE = 100

_GREETING = re.compile(rb"micronets (\d+) (\d+) (\d+) (\d+)")
_LABEL = re.compile(rb"label (\d+)")
_STATISTICS = re.compile(rb"stats (\d+) (\d+)")


@dataclass(frozen=True)
class Statistics:
    """What a board tells about its last image.

    Attributes:
        seconds: How long its net computed, without what the rows took to arrive while it waited.
        unused_stack: Bytes of RAM that neither variables nor the stack ever used.
    """

    seconds: float
    unused_stack: int


class Board:
    """A board on a serial port that runs `UnoDigits` or a sketch that answers alike.

    Most boards restart when their port is opened, which takes two seconds; `Board` waits for it.

    Args:
        port: `/dev/ttyACM0`, `COM3` or a URL of pyserial, such as `socket://host:port`.
        baud: Bits per second, the sketch's.
        patience: Seconds in which the board must answer for the first time.

    Raises:
        InstallationError: pyserial is not installed.
        LinkError: The port cannot be opened, or nobody answers there.

    Example:
        ```python
        with Board("/dev/ttyACM0") as board:
            print(board.classify(image))
        ```
    """

    def __init__(self, port: str, *, baud: int = BAUD, patience: float = 8.0) -> None:
        self._name = port
        self._baud = baud
        self._patience = patience
        self._port = _open(port, baud)
        self._is_in_step = False
        try:
            self._shape = self._synchronize()
        except BaseException:
            self.close()
            raise

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the images that the board's net takes."""
        return self._shape

    def classify(self, image: ArrayLike, *, attempts: int = 3) -> int:
        """Send an image and let the board say what it is.

        Args:
            image: Pixels of 0 to 255, uint8 `(height, width, channels)`; `(height, width)` for one
                channel.
            attempts: How often to send it before giving up, where bytes get lost on the way.

        Returns:
            The label, counted from 0.

        Raises:
            DataError: The image has another shape or type than the net; nothing is sent.
            LinkError: The board does not answer, or not as it should, in the last attempt.
            ValueError: `attempts` is below 1.
        """
        if attempts < 1:
            raise ValueError(f"attempts must be at least 1. Received: {attempts}")
        rows = self._rows(image)
        while True:
            try:
                with self._exchange():
                    self._send(rows)
                    return int(self._answer(_LABEL)[1])
            except LinkError:
                attempts -= 1
                if attempts == 0:
                    raise

    def statistics(self) -> Statistics:
        """Ask the board how long the last image took and how much of its stack was never used.

        Returns:
            Zeros for what the sketch cannot tell.

        Raises:
            LinkError: The board does not answer, or not as it should.
        """
        with self._exchange():
            self._port.write(_MAGIC + b"s")
            answer = self._answer(_STATISTICS)
            return Statistics(seconds=int(answer[1]) / 1e6, unused_stack=int(answer[2]))

    def close(self) -> None:
        """Close the port; a second time does nothing."""
        self._port.close()

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(self, image: ArrayLike) -> list[bytes]:
        pixels = np.asarray(image)
        height, width, channels = self._shape
        fits = pixels.shape == self._shape or (channels == 1 and pixels.shape == (height, width))
        if pixels.dtype != np.uint8 or not fits:
            raise DataError(
                f"The board at {self._name} takes one image of uint8 pixels, 0 to 255, of shape "
                f"{self._shape}. Received: {pixels.dtype} of shape {pixels.shape}. "
                + _remedy(pixels, self._shape)
            )
        return [row.tobytes() for row in pixels]

    def _send(self, rows: list[bytes]) -> None:
        """Send an image; no more than two parts are unanswered at any time."""
        self._port.write(_MAGIC + b"i")
        check = 0
        checks: deque[int] = deque()
        for row in rows:
            for part in (row[at : at + _PART] for at in range(0, len(row), _PART)):
                if len(checks) == _UNANSWERED:
                    self._expect(checks.popleft())
                self._port.write(part)
                for value in part:
                    check = (31 * check + value + 1) % 256
                checks.append(check)
        for check in checks:
            self._expect(check)

    def _expect(self, check: int) -> None:
        """Read the answer to a part."""
        answer = self._port.read(2)
        if answer == b"+" + bytes([check]):
            return
        if answer[:1] == b"+" and len(answer) == 2:
            raise LinkError(
                f"Pixels arrived at the board at {self._name} otherwise than they were sent: its "
                f"check byte is {answer[1]}, not {check}. Try a shorter cable or another baud rate."
            )
        raise self._unexpected(answer + self._read_line() if answer else answer)

    def _answer(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        line = self._read_line()
        match = pattern.fullmatch(line.strip())
        if match is None:
            raise self._unexpected(line)
        return match

    def _read_line(self) -> bytes:
        return bytes(self._port.read_until(b"\n", _LONGEST_LINE))

    def _unexpected(self, answer: bytes) -> LinkError:
        if not answer:
            return LinkError(
                f"The board at {self._name} stopped answering. Is it still connected, and nobody "
                "else at its port?"
            )
        if answer.startswith(b"error timeout"):
            return LinkError(
                f"The board at {self._name} waited in vain for pixels: some were lost on the way. "
                "Try a shorter cable or another baud rate."
            )
        return LinkError(
            f"The board at {self._name} answered {_shown(answer)}, which nobody asked for. "
            "What a sketch says first means that it restarted: is its power supply good?"
        )

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        """Around a request and its answers: after a failure the next one finds the board anew."""
        if not self._port.is_open:
            raise LinkError(f"The port {self._name} is closed. Make another Board.")
        with self._translated():
            if not self._is_in_step:
                self._shape = self._synchronize()
            self._is_in_step = False
            yield
            self._is_in_step = True

    def _synchronize(self) -> tuple[int, int, int]:
        """Find out what the board's net takes, whatever the board is doing.

        It may be starting, or be in the middle of an image of somebody who has gone: then the
        request is two pixels of that image, and there is an answer once it has been given up.
        """
        deadline = time.monotonic() + self._patience
        heard = b""
        with self._translated():
            while time.monotonic() < deadline:
                self._port.read(self._port.in_waiting)
                self._port.write(_MAGIC + b"?")
                while (line := self._read_line()) and time.monotonic() < deadline:
                    match = _GREETING.search(line)
                    if match:
                        self._is_in_step = True
                        return self._checked(*(int(number) for number in match.groups()))
                    heard = line
        raise LinkError(
            f"No sketch of micronets answers at {self._name} within {self._patience:g} s. "
            f"Received: {_shown(heard) if heard else 'nothing'}. Upload cpp/examples/UnoDigits, "
            f"close the serial monitor, and see that the sketch, too, uses {self._baud} baud."
        )

    def _checked(self, version: int, *shape: int) -> tuple[int, int, int]:
        if version != _VERSION:
            raise LinkError(
                f"The sketch at {self._name} speaks version {version} of the protocol, this "
                f"micronets {_VERSION}. Upload the sketch of the same release."
            )
        height, width, channels = shape
        return height, width, channels

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """What pyserial raises, in our words."""
        try:
            yield
        except OSError as error:
            raise LinkError(
                f"The port {self._name} failed: {error}. Is the board still connected?"
            ) from error


def _open(port: str, baud: int) -> Any:
    try:
        import serial
        from serial.tools.list_ports import comports
    except ImportError as error:
        raise InstallationError(
            "Talking to a board needs pyserial, which is not installed: "
            'pip install "micronets[serial]"'
        ) from error
    try:
        return serial.serial_for_url(
            port, baudrate=baud, timeout=_SILENCE, write_timeout=_SILENCE, exclusive=True
        )
    except (serial.SerialException, ValueError) as error:
        found = ", ".join(sorted(info.device for info in comports())) or "none"
        raise LinkError(
            f"Cannot open the port {port!r}: {error}\nPorts of this computer: {found}. Close other "
            "programs that use the port; on Linux your user must be in the group 'dialout'."
        ) from error


def _remedy(pixels: np.ndarray, shape: tuple[int, int, int]) -> str:
    if pixels.dtype != np.uint8:
        return "Floats of 0 to 1: np.rint(255 * image).astype(np.uint8)."
    if shape[2] == 1 and pixels.shape == (*shape[:2], 3):
        return "Colours become grey with micronets.grey_from_rgb(image)."
    if pixels.ndim == 4:
        return "Send images one by one."
    return "Scale it with micronets.data.resize_images, or with Pillow."


def _shown(text: bytes) -> str:
    return repr(text.decode("ascii", "backslashreplace").strip())
