"""A training that is killed goes on where it was; two workers train what two devices do."""

from pathlib import Path

import numpy as np
import pytest
from local_workers import finish, start_python, start_workers
from tiny_detector import WINDOWS, make_net, make_pictures

from micronets.errors import DataError

_PROGRAM = Path(__file__).parents[1] / "tiny_detector.py"


def _finish(folder: Path, epochs: int, devices: int = 1) -> list[str]:
    return finish(start_python(_PROGRAM, folder, epochs, devices))[0].splitlines()


def test_a_killed_training_ends_as_one_that_was_not(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        make_pictures(folder)
    first = start_python(_PROGRAM, killed, 6, 1)
    for line in first.stdout:
        if line.strip() == "2":
            first.kill()
            break
    first.communicate()
    assert not (killed / "weights0.npy").exists()
    lines = _finish(killed, 6)
    assert 1 <= int(lines[0]) <= 4
    assert _finish(whole, 6)[0] == "0"
    after, before = (np.load(folder / "weights0.npy") for folder in (killed, whole))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-6)


def _check_two_replicas(lines: list[str], epochs: list[str]) -> None:
    assert lines[:-1] == epochs
    replicas, precision = lines[-1].split()
    assert replicas == "2"
    assert 0 <= float(precision) <= 1


def test_two_workers_train_what_two_devices_do(tmp_path):
    devices, workers = tmp_path / "devices", tmp_path / "workers"
    for folder in (devices, workers):
        folder.mkdir()
        make_pictures(folder)
    _check_two_replicas(_finish(devices, 2, devices=2), ["0", "1"])
    for output in finish(*start_workers(_PROGRAM, workers, 2, 1)):
        _check_two_replicas(output.splitlines(), ["0", "1"])
    expected = np.load(devices / "weights0.npy")
    for name in ("weights0.npy", "weights1.npy"):
        np.testing.assert_allclose(np.load(workers / name), expected, rtol=1e-4, atol=1e-6)


def test_workers_that_were_killed_go_on_together(tmp_path):
    make_pictures(tmp_path)
    begun = start_workers(_PROGRAM, tmp_path, 6, 1)
    for line in begun[0].stdout:
        if line.strip() == "2":
            break
    for worker in begun:
        worker.kill()
        worker.communicate()
    for output in finish(*start_workers(_PROGRAM, tmp_path, 6, 1)):
        lines = output.splitlines()
        assert 1 <= int(lines[0]) <= 4
        assert lines[-2] == "5"


@pytest.fixture
def begun(tmp_path):
    """A net whose training is over, and its pictures."""
    net = make_net()
    net.config.resume_path = tmp_path / "state.npz"
    pictures = make_pictures(tmp_path)
    net.fit(pictures, pictures, epochs=2, batch_size=4, augmentation=WINDOWS)
    return net, pictures


def test_a_finished_training_gives_its_best_weights_at_once(begun):
    net, pictures = begun
    again = make_net()
    again.config.resume_path = net.config.resume_path
    history = again.fit(pictures, pictures, epochs=2, batch_size=4, augmentation=WINDOWS)
    assert history.epoch == []
    assert all(map(np.array_equal, again.model.get_weights(), net.model.get_weights()))


def test_other_settings_are_refused(begun):
    net, pictures = begun
    with pytest.raises(DataError, match=r"state\.npz is of a training with other settings"):
        net.fit(pictures, pictures, epochs=3, batch_size=4, augmentation=WINDOWS)


@pytest.mark.parametrize("damage", [lambda data: data[:200], lambda _: b"", lambda _: b"text"])
def test_a_damaged_state_is_refused(begun, damage):
    net, pictures = begun
    path = net.config.resume_path
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"state\.npz holds no state of a training"):
        net.fit(pictures, pictures, epochs=2, batch_size=4, augmentation=WINDOWS)
