"""The pooling layer, against a reference of our own and against that of its authors."""

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_vectors import load_vectors
from rnnpool_reference import rnnpool

from micronets.errors import ShapeError
from micronets.models.fastgrnn import ACTIVATIONS
from micronets.models.rnnpool import RNNPool2D

_ROOT = Path(__file__).parents[2]
_PAIR = st.tuples(st.integers(1, 4), st.integers(1, 4))


def _randomise(layer: RNNPool2D, rng: np.random.Generator) -> None:
    for weight in layer.weights:
        weight.assign(rng.normal(0, 0.7, weight.shape))


@settings(max_examples=60, deadline=None)
@given(
    patch=_PAIR,
    strides=_PAIR,
    extra=st.tuples(st.integers(0, 7), st.integers(0, 7)),
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4)),
    bends=st.tuples(st.sampled_from(sorted(ACTIVATIONS)), st.sampled_from(sorted(ACTIVATIONS))),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_patches_on_their_own(patch, strides, extra, padding, sizes, bends, seed):
    rng = np.random.default_rng(seed)
    channels, rnn1_units, rnn2_units = sizes
    layer = RNNPool2D(
        rnn1_units,
        rnn2_units,
        patch_size=patch,
        strides=strides,
        edge_padding=padding,
        gate_activation=bends[0],
        update_activation=bends[1],
        dtype="float64",
    )
    x = rng.normal(0, 1, (2, patch[0] + extra[0], patch[1] + extra[1], channels))
    layer.build(x.shape)
    _randomise(layer, rng)
    y = np.asarray(layer(x))
    assert y.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(y, [rnnpool(layer, image) for image in x], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("case", "size"), [("a", 7), ("b", 8), ("c", 6)])
def test_random_patches_are_those_of_the_authors(case, size):
    vectors = load_vectors("edgeml_torch_rnnpool_random.npz")
    x = vectors[f"{case}_x_nchw"].transpose(0, 2, 3, 1)
    layer = RNNPool2D(len(vectors[f"{case}_U1"]), len(vectors[f"{case}_U2"]), patch_size=size)
    layer.build(x.shape)
    for number, cell in ((1, layer.rnn1), (2, layer.rnn2)):
        values = [vectors[f"{case}_{n}{number}"] for n in ("W", "U", "Bg", "Bh", "zeta", "nu")]
        cell.set_weights([v.reshape(w.shape) for v, w in zip(values, cell.weights, strict=True)])
    pooled = np.asarray(layer(x))
    assert pooled.shape[1:3] == (1, 1)
    np.testing.assert_allclose(pooled[:, 0, 0], vectors[f"{case}_y"], rtol=0, atol=1e-5)


def test_trained_layer_is_that_of_the_authors():
    vectors = load_vectors("rnnpool_vww_trace.npz")
    layer = RNNPool2D(8, patch_size=6)
    layer.build((None, *vectors["x_hwc"].shape))
    for number, cell in ((1, layer.rnn1), (2, layer.rnn2)):
        matrices = [vectors[f"{n}{number}"].T for n in ("W", "U")]
        biases = [vectors[f"{n}{number}"] for n in ("Bg", "Bh")]
        shares = [np.float64(vectors[f"sigmoid_{n}{number}"]) for n in ("zeta", "nu")]
        cell.set_weights([*matrices, *biases, *(np.log(s / (1 - s)) for s in shares)])
    pooled = np.asarray(layer(vectors["x_hwc"][np.newaxis])).ravel()
    np.testing.assert_allclose(pooled, vectors["y"], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("channels", "units", "parameters"), [(4, 16, 900), (3, 16, 884), (4, 8, 260)]
)
def test_parameters_are_as_published(channels, units, parameters):
    layer = RNNPool2D(units)
    layer.build((None, 16, 16, channels))
    assert layer.count_params() == parameters
    assert sum(int(np.prod(w.shape)) for w in layer.trainable_weights) == parameters


def test_by_default_the_state_is_a_mean_of_old_and_new():
    layer = RNNPool2D(3, seed=1)
    layer.build((None, 8, 8, 2))
    for cell in (layer.rnn1, layer.rnn2):
        assert float(keras.ops.sigmoid(cell.zeta)) == 1
        assert float(keras.ops.sigmoid(cell.nu)) < 1e-40
    assert layer.rnn2_units == 3
    assert not np.array_equal(layer.rnn1.recurrent_kernel, layer.rnn2.recurrent_kernel)


def test_works_on_maps_of_any_size(rng):
    source = keras.Input((None, None, 2))
    layer = RNNPool2D(3, 2, patch_size=(3, 2), strides=(2, 1), edge_padding=(1, 0))
    model = keras.Model(source, layer(source))
    assert model.output_shape == (None, None, None, 8)
    for size in ((3, 2), (9, 6), (8, 7)):
        x = rng.normal(0, 1, (2, *size, 2)).astype(np.float32)
        expected = [rnnpool(layer, image) for image in x]
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("policy", "dtype", "tolerance"),
    [
        ("float16", "float16", 1e-2),
        ("mixed_float16", "float16", 1e-2),
        ("mixed_bfloat16", "bfloat16", 1e-1),
        ("float64", "float64", 1e-6),
    ],
)
def test_obeys_its_dtype_policy(policy, dtype, tolerance, rng):
    x = rng.normal(0, 1, (2, 9, 9, 3)).astype(np.float32)
    exact = RNNPool2D(4, patch_size=5, strides=2, edge_padding=1, seed=4)
    layer = RNNPool2D(4, patch_size=5, strides=2, edge_padding=1, seed=4, dtype=policy)
    expected, pooled = exact(x), layer(x)
    layer.set_weights(exact.get_weights())
    pooled = layer(x)
    assert keras.backend.standardize_dtype(pooled.dtype) == dtype
    assert {w.dtype for w in layer.weights} == {layer.variable_dtype}
    np.testing.assert_allclose(keras.ops.cast(pooled, "float32"), expected, atol=tolerance)


