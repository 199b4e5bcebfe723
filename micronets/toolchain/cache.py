"""A per-user folder for the small binaries that the emulators need, built on demand.

Parallel test workers may build the same file at once: each writes its own and renames it into
place, which is atomic, so nobody ever loads half a file. Names carry a digest of all that went in.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from micronets.errors import InstallationError, ToolchainError

SUPPORT = Path(__file__).parent / "support"


def support_file(name: str) -> Path:
    """Return a file of the package's `support/` folder.

    Raises:
        InstallationError: The installed package lacks it.
    """
    path = SUPPORT / name
    if not path.is_file():
        raise InstallationError(
            f"The installed package lacks {path}. Install micronets again: "
            "pip install --force-reinstall micronets"
        )
    return path


def cache_directory() -> Path:
    """Return the folder, made if needed; nobody else can write to it.

    Raises:
        ToolchainError: Somebody else made it first.
    """
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    directory = Path(tempfile.gettempdir()) / f"micronets-{user}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Binaries from here are executed, so a folder that somebody else prepared is refused.
    if hasattr(os, "getuid"):
        status = directory.lstat()
        if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode):
            raise ToolchainError(
                f"The cache folder {directory} belongs to somebody else. "
                "Remove it, or set TMPDIR to a folder of your own."
            )
    return directory


def cached(
    stem: str, suffix: str, ingredients: Iterable[str | Path], make: Callable[[Path], None]
) -> Path:
    """Return a file of the cache, made by `make(path)` where it is not there yet.

    Args:
        stem: Beginning of the file's name.
        suffix: End of the file's name, with the dot.
        ingredients: Texts and files that it is made from; a change of any gives another file.
        make: Writes the file to the path it is given, or raises.
    """
    digest = hashlib.sha256()
    for ingredient in ingredients:
        content = (
            ingredient.read_bytes() if isinstance(ingredient, Path) else ingredient.encode("utf-8")
        )
        digest.update(len(content).to_bytes(8, "little") + content)
    path = cache_directory() / f"{stem}-{digest.hexdigest()[:16]}{suffix}"
    if path.is_file():
        return path
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{stem}-") as folder:
        unfinished = Path(folder) / path.name
        make(unfinished)
        unfinished.replace(path)
    return path
