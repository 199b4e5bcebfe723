"""Libraries for the tests of this folder, and the ways to compile them."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
from keras_nets import sequential

from micronets.codegen.arduino import export_arduino
from micronets.codegen.export import Export
from micronets.toolchain.commands import execute_or_raise

EXAMPLES = Path(__file__).parents[2] / "cpp" / "examples"
HOST_BOARD = Path(__file__).parent / "arduino_host"
NAMES = [f"digit {i}" for i in range(10)]
# What Arduino's cores compile sketches with, and then all warnings.
FLAGS = ("-Os", "-ffunction-sections", "-fdata-sections", "-fno-exceptions", "-fno-rtti")
WARNINGS = ("-Wall", "-Wextra", "-Werror")

L = keras.layers


def make_examples() -> ModuleType:
    """The script that writes the examples, as a module."""
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make_examples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digit_model(name: str = "digit_net"):
    """A net for 8x8 digits that fits into an Uno: 720 B of RAM."""
    return sequential(
        (8, 8, 1),
        L.Conv2D(4, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(10, activation="softmax"),
        name=name,
    )


def digit_image(seed: int = 0) -> np.ndarray:
    """Random pixels: (8, 8, 1) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (8, 8, 1), dtype=np.uint8)


def digit_library(folder: Path, **options) -> Export:
    """The library of `digit_model` with `digit_image` to look at."""
    return export_arduino(digit_model(), folder, example=digit_image(), **options)


def answer(export: Export, image: np.ndarray) -> str:
    """The line that the sketch must print for an image, but for the time at its end."""
    outputs = np.ravel(export.predict(image))
    label = int(outputs.argmax())
    name = f" ({export.options.labels[label]})" if export.options.labels else ""
    return f"label {label}{name}, probability {outputs[label]:.3f}"


def compile_object(
    compiler: Sequence[str], source: Path, result: Path, *include: Path, standard: str = "gnu++11"
) -> Path:
    """Compiles one file as Arduino does, with warnings as errors."""
    command = [
        *compiler,
        *(f"-std={standard}", *FLAGS, *WARNINGS),
        *(f"-I{folder}" for folder in include),
        *("-x", "c++", "-include", "Arduino.h", "-c", str(source), "-o", str(result)),
    ]
    execute_or_raise(command, purpose=f"compile {source.name}", timeout=120)
    return result


def compile_sketch(
    source: Path, include: Sequence[Path], work: Path, loops: str, standard: str = "gnu++11"
) -> Path:
    """A sketch as a program of this computer, with warnings as errors; `loops` calls `loop()`."""
    main = work / "main.cpp"
    main.write_text(f'#include "{source}"\nint main() {{\n  setup();\n  {loops}\n}}\n')
    folders = (HOST_BOARD, source.parent, *include)
    command = ["g++", f"-std={standard}", *FLAGS, *WARNINGS, *(f"-I{path}" for path in folders)]
    command += ["-include", "Arduino.h", str(main), "-o", str(work / "sketch")]
    execute_or_raise(command, purpose=f"compile {source.name}", timeout=120)
    return work / "sketch"


def run_on_host(
    source: Path,
    include: Sequence[Path],
    work: Path,
    *images: np.ndarray | bytes,
    loops: int,
    standard: str = "gnu++11",
) -> list[str]:
    """The lines that a sketch prints on this computer when images come over Serial."""
    repeat = f"for (int i = 0; i < {loops}; ++i) loop();"
    program = compile_sketch(source, include, work, repeat, standard)
    sent = b"".join(bytes(image) for image in images)
    run = subprocess.run([program], input=sent, capture_output=True, check=True, timeout=60)
    return run.stdout.decode().splitlines()
