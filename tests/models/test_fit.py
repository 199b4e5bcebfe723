"""`fit` and its siblings take data in every form."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from micronets.models.batches import ArrayBatches
from micronets.models.checks import Examples

ONE_HOT = np.eye(3, dtype=np.float32)


@pytest.mark.parametrize("labels", [lambda y: ONE_HOT[y], lambda y: y[:, None], lambda y: y * 1.0])
def test_takes_labels_of_every_kind(net, data, labels):
    x, y = data
    net.fit(x, labels(y), epochs=1)
    assert net.evaluate(x, labels(y)) == pytest.approx(net.evaluate(x, y), rel=1e-5)


def test_integer_and_one_hot_labels_train_alike(tiny_net, data):
    x, y = data
    losses = []
    for labels in (y, ONE_HOT[y]):
        net = tiny_net(3, x.shape[1:], batch_norm=False)
        losses.append(net.fit(x, labels, epochs=2, verbose=0).history["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_validation_data_in_every_form(net, data):
    x, y = data
    for validation in (
        {"val_x": x, "val_y": y},
        {"validation_data": (x, y)},
        {"validation_data": (x, y, np.ones(60))},
        {"validation_data": tf.data.Dataset.from_tensor_slices((x, y)).batch(16)},
        {"val_x": tf.data.Dataset.from_tensor_slices((x, y)).batch(16)},
    ):
        history = net.fit(x, y, epochs=1, **validation).history
        assert history["val_loss"][0] > 0


def test_sets_a_stratified_part_aside_unless_told_not_to(net, data):
    assert "val_accuracy" in net.fit(*data, epochs=1).history
    assert "val_accuracy" not in net.fit(*data, epochs=1, validation_split=0).history
    net.config.validation_split = 0
    assert "val_accuracy" not in net.fit(*data, epochs=1).history


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return self.x[index * 15 : index * 15 + 15], self.y[index * 15 : index * 15 + 15]


def endless(x, y):
    while True:
        yield x[:20], y[:20]


@pytest.mark.parametrize("one_hot", [False, True])
def test_data_sets_pass_through(net, data, one_hot):
    x, y = data
    y = ONE_HOT[y] if one_hot else y
    net.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(16), epochs=1)
    assert net.calibration.shape == (60, 12, 12, 1)
    net.fit(Batches(x, y), epochs=1)
    net.fit(endless(x, y), epochs=2, steps_per_epoch=3)
    assert net.evaluate(tf.data.Dataset.from_tensor_slices((x, y)).batch(16))[0] > 0
    assert net.predict(tf.data.Dataset.from_tensor_slices(x).batch(16)).shape == (60, 3)


def test_bytes_mean_what_they_mean_in_cpp(net, data):
    x, y = data
    pixels = (x * 255).astype(np.uint8)
    floats = pixels.astype(np.float32) / 255
    assert net.predict(pixels) == pytest.approx(net.predict(floats), abs=1e-6)
    assert net.predict(pixels[..., 0]) == pytest.approx(net.predict(floats), abs=1e-6)
    assert net.evaluate(pixels, y) == pytest.approx(net.evaluate(floats, y), rel=1e-5)
    net.fit(pixels, y, epochs=1)
    assert net.calibration.dtype == np.float32
    assert net.calibration.max() <= 1


def test_batches_serve_every_example_once_in_a_new_order():
    examples = Examples(np.arange(10, dtype=np.float32).reshape(10, 1, 1, 1), np.arange(10))
    batches = ArrayBatches(examples, 4, 1.0, 0.0, shuffle_seed=0)
    orders = []
    for _ in range(2):
        orders.append(np.concatenate([batches[i][1] for i in range(len(batches))]))
        batches.on_epoch_end()
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))
    assert not np.array_equal(*orders)
