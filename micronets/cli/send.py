"""`micronets send`: pictures to a board, its labels back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from micronets.cli.loading import load_images
from micronets.errors import DataError, InstallationError
from micronets.link import BAUD, Board


@click.command()
@click.argument("files", metavar="IMAGE...", nargs=-1, required=True)
@click.option("--port", required=True, help="/dev/ttyACM0, COM3, or a URL of pyserial.")
@click.option("--baud", default=BAUD, show_default=True, help="Bits per second, the sketch's.")
@click.option("--invert", is_flag=True, help="Dark becomes light: for ink on paper.")
def send(files: tuple[str, ...], port: str, baud: int, invert: bool) -> None:
    """Send pictures to a board that runs the sketch UnoDigits; print the labels that it gives.

    An IMAGE is a picture, scaled to what the net takes, or a .npy or .npz file of uint8 images of
    just that size.
    """
    with Board(port, baud=baud) as board:
        for file in files:
            for name, image in read_images(file, board.input_shape):
                click.echo(f"{name}: {board.classify(255 - image if invert else image)}")
        figures = board.statistics()
    click.echo(
        f"The last image took the net {1000 * figures.seconds:.0f} ms; "
        f"{figures.unused_stack} B of the board's stack were never used."
    )


def read_images(file: str, shape: tuple[int, int, int]) -> Iterator[tuple[str, np.ndarray]]:
    """The images of a file with names to print.

    Raises:
        DataError: It holds no images of uint8 pixels.
        InstallationError: Pillow, which reads pictures, is not installed.
        OSError: The file cannot be read.
    """
    if Path(file).suffix not in {".npy", ".npz"}:
        yield file, read_picture(file, shape)
        return
    images = load_images(file)
    if images.dtype != np.uint8:
        raise DataError(f"{file!r} must hold pixels, uint8 of 0 to 255. Received: {images.dtype}")
    for number, image in enumerate(images):
        yield f"{file}[{number}]", image


def read_picture(file: str, shape: tuple[int, int, int]) -> np.ndarray:
    """A picture, scaled to `shape`, in grey for one channel."""
    try:
        from PIL import Image
    except ImportError as error:
        raise InstallationError(
            'Reading pictures needs Pillow, which is not installed: pip install "micronets[serial]"'
        ) from error
    height, width, channels = shape
    with Image.open(file) as picture:
        scaled = picture.convert("L" if channels == 1 else "RGB").resize((width, height))
    return np.asarray(scaled).reshape(height, width, -1)
