"""A training that is killed goes on where it was; two devices train what one does."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_detector import WINDOWS, make_net, make_pictures

from micronets.errors import DataError

_TESTS = Path(__file__).parents[1]


def _start(folder: Path, epochs: int, devices: int = 1) -> subprocess.Popen:
    path = os.pathsep.join([str(_TESTS), str(_TESTS.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(_TESTS / "tiny_detector.py"), str(folder), str(epochs), str(devices)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def _finish(folder: Path, epochs: int, devices: int = 1) -> list[str]:
    process = _start(folder, epochs, devices)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output.splitlines()


def test_a_killed_training_ends_as_one_that_was_not(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        make_pictures(folder)
    first = _start(killed, 6)
    for line in first.stdout:
        if line.strip() == "2":
            first.kill()
            break
    first.communicate()
    assert not (killed / "weights.npy").exists()
    lines = _finish(killed, 6)
    assert 1 <= int(lines[0]) <= 4
    assert _finish(whole, 6)[0] == "0"
    after, before = (np.load(folder / "weights.npy") for folder in (killed, whole))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-6)


def test_two_devices_train_together(tmp_path):
    make_pictures(tmp_path)
    lines = _finish(tmp_path, 2, devices=2)
    assert lines[:2] == ["0", "1"]
    replicas, precision = lines[-1].split()
    assert replicas == "2"
    assert 0 <= float(precision) <= 1


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
