"""Small nets whose generated code the tests look at, exported once."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path

from e2e_models import MODELS, zoo_net

from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.errors import ToolchainError
from micronets.toolchain.commands import execute_or_raise

TEN_LABELS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@functools.cache
def pico() -> Export:
    """The smallest net of the zoo, with names of its classes."""
    return compile_model(zoo_net("PicoMobileNet"), labels=TEN_LABELS)


@functools.cache
def model_export(name: str) -> Export:
    """One of `MODELS`."""
    return compile_model(MODELS[name](), class_name=name)


def write_headers(folder: Path, *exports: Export) -> None:
    """Puts headers where `#include "ClassName.h"` finds them."""
    for export in exports:
        (folder / f"{export.class_name}.h").write_text(export.header.text, encoding="utf-8")


def compile_object(
    folder: Path, source: str, compiler: str, flags: Sequence[str], name: str = "object.cpp"
) -> Path:
    """Compiles one file; raises a ToolchainError with what the compiler said."""
    path = folder / name
    path.write_text(source, encoding="utf-8")
    target = path.with_suffix(".o")
    execute_or_raise(
        [compiler, *flags, f"-I{folder}", "-c", str(path), "-o", str(target)],
        purpose=f"compile {name}",
        timeout=300,
    )
    return target


def compiler_message(folder: Path, source: str, compiler: str = "g++", **options: object) -> str:
    """What the compiler says about a program that must not compile."""
    try:
        compile_object(folder, source, compiler, ["-std=gnu++11"], **options)  # type: ignore[arg-type]
    except ToolchainError as error:
        return str(error)
    raise AssertionError(f"{compiler} accepts what it must refuse:\n{source}")


def output_of(*command: str | Path) -> str:
    """What a tool such as nm prints."""
    return subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, text=True
    ).stdout
