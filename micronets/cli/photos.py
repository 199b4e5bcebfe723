"""Photos that a person names, and where pictures made of them go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from micronets.data.image_files import decode_picture, import_pillow
from micronets.errors import DataError
from micronets.files import write_atomically

_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


def find_photos(paths: Sequence[str]) -> list[Path]:
    """The files that paths name; of a folder all pictures right in it, by their suffixes.

    Raises:
        FileNotFoundError: There is no such file or folder.
        DataError: A folder has no pictures.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.exists():
                raise FileNotFoundError(f"There is no picture {str(path)!r}")
            found.append(path)
            continue
        inside = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
        if not inside:
            raise DataError(
                f"No picture in the folder {str(path)!r}; looked for {', '.join(_SUFFIXES)}"
            )
        found += inside
    return list(dict.fromkeys(found))


def read_photo(path: Path) -> np.ndarray:
    """RGB, uint8, shape (height, width, 3), turned upright as the camera noted.

    Raises:
        DataError: It cannot be read, is no picture, or cut off.
        InstallationError: Pillow is not installed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    return decode_picture(data, str(path), upright=True)


def output_paths(output: str, photos: Sequence[Path]) -> list[Path]:
    """Where the picture of each photo goes.

    Args:
        output: A file for one photo, by its suffix, or a folder.
        photos: Their names are kept in a folder, with an ending.

    Raises:
        DataError: A single file cannot hold several pictures, is the photo itself, or has a suffix
            that Pillow does not write.
    """
    target = Path(output)
    if target.suffix and not target.is_dir():
        if len(photos) > 1:
            raise DataError(f"{len(photos)} photos need a folder for their pictures, not {output}")
        if target.exists() and target.samefile(photos[0]):
            raise DataError(f"{output} is the photo itself: give another name for the picture")
        return [_writable(target)]
    taken: dict[str, int] = {}
    paths = []
    for photo in photos:
        number = taken[photo.stem] = taken.get(photo.stem, 0) + 1
        again = "" if number == 1 else f"_{number}"
        paths.append(target / f"{photo.stem}_boxes{again}.png")
    return paths


def write_picture(path: Path, image: np.ndarray) -> None:
    """Write a picture in the format of its suffix, whole or not at all."""
    picture: Any = import_pillow().fromarray(image)
    write_atomically(path, picture.save)


def _writable(path: Path) -> Path:
    pillow = import_pillow()
    pillow.init()
    if path.suffix.lower() not in pillow.EXTENSION or not _writes(pillow, path.suffix):
        raise DataError(f"Pillow writes no {path.suffix!r} files; take .png or .jpg for {path}")
    return path


def _writes(pillow: Any, suffix: str) -> bool:
    return pillow.EXTENSION[suffix.lower()] in pillow.SAVE
