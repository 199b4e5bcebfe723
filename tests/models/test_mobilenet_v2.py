"""MobileNetV2 with and without RNNPool: figures, shapes, training."""

from pathlib import Path

import keras
import numpy as np
import pytest

from micronets.errors import ShapeError
from micronets.models import MobileNetV2, MobileNetV2RNNPool, RNNPool2D
from micronets.models.cost import held_bytes, part_costs, rnnpool_work

_DOCS = Path(__file__).parents[2] / "docs"
SMALL = (33, 40, 3)


class TinyV2(MobileNetV2):
    """Few layers, so that Keras traces it quickly."""

    stem_filters = 4
    blocks = ((1, 4, 1, 1), (2, 6, 2, 2))
    last_filters = 8


class TinyPooled(MobileNetV2RNNPool):
    """The same behind RNNPool2D."""

    stem_filters = 4
    blocks = TinyV2.blocks[1:]
    last_filters = 8


@pytest.mark.parametrize(
    ("net", "classes", "parameters", "macs", "held"),
    [
        (MobileNetV2, 1000, 3_504_872, 300_774_272, 2_408_448),
        (MobileNetV2, 10, 2_236_682, 299_507_072, 2_408_448),
        (MobileNetV2RNNPool, 1000, 3_484_876, 264_819_072, 250_880),
        (MobileNetV2RNNPool, 10, 2_216_686, 263_551_872, 250_880),
    ],
)
def test_costs_are_those_of_the_documents(net, classes, parameters, macs, held):
    model = net(classes).model
    parts = part_costs(model)
    assert sum(part.parameters for part in parts) == parameters
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == parameters
    assert sum(part.macs for part in parts) == macs
    assert held_bytes(model) == held
    assert held_bytes(model, bytes_per_value=1) == held // 4
    row = f"| `{net.__name__}` | {classes} | {parameters:,} | {macs:,} | {held:,} |"
    assert row in (_DOCS / "rnnpool.md").read_text(encoding="utf-8").splitlines()


def test_without_rnnpool_it_is_keras_own_net():
    """Keras's version has the same parameters and maps; it pads and names them otherwise."""
    ours = MobileNetV2(10, (96, 96, 3)).model
    theirs = keras.applications.MobileNetV2(input_shape=(96, 96, 3), weights=None, classes=10)
    assert ours.count_params() == theirs.count_params()
    kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
    ours_maps, their_maps = (
        [layer.output.shape for layer in model.layers if isinstance(layer, kinds)]
        for model in (ours, theirs)
    )
    assert ours_maps == their_maps


def test_rnnpool_stands_in_for_the_first_blocks():
    model = MobileNetV2RNNPool(10).model
    assert model.name == "mobile_net_v2_rnn_pool"
    pool = model.get_layer("rnnpool")
    assert pool.input.shape[1:] == (112, 112, 32)
    assert pool.output.shape[1:] == (28, 28, 64)
    assert rnnpool_work(pool).macs == 27 * 27 * (2 * 36 * 16 * 48 + 24 * 16 * 32)
    assert "block_12_project" not in [layer.name for layer in model.layers]


def test_gaps_between_patches_are_not_read():
    source = keras.Input((11, 10, 2))
    pool = RNNPool2D(3, patch_size=2, strides=4)
    keras.Model(source, pool(source))
    work = rnnpool_work(pool)
    assert work.macs == work.shared_macs == 3 * 3 * (2 * 4 * 3 * 5 + 2 * 4 * 3 * 6)


@pytest.mark.slow
@pytest.mark.parametrize("net", [TinyV2, TinyPooled])
def test_learns_in_keras_style(net, rng):
    images = np.zeros((24, *SMALL), np.uint8)
    images[::2] = rng.integers(0, 255, (12, *SMALL))
    classifier = net(2, SMALL)
    classifier.config.verbosity = 0
    history = classifier.fit(images, np.arange(24) % 2 == 0, epochs=2, validation_split=0)
    assert np.isfinite(history.history["loss"]).all()
    probabilities = classifier.predict(images)
    assert probabilities.shape == (24, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_export_of_the_plain_net_agrees_with_keras(tmp_path, rng):
    net = TinyV2(3, SMALL)
    images = rng.uniform(0, 1, (3, *SMALL)).astype(np.float32)
    export = net.export_cpp(tmp_path / "model.h")
    np.testing.assert_allclose(export.predict(images), net.predict(images), rtol=0, atol=1e-5)


def test_too_small_an_image_is_refused():
    with pytest.raises(ShapeError, match=r"at least 11x11 .*; use \(11, 20, 3\)"):
        MobileNetV2RNNPool(10, (10, 20, 3))
    assert MobileNetV2RNNPool(10, (11, 11, 3)).model.output_shape == (None, 10)
    assert MobileNetV2(10, (1, 1, 1)).model.output_shape == (None, 10)
