"""A detector of light patches that trains in a second, and pictures to train it on.

Also a program: `python tiny_detector.py FOLDER EPOCHS DEVICES` trains it on the pictures in FOLDER
with its state there, and writes the weights to FOLDER/weights0.npy. Where TF_CONFIG tells of
several workers it is one of them, and its number is in that name.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from drawn_pictures import draw_picture, encode_picture

from micronets.data import load_face_csv
from micronets.data.faces import FaceDataset
from micronets.detection.pixels import MEAN_GREY
from micronets.detection.priors import PriorLayout
from micronets.detection.windows import Windows
from micronets.models.detector import Detector
from micronets.models.initializers import fan_in_uniform
from micronets.models.pretrained import load_pretrained

SIZE = (48, 64)
WINDOWS = Windows(
    size=(32, 32), frame=SIZE, least_scale=0.9, most_scale=1.1, aspect=1.0, smallest_face=2.0
)


class PatchNet(Detector):
    """Three convolutions, and a prior of 16 pixels on every eighth pixel."""

    pixel_scale = 1.0
    pixel_offset = -MEAN_GREY
    priors = PriorLayout((8,), (16,))
    kept = {"stem_1/kernel": 0.25}  # noqa: RUF012 - as the nets' own

    def __init__(self, input_shape=(*SIZE, 1), *, weights=None, **options):
        super().__init__(input_shape, **options)
        self.weights = weights

    @property
    def map_sizes(self):
        return [tuple(self.model.get_layer("loc_map").output.shape[1:3])]

    def make_model(self):
        image = keras.Input(self.input_shape, name="image")
        x = keras.layers.Rescaling(1 / 64)(image)
        for number, filters in enumerate((4, 8, 16), 1):
            x = keras.layers.Conv2D(
                filters,
                3,
                2,
                "same",
                activation="relu",
                kernel_initializer=fan_in_uniform(self.next_seed(), 9),
                name=f"stem_{number}",
            )(x)
        maps = [
            keras.layers.Conv2D(
                count,
                3,
                padding="same",
                kernel_initializer=fan_in_uniform(self.next_seed(), 144),
                name=f"{name}_map",
            )(x)
            for name, count in (("loc", 4), ("conf", 2))
        ]
        rows = [
            keras.layers.Reshape((-1, count), name=name)(one)
            for one, name, count in zip(maps, ("loc", "conf"), (4, 2), strict=True)
        ]
        model = keras.Model(image, rows, name=self.name)
        if self.weights:
            load_pretrained(model, "patch_net", self.weights)
        return model


def make_net(**options: Any) -> PatchNet:
    """A silent one."""
    net = PatchNet(**options)
    net.config.verbosity = 0
    net.config.learning_rate = 0.02
    net.config.warmup_epochs = 1
    return net


def make_pictures(folder: Path, count: int = 8) -> FaceDataset:
    """Pictures of 96x128 with a patch or two of about 32 pixels, and the data set of them."""
    random = np.random.default_rng(3)
    rows = ["path,x,y,w,h"]
    for index in range(count):
        low = np.array([[8, 8], [72, 40]][: 1 + index % 2]) + random.integers(0, 16, 2)
        boxes = np.concatenate([low, low + random.integers(28, 36, low.shape)], axis=1)
        picture = draw_picture(96, 128, boxes, index)
        (folder / f"{index}.png").write_bytes(encode_picture(picture))
        rows += [f"{index}.png,{x},{y},{right - x},{end - y}" for x, y, right, end in boxes]
    (folder / "faces.csv").write_text("\n".join(rows))
    return load_face_csv(folder / "faces.csv", folder)


def _strategy(devices: int) -> Any:
    """As many logical devices as asked for, or the workers that TF_CONFIG tells of."""
    import tensorflow as tf

    if "TF_CONFIG" in os.environ:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if devices == 1:
        return tf.distribute.get_strategy()
    cpu = tf.config.list_physical_devices("CPU")[:1]
    logical = [tf.config.LogicalDeviceConfiguration()] * devices
    tf.config.set_logical_device_configuration(cpu[0], logical)
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(devices)])


def _main(folder: Path, epochs: int, devices: int) -> None:
    strategy = _strategy(devices)
    dataset = load_face_csv(folder / "faces.csv", folder)
    # Every worker has first weights and an order of its own, of which only the first one's count.
    worker = getattr(strategy.cluster_resolver, "task_id", None) or 0
    net = make_net(seed=worker)
    with strategy.scope():
        net.build()
        net.compile()
    net.config.resume_path = folder / "state.npz"
    history = net.fit(
        dataset,
        dataset,
        epochs=epochs,
        batch_size=2 * strategy.num_replicas_in_sync,
        augmentation=WINDOWS,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda e, _: print(e, flush=True))],
    )
    print(strategy.num_replicas_in_sync, history.history["val_average_precision"][-1], flush=True)
    np.save(
        folder / f"weights{worker}.npy",
        np.concatenate([w.ravel() for w in net.model.get_weights()]),
    )


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
