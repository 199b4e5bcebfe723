"""Keeps a training's whole state on disk, so that a killed one goes on where it was."""

import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from micronets.errors import DataError
from micronets.files import write_atomically
from micronets.models.checkpoint import BestWeights
from micronets.models.several_workers import device_scope, is_chief

_SETTINGS = "settings"


class TrainingState(keras.callbacks.Callback):
    """Writes weights, optimizer, epoch and the best weights so far to a file after every epoch.

    The file is replaced in one step, so that it is whole whenever the training is killed. Of
    several workers the first writes it, and all read it.

    Args:
        path: Where.
        best: Its weights and value are part of the state.
        settings: A text of all that must not change between the halves of a training.
    """

    def __init__(self, path: Any, best: BestWeights, settings: str) -> None:
        super().__init__()
        self._path = Path(path)
        self._best = best
        self._settings = settings

    def load(self, model: keras.Model) -> int:
        """Bring a compiled model and `best` to where the training was.

        Returns:
            The first epoch that is left, 0 if there is no file.

        Raises:
            DataError: The file is none of such a training, or of one with other settings.
        """
        if not self._path.is_file():
            return 0
        try:
            with open(self._path, "rb") as opened, np.load(opened) as file:
                arrays = dict(file)
            settings, epoch = str(arrays[_SETTINGS]), int(arrays["epoch"])
        except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{self._path} holds no state of a training ({error}); delete it to start anew"
            ) from error
        if settings != self._settings:
            raise DataError(
                f"{self._path} is of a training with other settings; delete it to start anew, or "
                f"train with what it was begun with.\n  there: {settings}\n  now:   "
                f"{self._settings}"
            )
        with device_scope(model):
            model.optimizer.build(model.trainable_variables)
        for kind, variables in self._variables(model).items():
            for index, variable in enumerate(variables):
                variable.assign(arrays[f"{kind}{index}"])
        if "best0" in arrays:
            self._best.weights = [arrays[f"best{i}"] for i in range(len(model.get_weights()))]
            self._best.value = float(arrays["best_value"])
            self._best.epoch = int(arrays["best_epoch"])
        return epoch

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not is_chief(self.model):
            return
        arrays: dict[str, Any] = {
            f"{kind}{index}": keras.ops.convert_to_numpy(variable)
            for kind, variables in self._variables(self.model).items()
            for index, variable in enumerate(variables)
        }
        arrays |= {"epoch": epoch + 1, _SETTINGS: self._settings}
        if self._best.weights is not None:
            arrays |= {f"best{index}": array for index, array in enumerate(self._best.weights)}
            arrays |= {"best_value": self._best.value, "best_epoch": self._best.epoch}
        write_atomically(self._path, lambda unfinished: np.savez(unfinished, **arrays))

    def _variables(self, model: keras.Model) -> dict[str, list[Any]]:
        return {"weight": list(model.weights), "optimizer": list(model.optimizer.variables)}
