"""The weights that ship: small, whole, and refused by name where there are none."""

import numpy as np
import pytest

from micronets.errors import InstallationError
from micronets.models import RNNPoolFaceM4, RNNPoolFaceQVGA, pretrained
from micronets.models.flat_weights import flat_weights, load_flat_weights, set_flat_weights


@pytest.mark.parametrize(
    ("kind", "name"),
    [(RNNPoolFaceM4, "rnn_pool_face_m4"), (RNNPoolFaceQVGA, "rnn_pool_face_qvga")],
)
def test_face_nets_ship_with_weights_below_a_megabyte(kind, name):
    paths = list(pretrained.weights_path("", "").parent.iterdir())
    assert sum(path.stat().st_size for path in paths) < 1_000_000
    net = kind(weights="wider")
    stored = np.load(pretrained.weights_path(name, "wider"))
    assert stored.dtype == np.float16
    np.testing.assert_array_equal(flat_weights(net.model), stored)


def test_the_recurrent_weights_that_ship_are_sparse():
    weights = {weight.path: weight for weight in RNNPoolFaceM4(weights="wider").model.weights}
    counts = [np.count_nonzero(np.asarray(weights[path])) for path in RNNPoolFaceM4.kept]
    assert counts == [32, 77, 77, 77]


def test_weights_suit_pictures_of_another_size():
    small = RNNPoolFaceM4((96, 96, 1), weights="wider")
    large = RNNPoolFaceM4(weights="wider")
    np.testing.assert_array_equal(flat_weights(small.model), flat_weights(large.model))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("wide", "received 'wide'; did you mean 'wider'"),
        ("imagenet", "there are 'wider'"),
        (3, "received 3"),
    ],
)
def test_unknown_weights_are_refused_before_anything_is_built(weights, message):
    with pytest.raises(ValueError, match=message):
        RNNPoolFaceM4(weights=weights)


def test_nets_without_weights_say_so():
    class Own(RNNPoolFaceQVGA):
        pass

    with pytest.raises(ValueError, match="there are none for this net"):
        Own(weights="wider")


def test_lost_and_damaged_files_are_named(monkeypatch, tmp_path):
    net = RNNPoolFaceM4(weights="wider")
    monkeypatch.setattr(pretrained, "_FOLDER", tmp_path)
    with pytest.raises(InstallationError, match=r"lacks .*m4_wider\.npy"):
        net.build()
    path = tmp_path / "a.npy"
    other = RNNPoolFaceM4((48, 64, 1))
    for data in (b"", b"text", b"\x93NUMPY"):
        path.write_bytes(data)
        with pytest.raises(InstallationError, match=r"a\.npy .* is damaged"):
            load_flat_weights(other.model, path)
    np.save(path, np.zeros(7, np.float16))
    with pytest.raises(InstallationError, match=r"the model has 58,258 weights"):
        load_flat_weights(other.model, path)


def test_half_precision_must_hold_the_weights():
    net = RNNPoolFaceM4((48, 64, 1))
    flat = flat_weights(net.model).astype(np.float32)
    set_flat_weights(net.model, np.where(np.arange(len(flat)) == 5, 1e6, flat))
    with pytest.raises(ValueError, match="half precision cannot hold"):
        flat_weights(net.model)
