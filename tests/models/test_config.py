"""Settings check themselves; the schedule and the progress bar do as they are told."""

import keras
import numpy as np
import pytest

from micronets.models import Config
from micronets.models.schedule import warmup_cosine


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("learning_rate", 0, "a positive number, received 0"),
        ("learning_rate", float("nan"), "a positive number, received nan"),
        ("learning_rate", "fast", "received 'fast'"),
        ("batch_size", 0, "at least 1, received 0"),
        ("batch_size", 1.5, "at least 1, received 1.5"),
        ("epochs", True, "at least 1, received True"),
        ("schedule", "linear", "'cosine' or 'constant', received 'linear'"),
        ("warmup", 1, r"a share in \[0, 1\), received 1"),
        ("validation_split", -0.1, "received -0.1"),
        ("average_weights", 1, "True or False, received 1"),
        ("verbosity", 3, r"1 \(progress bar\).*received 3"),
        ("metrics", "accuracy", r"\['accuracy'\], received 'accuracy'"),
        ("checkpoint_path", "best.h5", "ends in .weights.h5 or .keras, received 'best.h5'"),
        ("checkpoint_min_accuracy", 90, r"in \[0, 1\], such as 0.9, received 90"),
    ],
)
def test_refuses_values(name, value, message):
    config = Config()
    with pytest.raises(ValueError, match=f"config.{name} must be .*{message}"):
        setattr(config, name, value)
    assert getattr(config, name) == getattr(Config(), name)


def test_a_misspelt_setting_is_an_error():
    with pytest.raises(AttributeError, match="no setting 'learning_rat'; did you mean 'learning_r"):
        Config().learning_rat = 0.1
    with pytest.raises(AttributeError, match="there are learning_rate, batch_size"):
        Config().zzz = 1


def test_fit_overrides_the_config_and_checks_it(net, data):
    net.config.epochs = 2
    assert len(net.fit(*data).epoch) == 2
    assert len(net.fit(*data, epochs=1).epoch) == 1
    assert net.config.epochs == 2
    with pytest.raises(ValueError, match=r"config.epochs must be"):
        net.fit(*data, epochs=0)
    with pytest.raises(ValueError, match=r"config.batch_size must be"):
        net.fit(*data, batch_size=-1)


def test_metrics_may_be_a_list(net, data):
    net.config.metrics = ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2, name="top2")]
    assert "top2" in net.fit(*data, epochs=1).history


def test_warmup_then_cosine():
    rates = [warmup_cosine(done, 0.1) for done in np.linspace(0, 1, 101)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == rates[10] == 1
    assert rates[-1] == pytest.approx(0.01)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert warmup_cosine(0.0, warmup=0.0) == 1


class Rates(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(self.model.optimizer.learning_rate))


def test_the_schedule_sets_the_rate_of_every_step(net, data):
    rates = Rates()
    net.fit(*data, epochs=10, batch_size=27, callbacks=[rates])
    assert len(rates.seen) == 20
    assert max(rates.seen) == pytest.approx(net.config.learning_rate)
    assert rates.seen[-1] < 0.1 * net.config.learning_rate
    net.config.schedule = "constant"
    net.config.learning_rate = 0.003
    net.compile().fit(*data, epochs=2, callbacks=[rates])
    assert rates.seen == pytest.approx([0.003] * len(rates.seen))


def test_the_users_own_steering_wins(net, data):
    rates = Rates()
    steering = keras.callbacks.LearningRateScheduler(lambda epoch: 0.001)
    net.fit(*data, epochs=2, callbacks=[steering, rates])
    assert rates.seen == pytest.approx([0.001] * len(rates.seen))


def test_verbosity(net, data, capfd):
    net.fit(*data, epochs=2)
    assert capfd.readouterr() == ("", "")
    net.config.verbosity = 1
    net.fit(*data, epochs=2)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "epoch 2/2 100%" in err
    assert "val_accuracy" in err
    net.fit(*data, epochs=2, verbose=2)
    out, err = capfd.readouterr()
    assert "Epoch 2/2" in out
    assert err == ""


def test_summary_prints_the_layers(net, capsys):
    net.summary()
    assert "block_1_pointwise" in capsys.readouterr().out
