"""What a linked program consists of, read by `nm`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from micronets import toolchain
from micronets.toolchain.commands import execute_or_raise

EMPTY_PROGRAM = """\
#include <stdint.h>
#include "harness.h"

static float image[4];

int main() {
  while (harness_read(image, sizeof image)) {
    harness_count_begin();
    harness_count_end();
    harness_write(image, 2);
    harness_write(image, sizeof image);
  }
  return 0;
}
"""
# Every class needs these sooner or later, so no kernel is charged for them.
_OF_THE_CLASS = ("memcpy", "memset", "memmove")
_IN_FLASH = frozenset("tTwWvVrRdD")
_MICRONETS, _CPLUSPLUS = "_ZN9micronets", "_Z"

Symbols = Mapping[str, int]


@dataclass(frozen=True)
class Linked:
    """A linked program: bytes of its symbols in flash by mangled name, and its flash."""

    symbols: Symbols
    flash: int


def symbols_of(source: str, header: str | None, target: str, optimize: str) -> Linked:
    """Links a program around a header (as "net.h") for an Arm target and lists its symbols."""
    with tempfile.TemporaryDirectory(prefix="micronets-") as folder:
        if header is not None:
            (Path(folder) / "net.h").write_text(header, encoding="utf-8")
        program = toolchain.build(target, source, include_dirs=[folder], optimize=optimize)
        text = execute_or_raise(
            ["arm-none-eabi-nm", "-S", str(program.path)], purpose="list symbols", timeout=60
        )
    words = (line.split() for line in text.splitlines())
    sized = (word for word in words if len(word) == 4 and word[2] in _IN_FLASH)
    return Linked({name: int(size, 16) for _, size, _, name in sized}, program.sizes.flash)


def is_kernel(name: str) -> bool:
    """True for a kernel, its helpers, and the C library's mathematics; false for a class."""
    if name.startswith(_CPLUSPLUS):
        return name.startswith(_MICRONETS)
    return name != "main" and name not in _OF_THE_CLASS
