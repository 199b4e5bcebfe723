"""The average of the weights is what gets validated, kept and written."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from micronets.models.averaging import AverageWeights, decay_for

EPOCHS = 12


def same(one, two):
    return all(np.allclose(a, b, atol=1e-6) for a, b in zip(one, two, strict=True))


class Spy(keras.callbacks.Callback):
    """The weights after an epoch's steps, and those that were validated."""

    def on_train_begin(self, logs=None):
        self.trained, self.judged = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.last = self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        self.trained.append(self.last)
        self.judged.append(self.model.get_weights())


def test_first_epochs_are_forgotten_and_short_trainings_not_averaged():
    assert [decay_for(epochs) for epochs in (0, 1, 5, 6)] == [0, 0, 0, 0]
    for epochs in (10, 30, 60, 200):
        assert decay_for(epochs) ** epochs < 0.01
    assert decay_for(200) > decay_for(60) > decay_for(30) > 0.5


@pytest.mark.parametrize("as_data_set", [False, True])
def test_average_is_judged_kept_and_written(tiny_net, data, tmp_path, as_data_set):
    x, y = data
    net, spy = tiny_net(3, x.shape[1:]), Spy()
    net.config.checkpoint_path = tmp_path / "best.weights.h5"
    given = (tf.data.Dataset.from_tensor_slices((x, y)).batch(8),) if as_data_set else (x, y)
    options = {"validation_data": (x, y), "epochs": EPOCHS, "verbose": 0}
    history = net.fit(*given, **options, callbacks=[spy]).history

    decay, expected = decay_for(EPOCHS), spy.trained[0]
    for trained, judged in zip(spy.trained, spy.judged, strict=True):
        pairs = zip(expected, trained, strict=True)
        expected = [decay * old + (1 - decay) * new for old, new in pairs]
        assert same(judged, expected)
    assert not same(spy.trained[-1], spy.judged[-1])

    best = int(np.argmin(history["val_loss"]))
    measured = (history["val_loss"][best], history["val_accuracy"][best])
    assert net.evaluate(x, y) == pytest.approx(measured, abs=1e-5)
    assert same(net.model.get_weights(), spy.judged[best])
    again = tiny_net(3, net.input_shape).load_weights(net.config.checkpoint_path)
    assert same(again.model.get_weights(), spy.judged[best])


def test_training_does_not_notice_and_average_can_be_turned_off(tiny_net, data):
    losses, spies = [], (Spy(), Spy())
    for average, spy in zip((True, False), spies, strict=True):
        net = tiny_net(3, data[0].shape[1:])
        net.config.average_weights = average
        history = net.fit(*data, epochs=EPOCHS, verbose=0, callbacks=[spy]).history
        losses.append(history["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert all(map(same, spies[1].trained, spies[1].judged))
    assert not all(map(same, spies[0].trained, spies[0].judged))


def test_without_validation_the_average_is_kept_too(net, data):
    spy = Spy()
    history = net.fit(*data, epochs=EPOCHS, validation_split=0, callbacks=[spy]).history
    assert same(net.model.get_weights(), spy.judged[int(np.argmin(history["loss"]))])


def test_weights_from_a_callback_are_not_lost(net, data):
    class Reset(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.set_weights([w * 0 for w in self.model.get_weights()])

        def on_epoch_begin(self, epoch, logs=None):
            if epoch:
                assert not any(w.any() for w in self.model.get_weights())

    net.fit(*data, epochs=EPOCHS, callbacks=[Reset()])


def test_counters_are_not_averaged():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Normalization()])
    average = AverageWeights()
    average.set_model(model)
    average.set_params({"epochs": 12})
    average.on_train_begin()
    for count in (3, 4):
        average.on_epoch_begin(0)
        model.set_weights([np.full(2, count, np.float32), np.ones(2, np.float32), np.int32(count)])
        average.on_epoch_end(0)
    mean, _, counter = model.get_weights()
    assert mean == pytest.approx([3.5, 3.5])
    assert counter == 4
