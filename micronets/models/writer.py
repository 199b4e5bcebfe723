"""What a net writes to disk: weights, whole Keras models, C++ headers."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Self

import keras
import numpy as np

from micronets.errors import RamBudgetError
from micronets.models.checkpoint import write_model

_READABLE = (".keras", ".weights.h5")


class Writer:
    """Saves, loads and exports `self.model`.

    Attributes:
        pixel_scale, pixel_offset: uint8 pixels become `pixel * pixel_scale + pixel_offset`.
    """

    pixel_scale: ClassVar[float] = 1 / 255
    pixel_offset: ClassVar[float] = 0.0
    calibration: np.ndarray | None

    @property
    def model(self) -> keras.Model:
        """The Keras model."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the whole Keras model (`*.keras`), whole or not at all; returns the path."""
        return self._write(path, ".keras")

    def save_weights(self, path: str | os.PathLike[str]) -> Path:
        """Write the weights (`*.weights.h5`), whole or not at all; returns the path."""
        return self._write(path, ".weights.h5")

    def load_weights(self, path: str | os.PathLike[str]) -> Self:
        """Read the weights from a `*.weights.h5` or a `*.keras` file of the same net.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it holds another net.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"no file {str(path)!r} to load weights from")
        if not str(path).endswith(_READABLE):
            raise ValueError(f"{str(path)!r} must end in {' or '.join(_READABLE)}")
        self.model.load_weights(path)
        return self

    def export_cpp(self, path: str | os.PathLike[str], **options: Any) -> Any:
        """Write one C++ header; options as in `micronets.export_cpp`. Returns an Export."""
        from micronets.codegen.pipeline import export_cpp

        return self._export(export_cpp, path, options)

    def export_arduino(self, folder: str | os.PathLike[str], **options: Any) -> Any:
        """Write an Arduino and PlatformIO library folder; options as in `export_cpp`."""
        from micronets.codegen.arduino import export_arduino

        return self._export(export_arduino, folder, options)

    def _export(self, write: Callable[..., Any], path: Any, options: dict[str, Any]) -> Any:
        try:
            return write(self.model, path, **self._export_options(options))
        except RamBudgetError as error:
            hint = self._what_fits(options["ram_budget"])
            raise RamBudgetError(f"{error} {hint}".rstrip()) from None

    def _what_fits(self, ram_budget: int) -> str:
        """What of the zoo fits into so little RAM."""
        return ""

    def _write(self, path: str | os.PathLike[str], suffix: str) -> Path:
        if not str(path).endswith(suffix):
            raise ValueError(f"the path must end in {suffix}, received {str(path)!r}")
        write_model(self.model, Path(path))
        return Path(path)

    def _export_options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Defaults of an export that only the net knows."""
        known: dict[str, Any] = {
            "class_name": type(self).__name__,
            "pixel_scale": self.pixel_scale,
            "pixel_offset": self.pixel_offset,
        }
        if options.get("dtype") == "int8":
            known["calibration"] = self.calibration
        return {**known, **options}
