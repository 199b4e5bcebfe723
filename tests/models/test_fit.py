"""Every form of fit, and what it leaves behind."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from micronets.models.batches import ArrayBatches
from micronets.models.checks import Examples

ONE_HOT = np.eye(3, dtype=np.float32)


def test_learns_without_build_and_compile(net, data):
    history = net.fit(*data, epochs=30, batch_size=8)
    assert isinstance(history, keras.callbacks.History)
    assert len(history.epoch) == 30
    assert net.evaluate(*data)[1] > 0.9
    assert net.predict(data[0]).argmax(axis=1).shape == (60,)


def test_steps_chain(net, data):
    assert net.build() is net
    model = net.model
    assert net.compile() is net
    assert net.build().model is model
    net.fit(*data, epochs=1)
    assert net.model is model


@pytest.mark.parametrize("labels", [lambda y: ONE_HOT[y], lambda y: y[:, None], lambda y: y * 1.0])
def test_takes_labels_of_every_kind(net, data, labels):
    x, y = data
    net.fit(x, labels(y), epochs=1)
    assert net.evaluate(x, labels(y)) == pytest.approx(net.evaluate(x, y), rel=1e-5)


def test_integer_and_one_hot_labels_train_alike(tiny_net, data):
    x, y = data
    losses = []
    for labels in (y, ONE_HOT[y]):
        net = tiny_net(3, x.shape[1:])
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


def test_a_generator_loses_no_batch(net, data):
    x, y = data
    seen = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    generator = ((x[i : i + 10], y[i : i + 10]) for i in range(0, 60, 10))
    net.fit(generator, epochs=1, steps_per_epoch=6, callbacks=Count())
    assert len(seen) == 6


def test_keras_arguments_pass_through(net, data):
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=1e9)
    history = net.fit(
        *data,
        epochs=9,
        callbacks=[stopper],
        class_weight={0: 1.0, 1: 2.0, 2: 1.0},
    )
    assert len(history.epoch) == 2
    history = net.fit(
        *data, sample_weight=np.ones(60), epochs=5, initial_epoch=3, steps_per_epoch=1
    )
    assert history.epoch == [3, 4]


def test_own_optimizer_loss_and_labels(tiny_net, data):
    x, y = data
    net = tiny_net(3, x.shape[1:])
    net.config.loss = "mse"
    net.fit(x, ONE_HOT[y] * 0.5, epochs=1, verbose=0)
    assert net.model.loss == "mse"
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    net = tiny_net(3, x.shape[1:])
    net.compile(optimizer=keras.optimizers.SGD(schedule), metrics=["accuracy"])
    net.fit(x, y, epochs=1, verbose=0)
    assert isinstance(net.model.optimizer, keras.optimizers.SGD)
    net = tiny_net(3, x.shape[1:])
    net.model.compile("sgd", "categorical_crossentropy")
    net.fit(x, ONE_HOT[y], epochs=1, verbose=0)
    assert net.model.loss == "categorical_crossentropy"


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


def test_training_repeats_with_the_same_seed(tiny_net, data):
    x, y = data
    runs = [tiny_net(3, x.shape[1:], seed=1).fit(x, y, epochs=2, verbose=0) for _ in "ab"]
    assert runs[0].history["loss"] == pytest.approx(runs[1].history["loss"], rel=1e-5)


def test_batches_serve_every_example_once_in_a_new_order():
    examples = Examples(np.arange(10, dtype=np.float32).reshape(10, 1, 1, 1), np.arange(10))
    batches = ArrayBatches(examples, 4, 1.0, 0.0, shuffle_seed=0)
    orders = []
    for _ in range(2):
        orders.append(np.concatenate([batches[i][1] for i in range(len(batches))]))
        batches.on_epoch_end()
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))
    assert not np.array_equal(*orders)


def test_works_in_a_distribution_scope(tiny_net, data):
    x, y = data
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        net = tiny_net(3, x.shape[1:]).build().compile()
    net.fit(x, ONE_HOT[y], epochs=2, verbose=0)
    assert net.evaluate(x, y)[0] > 0


def test_fit_again_goes_on_from_there(net, data):
    net.fit(*data, epochs=8)
    first = net.evaluate(*data)[0]
    net.fit(*data, epochs=8)
    assert net.evaluate(*data)[0] < first * 1.1
