"""Puts the folder of a library in its place, whole or not at all, and only over an earlier one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

MARK = "# Written by micronets; the next export replaces the whole folder."
"""First line of library.properties, by which an export knows its own folder."""


def check_replaceable(target: Path) -> None:
    """Makes sure that replacing a folder destroys nothing but an earlier export.

    Raises:
        FileExistsError: The folder holds something that micronets did not write.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise FileExistsError(f"{target} is a file; give the name of a folder.")
    found = {path.relative_to(target).as_posix() for path in _files_below(target)}
    if not found:
        return
    properties = target / "library.properties"
    lines = properties.read_text("utf-8", "replace").splitlines() if properties.is_file() else []
    if lines[:1] != [MARK]:
        raise FileExistsError(
            f"{target} exists, and micronets did not write it. Choose another folder, or remove it."
        )
    foreign = sorted(found - _written_before(lines))
    if foreign:
        raise FileExistsError(
            f"{target} would be replaced, but it holds files that micronets did not write: "
            f"{', '.join(foreign[:5])}{', ...' if len(foreign) > 5 else ''}. Move them elsewhere."
        )


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _written_before(lines: list[str]) -> set[str]:
    """The files of an export, from its library.properties."""
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    name = values.get("includes", "").removesuffix(".h")
    sketch = f"examples/{name}"
    return {
        *("LICENSE", "README.md", "keywords.txt", "library.json", "library.properties"),
        *(f"src/{name}.h", f"{sketch}/{name}.ino", f"{sketch}/example_image.h"),
        ".DS_Store",
    }


def write_folder(target: Path, files: Mapping[str, str]) -> None:
    """Writes all files beside the target, then puts the folder in its place.

    Args:
        target: The folder; one that exists is replaced whole or not at all.
        files: Text by path within the folder.

    Raises:
        OSError: The folder cannot be written; the target is then what it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=target.parent) as scratch:
        complete, former = Path(scratch, "complete"), Path(scratch, "former")
        for name, text in files.items():
            path = complete / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            os.rename(target, former)
        try:
            os.rename(complete, target)
        except BaseException:
            if former.exists():
                os.rename(former, target)
            raise