@pytest.mark.slow
def test_learns_and_so_do_all_its_weights(rng):
    x = rng.uniform(0, 1, (64, 8, 8, 1)).astype(np.float32)
    y = (x[:, :4].mean(axis=(1, 2, 3)) > x[:, 4:].mean(axis=(1, 2, 3))).astype(int)
    pool = RNNPool2D(4, patch_size=8, zeta=1.0, nu=-4.0, seed=0)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), pool, keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss, jit_compile=False)
    before = [np.asarray(w.numpy()).copy() for w in pool.weights]
    losses = model.fit(x, y, epochs=60, batch_size=32, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    assert all((b != w.numpy()).any() for b, w in zip(before, pool.weights, strict=True))


def _model() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((9, 8, 2)),
            RNNPool2D(
                3,
                2,
                patch_size=(4, 3),
                strides=(2, 1),
                edge_padding=(0, 1),
                gate_activation="hard_sigmoid_2",
                update_activation="hard_tanh",
                zeta=1.5,
                nu=-2.0,
                seed=9,
                dtype="mixed_float16",
                name="pool",
            ),
        ],
        name="pooled",
    )


def test_saved_and_loaded_as_a_model_and_as_weights(tmp_path, rng):
    model = _model()
    _randomise(model.get_layer("pool"), rng)
    model.save(tmp_path / "pooled.keras")
    model.save_weights(tmp_path / "pooled.weights.h5")
    x = rng.normal(0, 1, (2, 9, 8, 2)).astype(np.float32)
    loaded = keras.models.load_model(tmp_path / "pooled.keras")
    filled = _model()
    filled.load_weights(tmp_path / "pooled.weights.h5")
    for other in (loaded, filled):
        np.testing.assert_array_equal(other(x), model(x))
        assert other.get_layer("pool").get_config() == model.get_layer("pool").get_config()


def test_config_is_all_that_a_copy_needs():
    layer = _model().get_layer("pool")
    copy = RNNPool2D.from_config(layer.get_config())
    copy.build((None, 9, 8, 2))
    for ours, theirs in zip(layer.weights, copy.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rnn1_units": 0}, "rnn1_units must be a whole number >= 1, received 0"),
        ({"rnn2_units": 1.5}, r"rnn2_units must be a whole number >= 1, received 1\.5"),
        ({"patch_size": 0}, "patch_size must be one whole number >= 1, or two .* received 0"),
        ({"patch_size": (3, 3, 3)}, r"patch_size .* received \(3, 3, 3\)"),
        ({"patch_size": "8"}, "patch_size .* received '8'"),
        ({"strides": (2, 0)}, r"strides must be .* >= 1, .* received \(2, 0\)"),
        ({"edge_padding": -1}, "edge_padding must be one whole number >= 0, .* received -1"),
        ({"edge_padding": True}, "edge_padding .* received True"),
        ({"gate_activation": "softplus"}, "gate_activation must be one of .* 'softplus'"),
        ({"zeta": np.inf}, "zeta must be a finite number, received inf"),
        ({"seed": "x"}, "seed must be None or a whole number >= 0, received 'x'"),
    ],
)
def test_refuses_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        RNNPool2D(**{"rnn1_units": 4, **arguments})


@pytest.mark.parametrize("size", [(7, 9), (9, 7)])
def test_too_small_a_map_is_refused_when_built_and_when_called(size):
    message = rf"pool: a map of {size[0]}x{size[1]} has no patch of 8x8; pool a larger map"
    with pytest.raises(ShapeError, match=message):
        RNNPool2D(2, name="pool")(keras.Input((*size, 1)))
    layer = RNNPool2D(2, name="pool")
    layer.build((None, None, None, 1))
    with pytest.raises(ShapeError, match=message):
        layer(np.zeros((1, *size, 1), np.float32))


def test_maps_of_another_kind_are_refused():
    with pytest.raises(ValueError, match=r"expected ndim=4, found ndim=3"):
        RNNPool2D(2)(keras.Input((9, 9)))
    with pytest.raises(ShapeError, match=r"number of channels must be known.*None, 9, 9, None"):
        RNNPool2D(2)(keras.Input((9, 9, None)))
    layer = RNNPool2D(2)
    layer.build((None, 9, 9, 3))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3"):
        layer(np.zeros((1, 9, 9, 2), np.float32))


@pytest.mark.parametrize("module", ["fastgrnn", "rnnpool", "head_layers"])
def test_is_written_for_every_backend(module):
    text = (_ROOT / "micronets" / "models" / f"{module}.py").read_text(encoding="utf-8")
    assert "keras" in text and "tensorflow" not in text and "import tf" not in text
