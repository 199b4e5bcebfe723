"""The face detectors: figures, agreement with references, priors, saving."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from face_reference import face_net
from keras_nets import randomise
from reference_vectors import load_vectors

from micronets.errors import ShapeError
from micronets.models import RNNPoolFaceM4, RNNPoolFaceQVGA
from micronets.models.cost import part_costs, rnnpool_work
from micronets.models.head_layers import L2Norm, MaxOutBackground

_DOCS = Path(__file__).parents[2] / "docs"
NETS = (RNNPoolFaceM4, RNNPoolFaceQVGA)
SMALL = (40, 52, 1)


@pytest.mark.parametrize(
    ("net", "parameters", "folded", "macs"),
    [
        (RNNPoolFaceM4, 56_330, 55_366, (691_200, 64_856_064, 30_854_400, 6_912_000)),
        (RNNPoolFaceQVGA, 338_538, 334_150, (691_200, 64_856_064, 137_126_400, 8_467_200)),
    ],
)
def test_has_the_published_figures(net, parameters, folded, macs):
    model = net().model
    parts = part_costs(model)
    assert sum(part.parameters for part in parts) == parameters
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == parameters
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert parameters - sum(int(norm.gamma.shape[0]) for norm in norms) == folded
    counted = [
        sum(part.macs for part in parts if part.name.startswith(name))
        for name in ("stem", "rnnpool", "block", "head")
    ]
    assert counted == list(macs)
    assert sum(part.macs for part in parts) == sum(macs)
    with_states = sum(macs) + rnnpool_work(model.get_layer("rnnpool")).elementwise
    cells = [f"{count / 1e6:.2f} M" for count in (*macs, sum(macs), with_states)]
    row = f"| `{net.__name__}` | {parameters:,} | {' | '.join(cells)} |"
    assert row in (_DOCS / "rnnpool.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("net", NETS)
def test_has_one_row_of_each_output_per_prior(net):
    detector = net()
    assert detector.model.output_shape == [(None, 3000, 4), (None, 3000, 2)]
    assert detector.model.output_names == ["loc", "conf"]
    assert detector.map_sizes == [(30, 40), (30, 40), (15, 20), (15, 20)]
    assert detector.priors.steps == (8, 8, 16, 16)
    assert detector.priors.sides == (8, 16, 32, 48)
    for (rows, columns), step in zip(detector.map_sizes, detector.priors.steps, strict=True):
        assert (rows * step, columns * step) == detector.input_shape[:2]


def test_matrices_share_what_patches_share():
    work = rnnpool_work(RNNPoolFaceM4().model.get_layer("rnnpool"))
    assert work.macs == 1131 * 57_344
    assert work.elementwise == 1131 * 7_680
    assert work.shared_macs == 74_560 * 16 * 20 + 1131 * 16_384


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("shape", [SMALL, (41, 35, 1)])
def test_equals_the_numpy_net(net, shape, rng):
    detector = net(shape)
    randomise(detector.model)
    images = rng.normal(0, 1, (2, *shape)).astype(np.float32)
    loc, conf = map(np.asarray, detector.model(images))
    for index, image in enumerate(images):
        for ours, expected in zip((loc, conf), face_net(detector, image), strict=True):
            # float32 against float64 through 40 layers.
            tolerance = 1e-5 * np.abs(expected).max()
            np.testing.assert_allclose(ours[index], expected, rtol=0, atol=tolerance)


def test_m4_is_the_net_of_the_authors():
    vectors = load_vectors("edgeml_torch_RPool_Face_M4_random.npz")
    state = {key[3:]: value for key, value in vectors.items() if key.startswith("sd/")}
    net = RNNPoolFaceM4((64, 96, 1))
    _load_state(net.model, state)
    assert vectors["n_params"] == sum(int(np.prod(w.shape)) for w in net.model.trainable_weights)
    loc, conf = net.model(vectors["x_nchw"].transpose(0, 2, 3, 1))
    np.testing.assert_allclose(loc, vectors["loc"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(conf, vectors["conf"], rtol=0, atol=1e-4)


def _load_state(model: keras.Model, state: dict[str, np.ndarray]) -> None:
    """Give the model the weights of the authors' M4."""

    def convolution(name, key, norm=None):
        layer = model.get_layer(name)
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        weights = state[f"{key}.weight"].transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
        layer.set_weights([weights, *([state[f"{key}.bias"]] if layer.use_bias else [])])
        if norm:
            values = ("weight", "bias", "running_mean", "running_var")
            batch_norm = model.get_layer(f"{name}_batch_norm")
            batch_norm.set_weights([state[f"{norm}.{value}"] for value in values])

    convolution("stem", "conv.0", "conv.1")
    pool = model.get_layer("rnnpool")
    for cell, key in ((pool.rnn1, "cell_rnn"), (pool.rnn2, "cell_bidirrnn")):
        names = ("W", "U", "bias_gate", "bias_update", "zeta", "nu")
        values = [state[f"rnn_model.{key}.cell.{name}"] for name in names]
        cell.set_weights([v.reshape(w.shape) for v, w in zip(values, cell.weights, strict=True)])
    for index in range(4):
        name, key = f"block_{index + 1}", f"mob.{index}.conv"
        convolution(f"{name}_expand", f"{key}.0.0", f"{key}.0.1")
        convolution(f"{name}_depthwise", f"{key}.1.0", f"{key}.1.1")
        convolution(f"{name}_project", f"{key}.2", f"{key}.3")
        convolution(f"head_{index + 1}_loc", f"loc.{index}")
        convolution(f"head_{index + 1}_conf", f"conf.{index}")
        if index < 3:
            gamma = state[f"L2Norm{index + 3}_3.weight"]
            model.get_layer(f"head_{index + 1}_l2norm").set_weights([gamma])


