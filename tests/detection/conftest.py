"""Folders and zips full of drawn pictures, and data sets next to the repository."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import draw_picture, encode_picture


@pytest.fixture(params=["folder", "zip"])
def place_files(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    """Return `place(files)`, which puts files into a folder or into a zip and returns its path."""

    def place(files: Mapping[str, bytes], name: str = "data") -> Path:
        if request.param == "zip":
            target = tmp_path / f"{name}.zip"
            with zipfile.ZipFile(target, "w") as archive:
                for path, data in files.items():
                    archive.writestr(path, data)
            return target
        target = tmp_path / name
        target.mkdir(exist_ok=True)
        for path, data in files.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(data)
        return target

    return place


@pytest.fixture
def make_picture() -> Callable[..., bytes]:
    """Return `make(height, width)`, which gives the bytes of a PNG file."""

    def make(height: int = 20, width: int = 30, seed: int = 0) -> bytes:
        return encode_picture(draw_picture(height, width, np.empty((0, 4)), seed))

    return make


@pytest.fixture
def reference_data() -> Callable[[str], Path]:
    """Return `find(name)`: a data set in a folder `shared/data` next to the repository.

    The test skips where there is none; pictures of people are no part of the repository.
    """

    def find(name: str) -> Path:
        for folder in Path(__file__).resolve().parents:
            path = folder / "shared" / "data" / name
            if path.is_file():
                return path
        return pytest.skip(f"{name} is not here")

    return find
