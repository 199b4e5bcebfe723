"""A net as an Arduino and PlatformIO library: a folder with its header and a sketch."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from micronets._version import __version__
from micronets.codegen.emit.camera import camera_functions
from micronets.codegen.emit.header import render
from micronets.codegen.emit.options import has_probabilities
from micronets.codegen.export import Export
from micronets.codegen.library_folder import MARK, check_replaceable, write_folder
from micronets.codegen.literals import wrapped
from micronets.codegen.pipeline import compile_model
from micronets.detection.detections import Detection

Pixels = npt.NDArray[np.uint8]

_LONGEST_NAME = 63
"""Characters of a library's or a sketch's name, by Arduino's specifications of both."""

# Headers that Arduino.h or a net includes: file systems of Windows and macOS ignore case, so that
# there a library's Math.h would be found in place of <math.h>.
_HIDDEN = """
    arduino assert binary client ctype eeprom errno float inttypes limits locale math pgmspace
    pins_arduino print printable pwm server setjmp signal spi stdarg stdbool stddef stdint stdio
    stdlib stream string strings time udp unistd usbapi wchar wire wmath wprogram wstring
"""
_HEADERS = frozenset(_HIDDEN.split())

_AVR_CONSTANTS, _AVR_ARRAY, _AVR_RAM = 65_535, 32_767, 8 * 1024
_STACK = 512
"""Bytes that stack and core need at least beside the net, as in templates/checks.h.jinja."""


@dataclass(frozen=True)
class _Family:
    """Boards that share a core.

    Args:
        architecture: Arduino's name.
        platform: PlatformIO's name.
        ram: Bytes that the largest of its common boards gives a sketch.
    """

    architecture: str
    platform: str
    ram: int


_FAMILIES = (
    _Family("esp32", "espressif32", 320 * 1024),
    _Family("esp8266", "espressif8266", 80 * 1024),
    _Family("mbed_nano", "nordicnrf52", 256 * 1024),
    _Family("mbed_portenta", "ststm32", 512 * 1024),
    _Family("mbed_rp2040", "raspberrypi", 264 * 1024),
    _Family("nrf52", "nordicnrf52", 256 * 1024),
    _Family("renesas_uno", "renesas-ra", 32 * 1024),
    _Family("rp2040", "raspberrypi", 264 * 1024),
    _Family("sam", "atmelsam", 96 * 1024),
    _Family("samd", "atmelsam", 192 * 1024),
    _Family("stm32", "ststm32", 512 * 1024),
)


@dataclass(frozen=True)
class _Library:
    """What the templates print.

    Args:
        mark: First line of library.properties, by which an export knows its own folder.
        name: Name of the library: the folder's.
        class_name: Name of the C++ class.
        micronets_version: Release that wrote it.
        digest: Of the model.
        shape: Of the image, as text.
        pixel_count: Bytes of the image.
        ram: Bytes of the object, with thousands separators.
        constants: Bytes of weights and biases in flash, the same.
        macs: Multiply-accumulates per call, the same.
        has_labels: True where the class has `name(label)`.
        score: `probability` where the class has it, else `output`; of a detector nothing.
        architectures: Arduino's names, separated by commas, or `*`.
        image_rows: The example image as C++ numbers; empty for the ramp that the sketch makes.
        answer: What Python answers to the example image.
        camera: Functions of the class that take a colour camera's pixels.
    """

    mark: str
    name: str
    class_name: str
    micronets_version: str
    digest: str
    shape: str
    pixel_count: int
    ram: str
    constants: str
    macs: str
    has_labels: bool
    score: str
    architectures: str
    image_rows: str
    answer: str
    camera: tuple[str, ...]


def export_arduino(
    model: Any,
    folder: str | os.PathLike[str],
    *,
    class_name: str | None = None,
    example: Pixels | None = None,
    **options: Any,
) -> Export:
    """Writes a Keras model as a library for Arduino and PlatformIO, with a sketch that runs it.

    Copy the folder into Arduino's `libraries` or a PlatformIO project's `lib`. An earlier export
    in its place is replaced as a whole once the new one is complete.

    Args:
        model: A built `keras.Model` with one input, or a net of the zoo.
        folder: Where the library goes; the folder's name becomes the library's name.
        class_name: Name of the C++ class, of its header and of the sketch; by default the model's
            name in CamelCase.
        example: One uint8 image `(height, width, channels)` for the sketch to look at; without it
            the sketch makes a ramp from black to white.
        **options: See `micronets.codegen.pipeline.compile_model`.

    Returns:
        The export, with the header's path.

    Raises:
        ModelError: The model cannot be compiled; lists every offending layer.
        ValueError: An argument is wrong.
        FileExistsError: The folder holds something that micronets did not write.
        OSError: The folder cannot be written.

    Example:
        ```python
        micronets.export_arduino(model, "libraries/DigitNet", example=images[0])
        ```
    """
    target = Path(folder).resolve()
    export = compile_model(model, class_name=class_name, **options)
    export = replace(export, path=target / "src" / f"{export.class_name}.h")
    _check_names(target.name, export.class_name)
    files = _library_files(export, target.name, _checked_example(export, example))
    check_replaceable(target)
    write_folder(target, files)
    return export


