"""Writes a file whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], write: Callable[[str], None]) -> Path:
    """Let `write` fill a temporary file beside `path`, then put it in place in one step.

    Whoever reads `path` sees the old content or the new one, also after a crash, a full disk
    or Ctrl+C; missing folders are made.

    Args:
        path: Where the file goes.
        write: Called with the name of the temporary file, which has the suffixes of `path`.

    Returns:
        `path` as a Path.

    Raises:
        OSError: If the file cannot be written; `path` is then what it was.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Keras chooses the format by the suffixes, and os.replace is atomic only within a folder.
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=target.parent) as folder:
        unfinished = os.path.join(folder, target.name)
        write(unfinished)
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    return target