def test_first_l2norms_scale_as_published():
    model = RNNPoolFaceM4(SMALL).model
    norms = [layer for layer in model.layers if isinstance(layer, L2Norm)]
    assert [np.unique(norm.gamma).tolist() for norm in norms] == [[10.0], [8.0], [5.0]]
    # The trunk goes on without them.
    assert model.get_layer("block_2_expand").input is model.get_layer("head_1_l2norm").input


def test_saved_and_loaded_as_a_model_and_as_weights(tmp_path, rng):
    net = RNNPoolFaceM4(SMALL)
    randomise(net.model)
    net.save(tmp_path / "face.keras")
    net.save_weights(tmp_path / "face.weights.h5")
    images = rng.normal(0, 1, (1, *SMALL)).astype(np.float32)
    expected = net.model(images)
    loaded = keras.models.load_model(tmp_path / "face.keras")
    filled = RNNPoolFaceM4(SMALL, seed=1).load_weights(tmp_path / "face.weights.h5").model
    for model in (loaded, filled):
        for ours, theirs in zip(expected, model(images), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_same_seed_gives_same_weights():
    one, two, other = (RNNPoolFaceM4(SMALL, seed=s).model.get_weights() for s in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], other[0])
    assert RNNPoolFaceM4(SMALL).model.name == "rnn_pool_face_m4"
    assert repr(RNNPoolFaceM4(SMALL)) == "RNNPoolFaceM4(input_shape=(40, 52, 1))"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input_shape": (240, 320, 3)}, ValueError, r"1 channel \(grey\), received 3 .*grey_from"),
        ({"input_shape": (14, 320, 1)}, ShapeError, r"at least 15x15 .*; use \(15, 320, 1\)"),
        ({"input_shape": (240, 3, 1)}, ShapeError, r"received input_shape=\(240, 3, 1\)"),
        ({"input_shape": (240, 320)}, ValueError, r"\(height, width, channels\)"),
        ({"seed": 1.5}, ValueError, r"seed must be None or a whole number >= 0, received 1\.5"),
    ],
)
def test_refuses_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        RNNPoolFaceQVGA(**arguments)


@pytest.mark.parametrize("net", NETS)
def test_smallest_image_has_priors(net):
    detector = net((15, 15, 1))
    assert detector.map_sizes == [(2, 2), (2, 2), (1, 1), (1, 1)]
    assert detector.model.output_shape == [(None, 10, 4), (None, 10, 2)]


def test_l2norm_survives_pixels_of_zeros_and_large_float16():
    x = keras.Variable(np.zeros((1, 2, 3), np.float32))
    norm = L2Norm(4.0)
    norm.build(x.shape)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(norm(x.value))
    assert float(y) == 0
    assert not np.asarray(tape.gradient(y, x.value)).any()
    half = L2Norm(1.0, dtype="mixed_float16")(np.full((1, 4), 1000.0))
    np.testing.assert_allclose(half, [[0.5] * 4], rtol=1e-3)
    assert keras.backend.standardize_dtype(half.dtype) == "float16"


def test_head_layers_refuse_what_makes_no_sense():
    with pytest.raises(ValueError, match="scale must be a finite number, received '10'"):
        L2Norm("10")
    with pytest.raises(ShapeError, match=r"one channel of background.*\(1, 1\)"):
        MaxOutBackground()(np.zeros((1, 1), np.float32))


def test_largest_background_is_kept():
    scores = np.array([[1, 7, 3, 5], [-4, -2, -3, 9]], np.float32)
    np.testing.assert_array_equal(MaxOutBackground()(scores), [[7, 5], [-2, 9]])