def _check_names(library: str, class_name: str) -> None:
    """Arduino's rules, and those of the file systems that people keep libraries on."""
    problems = []
    pattern = rf"[A-Za-z][A-Za-z0-9_.-]{{0,{_LONGEST_NAME - 1}}}"
    if not re.fullmatch(pattern, library) or library.endswith("."):
        problems.append(
            "folder must end in a name that Arduino takes for a library: a letter, then letters, "
            f"digits, '_', '.' and '-', {_LONGEST_NAME} at most. Received: {library!r}"
        )
    if len(class_name) > _LONGEST_NAME:
        problems.append(
            f"class_name must have {_LONGEST_NAME} characters at most, because the sketch has the "
            f"same name. Received: {class_name!r}"
        )
    if class_name.lower() in _HEADERS:
        problems.append(
            f"class_name must not be {class_name!r}: {class_name}.h would hide "
            f"<{class_name.lower()}.h>. Choose another with class_name=..."
        )
    if problems:
        raise ValueError("\n".join(problems))


def _checked_example(export: Export, example: Pixels | None) -> Pixels | None:
    """One image `(1, height, width, channels)`, or None."""
    if example is None:
        return None
    images = export.images(example)
    if images.dtype != np.uint8 or len(images) != 1:
        raise ValueError(
            "example must be one image of uint8 pixels, 0 to 255. "
            f"Received: {len(images)} of {np.asarray(example).dtype}"
        )
    return images.astype(np.uint8, copy=False)


def _library_files(export: Export, name: str, example: Pixels | None) -> dict[str, str]:
    """The text of every file by its path in the folder."""
    class_name = export.class_name
    architectures, platforms = _boards(export)
    library = _Library(
        mark=MARK,
        name=name,
        class_name=class_name,
        micronets_version=__version__,
        digest=export.graph.digest(),
        shape=" x ".join(map(str, export.graph.input.shape)),
        pixel_count=export.graph.input.size,
        ram=f"{export.ram:,}",
        constants=f"{export.constants:,}",
        macs=f"{export.macs:,}",
        has_labels=bool(export.options.labels),
        score=_score_name(export),
        architectures=",".join(architectures),
        image_rows="" if example is None else wrapped(map(str, example.ravel()), "    "),
        answer=_answer(export, example),
        camera=_camera_names(export),
    )
    sketch = f"examples/{class_name}"
    files = {
        "LICENSE": render("arduino/LICENSE.jinja", library),
        "README.md": render("arduino/README.md.jinja", library),
        "keywords.txt": render("arduino/keywords.txt.jinja", library),
        "library.json": _platformio_manifest(library, platforms),
        "library.properties": render("arduino/library.properties.jinja", library),
        f"src/{class_name}.h": export.header.text,
        f"{sketch}/{class_name}.ino": render("arduino/sketch.ino.jinja", library),
    }
    if example is not None:
        files[f"{sketch}/example_image.h"] = render("arduino/example_image.h.jinja", library)
    return files


def _boards(export: Export) -> tuple[list[str], list[str]]:
    """Architectures and PlatformIO platforms that can hold the net, its image and a stack."""
    needed = export.ram + export.graph.input.size + _STACK
    small = export.constants <= _AVR_CONSTANTS and export.header.largest_array <= _AVR_ARRAY
    if small and needed <= _AVR_RAM:
        return ["*"], ["*"]
    families = [family for family in _FAMILIES if needed <= family.ram]
    platforms = sorted({family.platform for family in families})
    # An empty list would mean "all": name what is largest, which also has boards with more RAM.
    return [family.architecture for family in families] or ["esp32"], platforms or ["espressif32"]


def _platformio_manifest(library: _Library, platforms: list[str]) -> str:
    # No license field: the kernels' one stands in LICENSE, and the weights are the user's own.
    manifest = {
        "name": library.name,
        "version": "1.0.0",
        "description": f"{library.class_name}, a neural net in one header, "
        f"generated by micronets {library.micronets_version}",
        "keywords": ["neural network", "tinyml", "vision"],
        "frameworks": "*",
        "platforms": platforms,
        "headers": f"{library.class_name}.h",
    }
    return json.dumps(manifest, indent=2) + "\n"


def _box_text(found: Detection) -> str:
    left, top, right, bottom = map(int, (found.left, found.top, found.right, found.bottom))
    return f"the best at {left}, {top} to {right}, {bottom}, score {found.score:.3f}"


def _camera_names(export: Export) -> tuple[str, ...]:
    functions = camera_functions(export.schedule, "")
    return tuple(function.detect if export.is_detector else function.name for function in functions)


def _score_name(export: Export) -> str:
    if export.is_detector:
        return ""
    return "probability" if has_probabilities(export.graph) else "output"


def _answer(export: Export, example: Pixels | None) -> str:
    """What the sketch prints for its image, computed by the Python twin."""
    shape, size = export.graph.input.shape, export.graph.input.size
    ramp = (255 * np.arange(size) // size).astype(np.uint8).reshape(1, *shape)
    image = ramp if example is None else example
    if export.is_detector:
        (found,) = export.detect_all(image)
        return f"found {len(found)}" + "".join(f", {_box_text(box)}" for box in list(found)[:1])
    outputs = export.predict(image)
    values = np.ravel(outputs[0] if isinstance(outputs, list) else outputs)
    score = _score_name(export)
    if len(values) == 1 and score == "probability":
        values = np.array([1 - values[0], values[0]])
        return f"label {int(values[1] >= 0.5)}, probability {values.max():.3f}"
    return f"label {values.argmax()}, {score} {values.max():.3f}"
