"""Puts the kernel headers that a net uses into one piece of text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from micronets.errors import InstallationError

_LOCAL = re.compile(r'^#include "(micronets/[^"]+)"$')
_SYSTEM = re.compile(r"^#include <([^>]+)>$")


@dataclass(frozen=True)
class Amalgamation:
    """Headers in dependency order, complete with comments and guards.

    Args:
        system_headers: What they include from the C library, sorted.
        text: All of them.
        headers: Their names.
    """

    system_headers: tuple[str, ...]
    text: str
    headers: tuple[str, ...] = ()


def include_root() -> Path:
    """The folder that holds `micronets/core/types.h`: inside the wheel, or the checkout's cpp/."""
    packaged = Path(str(resources.files("micronets"))) / "_cpp"
    if (packaged / "core" / "types.h").is_file():
        return packaged
    checkout = Path(__file__).resolve().parents[3] / "cpp" / "include" / "micronets"
    if (checkout / "core" / "types.h").is_file():
        return checkout
    raise InstallationError(
        f"the C++ kernels are missing: neither {packaged} nor {checkout} has core/types.h. "
        "Install micronets again."
    )


def amalgamate(headers: Iterable[str], present: Iterable[str] = ()) -> Amalgamation:
    """Reads headers given as `micronets/kernels/add_f32.h`, each once, dependencies first.

    Args:
        headers: What is wanted.
        present: What stands in front of it already.
    """
    present = tuple(present)
    done = list(present)
    system: set[str] = set()
    pieces: list[str] = []

    def visit(header: str) -> None:
        if header in done:
            return
        done.append(header)
        path = include_root() / header.removeprefix("micronets/")
        lines, depth = [], 0
        for line in path.read_text(encoding="utf-8").splitlines():
            local, library = _LOCAL.match(line), _SYSTEM.match(line)
            depth += line.startswith("#if") - line.startswith("#endif")
            if local:
                visit(local[1])
            elif library and depth == 1:  # Deeper ones belong to one kind of chip.
                system.add(library[1])
            else:
                lines.append(line)
        pieces.append(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())

    for header in sorted(headers):
        visit(header)
    added = tuple(done[len(present) :])
    return Amalgamation(tuple(sorted(system)), "\n\n".join(pieces), added)
