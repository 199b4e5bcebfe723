"""`fit` builds, compiles, passes on what Keras knows, repeats itself and goes on."""

import keras
import numpy as np
import pytest
import tensorflow as tf

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
    net = tiny_net(3, x.shape[1:], batch_norm=False)
    net.config.loss = "mse"
    net.fit(x, ONE_HOT[y] * 0.5, epochs=1, verbose=0)
    assert net.model.loss == "mse"
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    net = tiny_net(3, x.shape[1:], batch_norm=False)
    net.compile(optimizer=keras.optimizers.SGD(schedule), metrics=["accuracy"])
    net.fit(x, y, epochs=1, verbose=0)
    assert isinstance(net.model.optimizer, keras.optimizers.SGD)
    net = tiny_net(3, x.shape[1:], batch_norm=False)
    net.model.compile("sgd", "categorical_crossentropy")
    net.fit(x, ONE_HOT[y], epochs=1, verbose=0)
    assert net.model.loss == "categorical_crossentropy"


def test_training_repeats_with_the_same_seed(tiny_net, data):
    x, y = data
    runs = [
        tiny_net(3, x.shape[1:], batch_norm=False, seed=1).fit(x, y, epochs=2, verbose=0)
        for _ in "ab"
    ]
    assert runs[0].history["loss"] == pytest.approx(runs[1].history["loss"], rel=1e-5)


def test_works_in_a_distribution_scope(tiny_net, data):
    x, y = data
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        net = tiny_net(3, x.shape[1:], batch_norm=False).build().compile()
    net.fit(x, ONE_HOT[y], epochs=2, verbose=0)
    assert net.evaluate(x, y)[0] > 0


def test_fit_again_goes_on_from_there(net, data):
    net.fit(*data, epochs=8)
    first = net.evaluate(*data)[0]
    net.fit(*data, epochs=8)
    assert net.evaluate(*data)[0] < first * 1.1
