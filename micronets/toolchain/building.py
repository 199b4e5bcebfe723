"""From C++ source to a program for a target."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from micronets.errors import ToolchainError
from micronets.toolchain.cache import SUPPORT, cached, support_file
from micronets.toolchain.commands import execute_or_raise
from micronets.toolchain.program import Program, Sizes
from micronets.toolchain.requirements import CLANG_SANITIZERS, how_to_install
from micronets.toolchain.targets import Target, find_target

# What `warnings=True` asks for: generated code promises to be clean under these.
WARNINGS = (
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Wdouble-promotion",
    "-Werror",
)
SANITIZERS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_COMPILE_TIMEOUT = 300.0

Source = str | Path | Sequence[str | Path]


def build(
    target: Target | str,
    source: Source,
    *,
    include_dirs: Sequence[str | Path] = (),
    optimize: str = "-O2",
    standard: str | None = None,
    warnings: bool = False,
    sanitize: bool = False,
    extra_flags: Sequence[str] = (),
    work_dir: str | Path | None = None,
) -> Program:
    """Compile and link a program for a target.

    Args:
        target: A target or its name.
        source: C++ text, a path, or a list of both. The text may include "harness.h".
        include_dirs: Folders for `#include`.
        optimize: The optimization flag.
        standard: For example "c++11"; the compiler's own (a GNU dialect, as with Arduino) if None.
        warnings: Turn all warnings on and make them errors.
        sanitize: Add the address and undefined-behaviour sanitizers; host targets only.
        extra_flags: More flags, after all others.
        work_dir: Where the files go; a temporary folder that goes with the program if None.

    Returns:
        The program, ready to run.

    Raises:
        ToolchainError: A tool is missing, or the compiler rejects the source.
        ValueError: `sanitize` for a target that is emulated, or a file's name given as text.
    """
    target = find_target(target)
    target.require()
    if sanitize:
        _require_sanitizers(target)
    flags = (
        *_standard(target, standard),
        optimize,
        *(WARNINGS if warnings else ()),
        *(SANITIZERS if sanitize else ()),
        *(f"-I{Path(folder)}" for folder in include_dirs),
        *extra_flags,
    )
    directory, is_temporary = _work_directory(work_dir)
    try:
        path = _link(target, _write_sources(source, directory), flags, directory)
        program = Program(target=target, path=path, sizes=read_sizes(target, path))
    except BaseException:
        if is_temporary:
            shutil.rmtree(directory, ignore_errors=True)
        raise
    if is_temporary:
        weakref.finalize(program, shutil.rmtree, directory, ignore_errors=True)
    return program


def _link(target: Target, sources: list[Path], flags: Sequence[str], directory: Path) -> Path:
    """Compile the sources, link them with the harness, and return the executable."""
    path = directory / "program.elf"
    command = [
        target.compiler,
        *target.flags,
        *flags,
        f"-I{SUPPORT}",
        *(str(one) for one in [*sources, *_support_objects(target, flags)]),
        *target.link_flags,
        *(("-T", str(support_file("firmware.ld"))) if target.runner == "qemu" else ()),
        "-o",
        str(path),
    ]
    names = ", ".join(one.name for one in sources)
    execute_or_raise(
        command, purpose=f"compile {names} for {target.name}", timeout=_COMPILE_TIMEOUT
    )
    return path


def _require_sanitizers(target: Target) -> None:
    if target.is_emulated:
        raise ValueError(
            f"Sanitizers run on the host only. Received: sanitize=True, target={target.name!r}"
        )
    if target.compiler == "clang++" and not CLANG_SANITIZERS.is_met():
        raise ToolchainError(
            f"Target {target.name!r} needs clang's sanitizers, which are not installed.\n"
            + how_to_install([CLANG_SANITIZERS])
        )


def read_sizes(target: Target, path: Path) -> Sizes:
    """Return the section sizes of an object or a program, as `size` counts them."""
    text = execute_or_raise(
        [target.size_tool, str(path)], purpose=f"measure {path.name}", timeout=_COMPILE_TIMEOUT
    )
    try:
        code, data, bss = (int(word) for word in text.splitlines()[1].split()[:3])
    except (IndexError, ValueError) as error:
        raise ToolchainError(
            f"Cannot read what {target.size_tool} printed about {path}:\n{text}"
        ) from error
    return Sizes(code, data, bss)


def _work_directory(work_dir: str | Path | None) -> tuple[Path, bool]:
    """Return the folder to work in and whether it is a temporary one."""
    if work_dir is None:
        return Path(tempfile.mkdtemp(prefix="micronets-")), True
    directory = Path(work_dir).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    return directory, False


def _write_sources(source: Source, directory: Path) -> list[Path]:
    """Return paths of all sources; texts are written into the folder."""
    several = [source] if isinstance(source, str | Path) else list(source)
    paths = []
    for index, one in enumerate(several):
        if isinstance(one, Path):
            paths.append(one.resolve())
            continue
        if "\n" not in one and one.endswith((".c", ".cc", ".cpp", ".h")):
            raise ValueError(f"A text is the source itself; give a file as Path({one!r}).")
        path = directory / ("main.cpp" if index == 0 else f"part{index}.cpp")
        path.write_text(one, encoding="utf-8")
        paths.append(path)
    return paths


def _standard(target: Target, standard: str | None) -> tuple[str, ...]:
    chosen = standard or target.default_standard
    return (f"-std={chosen}",) if chosen else ()


def _support_objects(target: Target, flags: Sequence[str]) -> list[Path]:
    """Return the harness for the target, compiled once with flags of its own.

    It must not depend on how the program is compiled: then the difference of two programs is
    theirs alone. Only what changes the machine (-m...) is taken over.
    """
    machine_flags = [flag for flag in flags if flag.startswith("-m")]
    headers = [support_file("harness.h"), support_file("semihosting.h")]
    objects = []
    for name in target.support:
        source = support_file(name)
        command = [
            target.compiler,
            *target.flags,
            "-std=gnu++11",
            "-O1",
            f"-I{SUPPORT}",
            *machine_flags,
        ]

        def make(path: Path, command: list[str] = command, source: Path = source) -> None:
            execute_or_raise(
                [*command, "-c", str(source), "-o", str(path)],
                purpose=f"compile the harness for {target.name}",
                timeout=_COMPILE_TIMEOUT,
            )

        ingredients: list[str | Path] = [*command, *headers, source]
        objects.append(cached(f"{target.name}-{source.stem}", ".o", ingredients, make))
    return objects
