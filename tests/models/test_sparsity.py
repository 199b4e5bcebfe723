"""A net that trains with sparsity loses whole channels, and what it exports shrinks."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from micronets.codegen import pipeline
from micronets.codegen.pipeline import compile_model
from micronets.data import load_digits
from micronets.models import PicoMobileNet
from micronets.models.averaging import AverageWeights
from micronets.models.sparsity import ExactZeros, GroupLasso, half_space_step, regularized


def test_penalty_is_the_norm_of_each_filter_scaled_by_its_size() -> None:
    kernel = np.zeros((2, 1, 2, 3), np.float32)
    kernel[..., 0] = 1  # Norm 2.
    kernel[0, 0, 0, 1], kernel[1, 0, 1, 1] = 3, -4  # Norm 5.
    assert float(GroupLasso(0.1)(kernel)) == pytest.approx(0.1 * 4**0.5 * (2 + 5 + 0))


def test_penalty_of_a_batch_norm_is_the_sum_of_its_factors() -> None:
    assert float(GroupLasso(2)(np.array([0.5, -1, 0], np.float32))) == pytest.approx(3)


def test_gradient_is_of_constant_length_and_zero_at_zero() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    kernel = np.zeros((1, 1, 2, 3), np.float32)
    kernel[0, 0, :, 0], kernel[0, 0, :, 1] = (3, 4), (0.0003, 0.0004)
    variable = tensorflow.Variable(kernel)
    with tensorflow.GradientTape() as tape:
        penalty = GroupLasso(0.5)(variable)
    gradient = np.array(tape.gradient(penalty, variable))[0, 0]
    expected = 0.5 * 2**0.5 * np.array([[0.6, 0.6, 0], [0.8, 0.8, 0]])
    np.testing.assert_allclose(gradient, expected, rtol=1e-4)


def test_half_space_step_by_hand() -> None:
    before = np.array([[1.0, 1.0, 0.0, 0.1], [1.0, 1.0, 0.0, 0.2]])
    after = np.array([[0.5, 0.5, 0.3, -0.1], [0.5, -0.6, 0.3, -0.1]])
    # Products with what was before: 1, -0.1, 0 and -0.03.
    expected = [[0.5, 0, 0, 0], [0.5, 0, 0, 0]]
    np.testing.assert_array_equal(half_space_step(before, after), expected)


def test_least_squares_ends_in_the_exact_zeros_of_the_lasso() -> None:
    """The minimum of (w - a)^2 / 2 + s |w| is a, less s, but not below 0."""
    goals = np.array([1.0, 0.19, 0.6, 0.05], np.float32)
    image = keras.Input((4,))
    dense = keras.layers.Dense(4, use_bias=False, trainable=False)
    scale = keras.layers.BatchNormalization(
        center=False, gamma_regularizer=GroupLasso(0.1), epsilon=1e-9
    )
    model = keras.Model(image, dense(scale(image)))
    dense.set_weights([np.eye(4, dtype=np.float32)])
    signs = np.array(list(itertools.product((1, -1), repeat=4)), np.float32)
    # Keras's loss is the mean of the four squares: the penalty weighs 4 * 0.1 / 2 = 0.2 as much.
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss="mse")
    model.fit(signs, signs * goals, 16, 120, verbose=0, callbacks=[ExactZeros()])
    gamma = np.array(scale.gamma)
    np.testing.assert_allclose(gamma, [0.8, 0, 0.4, 0], atol=0.01)
    np.testing.assert_array_equal(gamma[[1, 3]], 0)


@pytest.mark.parametrize("bad", [-1, float("nan"), "much", True])
def test_refuses_what_is_no_strength(bad: object) -> None:
    with pytest.raises(ValueError, match=r"sparsity must be a number >= 0, such as 0.01, received"):
        PicoMobileNet(10, sparsity=bad)


@pytest.mark.parametrize(
    ("batch_norm", "names"),
    [
        (
            True,
            {
                *(f"block_{number}_depthwise_batch_norm/gamma" for number in (1, 2, 3)),
                "block_3_pointwise_batch_norm/gamma",
            },
        ),
        (False, {"stem/kernel", *(f"block_{number}_pointwise/kernel" for number in (1, 2, 3))}),
    ],
)
def test_pulls_on_what_makes_a_channel_die(batch_norm: bool, names: set[str]) -> None:
    net = PicoMobileNet(10, batch_norm=batch_norm, sparsity=0.01)
    assert {weights.path for weights in regularized(net.model)} == names
    assert not regularized(PicoMobileNet(10, batch_norm=batch_norm).model)


def test_same_seed_starts_with_the_same_weights_as_without() -> None:
    pair = PicoMobileNet(10, sparsity=0.1), PicoMobileNet(10)
    for one, other in zip(*(net.model.get_weights() for net in pair), strict=True):
        np.testing.assert_array_equal(one, other)


def live(net: PicoMobileNet) -> list[int]:
    """Groups that are not zero, by layer."""
    groups = [np.array(weights) for weights in regularized(net.model)]
    return [int(np.abs(g).reshape(-1, g.shape[-1]).any(axis=0).sum()) for g in groups]


@pytest.fixture(scope="module", params=[True, False], ids=["batch_norm", "plain"])
def trained(request: pytest.FixtureRequest) -> PicoMobileNet:
    """Small digits, pulled hard, so that few epochs are enough."""
    (x, y), _ = load_digits()
    net = PicoMobileNet(
        10, (32, 32, 1), batch_norm=request.param, sparsity=0.02 if request.param else 0.003
    )
    net.config.random_shift = 0.0
    net.fit(x[:, ::3, ::3], y, epochs=12, batch_size=16, verbose=0)
    return net


@pytest.mark.slow
def test_training_leaves_exact_zeros_and_a_net_that_works(trained: PicoMobileNet) -> None:
    (_, _), (x, y) = load_digits()
    assert sum(live(trained)) < 45  # Of 3 + 6 + 12 + 24.
    assert trained.evaluate(x[:, ::3, ::3], y)[1] > 0.75


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_export_shrinks_and_answers_alike(
    trained: PicoMobileNet, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.round(load_digits()[1][0][:64, ::3, ::3] * 255).astype(np.uint8)
    sparse = compile_model(trained.model, dtype=dtype, calibration=trained.calibration)
    monkeypatch.setattr(pipeline, "remove_dead_channels", lambda graph: (graph, {}))
    whole = compile_model(trained.model, dtype=dtype, calibration=trained.calibration)
    assert sparse.macs < whole.macs
    assert sparse.constants < whole.constants
    assert sparse.ram <= whole.ram
    assert sum(sparse.header.removed.values()) >= 45 - sum(live(trained))
    tolerance = 0 if dtype == "int8" else 1e-5
    np.testing.assert_allclose(
        sparse.predict(images), whole.predict(images), rtol=0, atol=tolerance
    )


@pytest.mark.slow
def test_saved_and_loaded_it_trains_on(trained: PicoMobileNet, tmp_path: Path) -> None:
    path = trained.save(tmp_path / "net.keras")
    again = keras.models.load_model(path)
    strengths = {weights.regularizer.strength for weights in regularized(again)}
    assert strengths == {trained.sparsity}
    assert len(regularized(again)) == 4
    loaded = PicoMobileNet(
        10, (32, 32, 1), batch_norm=trained.batch_norm, sparsity=trained.sparsity
    ).load_weights(path)
    before = live(loaded)
    (x, y), _ = load_digits()
    loaded.fit(x[:200, ::3, ::3], y[:200], epochs=1, verbose=0)
    assert all(now <= then for now, then in zip(live(loaded), before, strict=True))


@pytest.mark.slow
def test_the_command_line_reads_a_sparse_net(tmp_path: Path) -> None:
    """In a process of its own, where nothing else has loaded the regularizer."""
    path = PicoMobileNet(10, (32, 32, 1), sparsity=0.02).save(tmp_path / "net.keras")
    command = [sys.executable, "-m", "micronets.cli", "report", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "block_3_pointwise" in done.stdout


def test_the_average_keeps_exact_zeros() -> None:
    image = keras.Input((2,))
    layer = keras.layers.BatchNormalization(gamma_regularizer=GroupLasso(0.1))
    model = keras.Model(image, layer(image))
    average = AverageWeights()
    average.set_model(model)
    average.set_params({"epochs": 30})
    average.on_train_begin()
    for epoch, gamma in enumerate(([1.0, 1.0], [0.5, 0.0])):
        average.on_epoch_begin(epoch)
        layer.gamma.assign(gamma)
        average.on_epoch_end(epoch)
    np.testing.assert_allclose(np.array(layer.gamma), [0.9, 0.0])
