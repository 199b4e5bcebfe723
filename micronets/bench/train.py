"""`python -m micronets.bench --train`: trains the zoo on digits; the weights are committed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from micronets.bench.nets import NUM_CLASSES, calibration_pixels, weights_path
from micronets.codegen.pipeline import compile_model
from micronets.data import load_digits
from micronets.errors import InternalError
from micronets.models import create_model
from micronets.models.flat_weights import flat_weights, save_flat_weights, set_flat_weights

_LEAST_ACCURACY = 0.9
# Few, but enough for the accuracy asked for; a user trains for longer.
_EPOCHS = {"pico": 20, "nano": 15, "micro": 10, "milli": 8, "base": 10}


def train(nets: tuple[str, ...], tell: Callable[[str], None]) -> None:
    """Trains these nets of the zoo with the defaults of the zoo and rewrites their weights.

    Raises:
        InternalError: A net learns too little, or has channels that export would remove: its
            figures would be those of a smaller net.
    """
    for name in nets:
        path, accuracy = _train(name)
        tell(f"{name:5} {accuracy:.1%} of the test digits, {path.stat().st_size:,} B in {path}")


def _train(name: str) -> tuple[Path, float]:
    (train_x, train_y), (test_x, test_y) = load_digits()
    net = create_model(f"{name}_mobilenet", NUM_CLASSES)
    net.fit(train_x, train_y, epochs=_EPOCHS[name], verbose=int(sys.stderr.isatty()))
    # What is judged is what is committed: half precision.
    set_flat_weights(net.model, flat_weights(net.model))
    accuracy = float((net.predict(test_x).argmax(axis=1) == test_y).mean())
    if accuracy < _LEAST_ACCURACY:
        raise InternalError(f"{name} reaches {accuracy:.1%} only; train it for longer.")
    removed = dead_channels(net)
    if removed:
        raise InternalError(f"{name} has dead channels ({removed}); train it differently.")
    return save_flat_weights(net.model, weights_path(name)), accuracy


def dead_channels(net: Any) -> dict[str, int]:
    """Channels that export removes, in float32 or int8, by layer."""
    pixels = calibration_pixels(tuple(net.model.input_shape[1:]))
    exports = (compile_model(net), compile_model(net, dtype="int8", calibration=pixels))
    return {layer: count for export in exports for layer, count in export.header.removed.items()}
