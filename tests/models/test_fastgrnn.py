"""The recurrent cell of RNNPool."""

import keras
import numpy as np
import pytest
from reference_vectors import load_vectors
from rnnpool_reference import cell_weights, fastgrnn

from micronets.models.fastgrnn import ACTIVATIONS, FastGRNNCell

# Names of the reference implementation's weights, in the order of ours.
_NAMES = ("W", "U", "bias_gate", "bias_update", "zeta", "nu")
_BENT = {
    "default": {},
    "quantnl": {"gate_activation": "hard_sigmoid_2", "update_activation": "hard_tanh"},
    "quantSigm4": {"gate_activation": "hard_sigmoid_4", "update_activation": "hard_tanh"},
}


def _randomise(cell: FastGRNNCell, rng: np.random.Generator) -> None:
    for weight in cell.weights:
        weight.assign(rng.normal(0, 1, weight.shape))


@pytest.mark.parametrize("gate", ACTIVATIONS)
@pytest.mark.parametrize("update", ["tanh", "hard_tanh", "relu"])
def test_all_states_are_those_of_the_reference(gate, update, rng):
    cell = FastGRNNCell(4, gate_activation=gate, update_activation=update, dtype="float64")
    memory = keras.layers.RNN(cell, return_sequences=True, dtype="float64")
    x = rng.normal(0, 1, (3, 7, 5))
    memory.build(x.shape)
    _randomise(cell, rng)
    expected = [fastgrnn(cell_weights(cell), sequence, gate, update) for sequence in x]
    np.testing.assert_allclose(memory(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", _BENT)
def test_states_are_those_of_the_trained_implementation(case):
    vectors = load_vectors("edgeml_torch_fastgrnn_random.npz")
    x = vectors[f"{case}_x_tbc"].transpose(1, 0, 2)
    cell = FastGRNNCell(6, **_BENT[case])
    memory = keras.layers.RNN(cell, return_sequences=True)
    memory.build(x.shape)
    cell.set_weights(
        [vectors[f"{case}_{n}"].reshape(w.shape) for n, w in zip(_NAMES, cell.weights, strict=True)]
    )
    expected = vectors[f"{case}_y_tbh"].transpose(1, 0, 2)
    np.testing.assert_allclose(memory(x), expected, rtol=0, atol=1e-5)


def test_one_cell_walks_both_ways():
    vectors = load_vectors("edgeml_torch_fastgrnn_random.npz")
    x = vectors["bidir_x_tbc"].transpose(1, 0, 2)
    cell = FastGRNNCell(6)
    forward = keras.layers.RNN(cell, return_sequences=True)
    backward = keras.layers.RNN(cell, return_sequences=True, go_backwards=True)
    forward.build(x.shape)
    cell.set_weights(
        [vectors[f"bidir_{n}"].reshape(w.shape) for n, w in zip(_NAMES, cell.weights, strict=True)]
    )
    both = np.concatenate([forward(x), backward(x)], axis=-1)
    np.testing.assert_allclose(both, vectors["bidir_y_tbh"].transpose(1, 0, 2), rtol=0, atol=1e-5)


def test_first_weights_are_small_and_the_first_bias_is_one():
    cell = FastGRNNCell(40, seed=3)
    cell.build((None, 50))
    values = {weight.name: np.asarray(weight.numpy()) for weight in cell.weights}
    assert list(values) == ["kernel", "recurrent_kernel", "gate_bias", "update_bias", "zeta", "nu"]
    for name in ("kernel", "recurrent_kernel"):
        assert abs(values[name].std() - 0.1) < 0.01
    assert (values["gate_bias"] == 1).all() and (values["update_bias"] == 1).all()
    assert values["zeta"] == 1 and values["nu"] == -4
    assert cell.count_params() == 50 * 40 + 40 * 40 + 2 * 40 + 2
    assert all(weight.trainable for weight in cell.weights)


def test_a_seed_fixes_the_first_weights_and_its_matrices_differ():
    def first(seed):
        cell = FastGRNNCell(5, seed=seed)
        cell.build((None, 5))
        return np.asarray(cell.kernel.numpy()), np.asarray(cell.recurrent_kernel.numpy())

    assert np.array_equal(first(7)[0], first(7)[0])
    assert not np.array_equal(first(7)[0], first(8)[0])
    assert not np.array_equal(*first(7))
    assert not np.array_equal(first(None)[0], first(None)[0])


def test_saved_and_loaded_with_its_rnn(tmp_path, rng):
    image = keras.Input((7, 5))
    cell = FastGRNNCell(4, gate_activation="hard_sigmoid_4", zeta=2.0, nu=-1.0, seed=5, name="cell")
    model = keras.Model(image, keras.layers.RNN(cell)(image))
    _randomise(cell, rng)
    model.save(tmp_path / "memory.keras")
    loaded = keras.models.load_model(tmp_path / "memory.keras")
    x = rng.normal(0, 1, (2, 7, 5)).astype(np.float32)
    np.testing.assert_array_equal(loaded(x), model(x))
    assert loaded.layers[-1].cell.get_config() == cell.get_config()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": 0}, "units must be a whole number >= 1, received 0"),
        ({"units": 2.0}, r"units must be a whole number >= 1, received 2\.0"),
        ({"units": True}, "received True"),
        ({"gate_activation": "hard_sigmoid"}, "gate_activation must be one of sigmoid, tanh, relu"),
        ({"update_activation": None}, "update_activation must be one of .*, received None"),
        ({"update_activation": ["tanh"]}, r"received \['tanh'\]"),
        ({"zeta": "1"}, "zeta must be a finite number, received '1'"),
        ({"nu": float("nan")}, "nu must be a finite number, received nan"),
        ({"seed": -1}, "seed must be None or a whole number >= 0, received -1"),
    ],
)
def test_refuses_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        FastGRNNCell(**{"units": 4, **arguments})
