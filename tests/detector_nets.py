"""Small detectors that the tests compile: two heads on maps of different sizes."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
from header_batch import pixels_for
from keras_nets import L, functional, randomise

from micronets.codegen.detector import Detector
from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model

IMAGE = (26, 36)
DETECTOR = Detector(steps=(4, 8), sides=(10, 24), max_detections=20, max_candidates=50)


def detector_model(channels: int = 1, name: str = "finder") -> Any:
    """Maps of 7x9 and 4x5 pixels, 83 priors."""

    def heads(image: Any) -> list[Any]:
        x = L.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="stem")(image)
        x = L.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="fine")(x)
        maps = [x, L.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="coarse")(x)]
        outputs = []
        for kind, columns in (("loc", 4), ("conf", 2)):
            rows = [
                L.Reshape((-1, columns), name=f"{kind}_{number}_rows")(
                    L.Conv2D(columns, 3, padding="same", name=f"{kind}_{number}")(x)
                )
                for number, x in enumerate(maps)
            ]
            outputs.append(L.Concatenate(axis=1, name=kind)(rows))
        return outputs

    model = functional((*IMAGE, channels), heads, name=name)
    randomise(model, seed=5)
    return model


@cache
def detector_export(
    dtype: str = "int8", memory: str = "pingpong", channels: int = 1, class_name: str = "Finder"
) -> Export:
    """A detector with random weights; what it finds means nothing."""
    model = detector_model(channels)
    images = pixels_for(model.input_shape[1:], 8) if dtype == "int8" else None
    return compile_model(
        model,
        class_name=class_name,
        dtype=dtype,
        memory=memory,
        calibration=images,
        detector=DETECTOR,
    )


def keras_outputs(model: keras.Model, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and scores, as Keras computes them of pixels."""
    loc, conf = model.predict(images.astype(np.float32) / 255, verbose=0)
    return loc, conf
