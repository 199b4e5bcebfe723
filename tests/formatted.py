"""Whether generated code is laid out as clang-format lays it out."""

from __future__ import annotations

import subprocess
from pathlib import Path

DATA = "// ---- Constants: data only below"

_STYLE = Path(__file__).parents[1] / ".clang-format"


def assert_formatted(text: str) -> None:
    """Fails where clang-format would change what stands above the data."""
    code = text.partition(DATA)[0].rstrip() + "\n"
    formatted = subprocess.run(
        ["clang-format", f"-style=file:{_STYLE}"],
        input=code,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert code == formatted
