"""Files of a data set, in a folder or in the zip it came in, and pictures from their bytes."""

from __future__ import annotations

import io
import os
import threading
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from micronets.errors import DataError, InstallationError

# A picture that unpacks to more pixels than this is no photograph but an attack, or broken.
_MOST_PIXELS = 200_000_000


class ImageFiles(Protocol):
    """Where files lie; names have forward slashes and are relative to the folder or zip."""

    @property
    def place(self) -> str:
        """The folder or zip, for messages."""

    def __contains__(self, name: str) -> bool:
        """Whether there is a file of this name."""

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises DataError if they cannot be had."""


class Folder:
    """Files below a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def place(self) -> str:
        """The folder's path."""
        return str(self._path)

    def __contains__(self, name: str) -> bool:
        try:
            return (self._path / name).is_file()
        except (OSError, ValueError):
            # Names too long, or with a zero byte: no such file.
            return False

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises DataError if they cannot be had."""
        path = self._path / name
        try:
            return path.read_bytes()
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read: {error}") from error


class Zip:
    """Files in a zip, read without unpacking it; also from several threads or processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()
        self._names = frozenset(self._archive.namelist())

    def _open(self) -> None:
        try:
            self._archive = zipfile.ZipFile(self._path)
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{self._path} is no readable zip ({error}); is the download complete?"
            ) from error
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"_path": self._path, "_names": self._names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._open()

    @property
    def place(self) -> str:
        """The zip's path."""
        return str(self._path)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises DataError if they cannot be had."""
        try:
            with self._lock:
                return self._archive.read(name)
        except (KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise DataError(f"{name} in {self._path} cannot be read: {error}") from error
        except (zipfile.BadZipFile, zlib.error) as error:
            raise DataError(f"{name} in {self._path} is damaged: {error}") from error


def open_files(path: str | os.PathLike[str]) -> ImageFiles:
    """Open a folder or a zip.

    Args:
        path: Folder or zip.

    Raises:
        DataError: There is neither at `path`.
    """
    place = Path(path)
    if place.is_dir():
        return Folder(place)
    if place.is_file():
        return Zip(place)
    raise DataError(f"No folder and no zip at {str(place)!r}")


def decode_picture(data: bytes, name: str, *, upright: bool = False) -> np.ndarray:
    """Decode JPEG, PNG or whatever else Pillow reads.

    Args:
        data: The bytes of the file.
        name: Goes into the message if it is no picture.
        upright: Turn it as the camera's mark in the file says. Pictures with labels stay as they
            are stored, because labels count from that corner.

    Returns:
        RGB, uint8, shape (height, width, 3).

    Raises:
        DataError: It is no picture, or cut off.
        InstallationError: Pillow is not installed.
    """
    pillow = import_pillow()
    if not data:
        raise DataError(f"{name} is empty (0 bytes)")
    try:
        with warnings.catch_warnings():
            # What Pillow warns of (sizes, odd metadata) is checked here or does not matter.
            warnings.simplefilter("ignore")
            with pillow.open(io.BytesIO(data)) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise DataError(f"{name} has {picture.width}x{picture.height} pixels: too many")
                return np.array((_turned(picture) if upright else picture).convert("RGB"))
    except DataError:
        raise
    except Exception as error:
        # Pillow's decoders raise whatever broken bytes lead them to: OSError, SyntaxError,
        # ValueError, struct.error, IndexError and more.
        reason = (
            "is no picture" if isinstance(error, pillow.UnidentifiedImageError) else "is damaged"
        )
        raise DataError(
            f"{name} {reason} that Pillow reads ({len(data):,} bytes): {error}"
        ) from error


def _turned(picture: Any) -> Any:
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture)


def import_pillow() -> Any:
    """Return `PIL.Image`.

    Raises:
        InstallationError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise InstallationError(
            'Reading pictures needs Pillow, which is not installed: pip install "micronets[faces]"'
        ) from error
    return Image
