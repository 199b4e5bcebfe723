"""The progress bar of `fit`: one line with the epoch, the metrics and the time left."""

import sys
from typing import Any

import keras
from tqdm import tqdm

_FORMAT = "{desc} {percentage:3.0f}% |{bar:20}| {elapsed}<{remaining}{postfix}"
# A log file keeps every refresh, a terminal overwrites it.
_SECONDS_BETWEEN_LINES = {True: 0.1, False: 5.0}


class ProgressBar(keras.callbacks.Callback):
    """Draws one bar over all epochs."""

    def __init__(self, first_epoch: int = 0) -> None:
        super().__init__()
        self._first_epoch = first_epoch
        self._bar: tqdm | None = None
        self._steps_done = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._bar = tqdm(
            total=self.params["epochs"] - self._first_epoch,
            bar_format=_FORMAT,
            mininterval=_SECONDS_BETWEEN_LINES[sys.stderr.isatty()],
            leave=True,
        )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._steps_done = 0
        if self._bar is not None:
            self._bar.set_description_str(f"epoch {epoch + 1}/{self.params['epochs']}", False)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        steps = self.params.get("steps")
        # A generator does not say how long it is; then the bar moves once per epoch.
        if self._bar is not None and steps and self._steps_done < steps:
            self._steps_done += 1
            self._bar.update(1 / steps)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._bar is None:
            return
        self._bar.set_postfix_str(
            ", ".join(f"{name} {float(value):.4g}" for name, value in (logs or {}).items()), False
        )
        self._bar.n = epoch + 1 - self._first_epoch
        self._bar.refresh()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.close()

    def close(self) -> None:
        """End the line; also after an interruption, which calls no `on_train_end`."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
