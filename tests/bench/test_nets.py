"""The nets that are measured are trained, whole, and the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from micronets.bench.architectures import ARCHITECTURES
from micronets.bench.cases import NETS, PERSON, SMALL_NETS
from micronets.bench.measure import export_of
from micronets.bench.nets import (
    calibration_pixels,
    make_net,
    trained_net,
    weights_path,
)
from micronets.bench.train import dead_channels
from micronets.data import load_digits
from micronets.errors import InstallationError
from micronets.models import create_model, model_card
from micronets.models.flat_weights import flat_weights, set_flat_weights


@pytest.mark.parametrize("name", NETS)
def test_zoo_is_trained_and_loses_no_channel(name):
    _, (images, labels) = load_digits()
    exports = (export_of(name), export_of(name, is_int8=True))
    answers = (trained_net(name).predict(images[:60]), exports[1].predict(images[:60]))
    for answer in answers:
        assert (np.asarray(answer).argmax(axis=1) == labels[:60]).mean() > 0.85
    for export in exports:
        assert not export.header.removed


def test_training_notices_dead_channels():
    net = trained_net("pico")
    layer = net.model.get_layer("block_3_pointwise")
    weights = np.asarray(layer.kernel).copy()
    weights[..., 3] = 0
    layer.kernel.assign(weights)
    assert dead_channels(net) == {"block_3_pointwise": 1}


@pytest.mark.parametrize("name", NETS)
def test_zoo_has_the_constants_of_folded_batch_norms(name):
    card = model_card(f"{name}_mobilenet")
    assert export_of(name).constants == 4 * card.folded_parameters
    assert export_of(name).macs == card.macs


def test_committed_weights_are_small():
    assert sum(weights_path(name).stat().st_size for name in NETS) < 150_000


def test_weights_survive_being_flat():
    net = create_model("pico_mobilenet", 10, seed=1)
    other = create_model("pico_mobilenet", 10, seed=2)
    flat = flat_weights(net.model)
    set_flat_weights(other.model, flat)
    np.testing.assert_array_equal(flat_weights(other.model), flat)


def test_missing_weights_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr("micronets.bench.nets._WEIGHTS", tmp_path)
    with pytest.raises(InstallationError, match=r"lacks .*pico\.npy"):
        trained_net("pico")


def test_calibration_shows_digits_in_the_shape_of_the_net():
    gray, colored = calibration_pixels((28, 28, 1)), calibration_pixels((96, 96, 3))
    assert gray.dtype == colored.dtype == np.uint8
    assert gray.max() == 255
    assert colored.shape[1:] == (96, 96, 3)
    assert (colored[0, ..., 0] != colored[0, ..., 1]).any()


def test_nets_of_others_are_what_they_are_called():
    assert set(ARCHITECTURES) == {*SMALL_NETS, PERSON}
    assert make_net("mnist12").count_params() == 20_410
    assert make_net("mnist64").count_params() == 93_322
    person = export_of(PERSON, is_int8=True)
    assert person.macs == 7_489_664
    assert not person.header.removed
