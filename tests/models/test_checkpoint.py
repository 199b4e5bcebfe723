"""The best weights survive everything, and files are whole or absent."""

import keras
import numpy as np
import pytest

from micronets.models.checkpoint import BestWeights, write_model


class Interrupt(keras.callbacks.Callback):
    """Ctrl+C in the middle of an epoch, after weights were spoiled."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch, self.now = epoch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch:
            self.model.set_weights([np.full_like(w, np.nan) for w in self.model.get_weights()])
            raise KeyboardInterrupt


def weights_of(net):
    return [np.array(w) for w in net.model.get_weights()]


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
def test_interrupted_fit_leaves_the_best_checkpoint(tiny_net, net, data, tmp_path, suffix):
    net.config.checkpoint_path = tmp_path / f"new/folder/best{suffix}"
    with pytest.raises(KeyboardInterrupt):
        net.fit(*data, epochs=9, callbacks=[Interrupt(epoch=2)])
    again = tiny_net(3, net.input_shape, batch_norm=False, seed=9).load_weights(
        net.config.checkpoint_path
    )
    assert same(weights_of(again), weights_of(net))
    assert np.isfinite(net.predict(data[0])).all()
    assert [p.name for p in net.config.checkpoint_path.parent.iterdir()] == [f"best{suffix}"]


def test_no_checkpoint_below_the_threshold(net, data, tmp_path):
    net.config.checkpoint_path = str(tmp_path / "best.keras")
    net.config.checkpoint_min_accuracy = 1.0
    net.config.learning_rate = 1e-9
    net.fit(*data, epochs=1)
    assert not list(tmp_path.iterdir())


def test_a_failing_write_keeps_the_old_checkpoint(net, data, tmp_path, monkeypatch):
    path = net.save_weights(tmp_path / "best.weights.h5")
    before = path.read_bytes()

    def fail(unfinished):
        with open(unfinished, "wb") as file:
            file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(net.model, "save_weights", fail)
    net.config.checkpoint_path = path
    with pytest.raises(OSError, match="No space left"):
        net.fit(*data, epochs=1)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_best_epoch_has_the_lowest_loss_and_is_the_later_of_equals(net):
    best = BestWeights("val_")
    best.set_model(net.model)
    for epoch, (accuracy, loss) in enumerate([(0.5, 2), (0.9, 3), (0.8, 1), (0.7, 1), (0.9, 2)]):
        best.on_epoch_end(epoch, {"val_accuracy": accuracy, "val_loss": loss, "loss": 0})
    assert best.epoch == 3
    best.on_epoch_end(9, {"val_accuracy": 1.0, "val_loss": float("nan")})
    best.on_epoch_end(9, {"accuracy": 1.0, "loss": 0.0})
    assert best.epoch == 3


def test_fit_ends_with_the_best_weights(net, data):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.model.set_weights([w * 0 for w in self.model.get_weights()])

    net.fit(*data, epochs=2, callbacks=[Spoil()])
    assert any(w.any() for w in weights_of(net))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_save_and_load_round_trip(tiny_net, data, tmp_path, batch_norm):
    x, y = data
    net = tiny_net(3, x.shape[1:], batch_norm=batch_norm)
    net.fit(x, y, epochs=1, verbose=0)
    expected = net.predict(x)
    for path in (net.save(tmp_path / "net.keras"), net.save_weights(tmp_path / "net.weights.h5")):
        loaded = tiny_net(3, x.shape[1:], batch_norm=batch_norm, seed=8).load_weights(path)
        assert np.array_equal(loaded.predict(x), expected)
    plain = keras.models.load_model(tmp_path / "net.keras")
    assert plain.predict(x, verbose=0) == pytest.approx(expected, abs=1e-6)


def test_bad_paths_are_named(net, tmp_path):
    with pytest.raises(ValueError, match=r"must end in .keras, received 'net.h5'"):
        net.save("net.h5")
    with pytest.raises(ValueError, match=r"must end in .weights.h5, received"):
        net.save_weights("net.keras")
    with pytest.raises(FileNotFoundError, match=r"no file 'gone.keras'"):
        net.load_weights("gone.keras")
    (tmp_path / "net.txt").write_text("x")
    with pytest.raises(ValueError, match=r"must end in .keras or .weights.h5"):
        net.load_weights(tmp_path / "net.txt")


def test_saving_over_a_file_replaces_it_whole(net, tmp_path):
    path = tmp_path / "net.weights.h5"
    path.write_bytes(b"old")
    write_model(net.model, path)
    net.load_weights(path)
    assert list(tmp_path.iterdir()) == [path]
