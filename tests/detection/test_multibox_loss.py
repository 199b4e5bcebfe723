"""The two losses against loops and the reference, and that nets can be trained with them."""

import keras
import numpy as np
import pytest
from keras import ops
from reference_vectors import load_vectors

from micronets.detection.loss import (
    ConfidenceLoss,
    LocationLoss,
    confidence_loss,
    location_loss,
)
from micronets.detection.matching import make_targets

_TOLERANCE = 1e-5


def _losses_by_loops(targets, offsets, logits):
    """Both losses in float64, a prior at a time."""
    location = confidence = faces = 0.0
    for target, offset, logit in zip(targets, offsets, logits, strict=True):
        background = []
        own = 0
        for prior in range(len(target)):
            probabilities = np.exp(logit[prior] - logit[prior].max())
            probabilities /= probabilities.sum()
            if target[prior, 4]:
                own += 1
                confidence -= np.log(probabilities[1])
                for distance in np.abs(offset[prior] - target[prior, :4]):
                    location += distance**2 / 2 if distance < 1 else distance - 0.5
            else:
                background.append(-np.log(probabilities[0]))
        confidence += sum(sorted(background, reverse=True)[: 3 * own])
        faces += own
    return location / (faces or len(targets)), confidence / (faces or len(targets))


def _random_case(rng, faces_of_images, priors=60):
    targets = np.zeros((len(faces_of_images), priors, 5), np.float32)
    for target, faces in zip(targets, faces_of_images, strict=True):
        chosen = rng.permutation(priors)[:faces]
        target[chosen, :4] = rng.normal(0, 2, (faces, 4))
        target[chosen, 4] = 1
    offsets = rng.normal(0, 2, (*targets.shape[:2], 4)).astype(np.float32)
    logits = rng.normal(0, 3, (*targets.shape[:2], 2)).astype(np.float32)
    return targets, offsets, logits


# The last asks for more background than there is.
@pytest.mark.parametrize("faces", [(3, 1), (0, 4), (0, 0), (1,), (59, 40)])
def test_losses_are_those_of_plain_loops(rng, faces):
    targets, offsets, logits = _random_case(rng, faces)
    location, confidence = _losses_by_loops(targets, offsets, logits)
    assert float(location_loss(targets, offsets)) == pytest.approx(location, rel=_TOLERANCE)
    assert float(confidence_loss(targets, logits)) == pytest.approx(confidence, rel=_TOLERANCE)


def test_losses_are_those_of_the_reference():
    golden = load_vectors("edgeml_multibox.npz")
    targets = np.stack(
        [make_targets(golden[f"target{index}"][:, :4], golden["priors"]) for index in range(3)]
    )
    assert float(location_loss(targets, golden["loc"])) == pytest.approx(golden["loss_l"], abs=1e-4)
    assert float(confidence_loss(targets, golden["conf"])) == pytest.approx(
        golden["loss_c"], abs=1e-4
    )


def test_confidence_needs_only_the_labels(rng):
    targets, _, logits = _random_case(rng, (2, 3))
    whole = float(confidence_loss(targets, logits))
    assert float(confidence_loss(targets[..., 4:], logits)) == whole


def test_large_logits_do_not_overflow(rng):
    targets, _, logits = _random_case(rng, (2, 3))
    assert np.isfinite(float(confidence_loss(targets, logits * 1e4)))


def test_half_precision_is_summed_in_float32(rng):
    targets, offsets, logits = _random_case(rng, (20, 20))
    half = ops.cast(offsets * 100, "float16")
    assert location_loss(targets, half).dtype == "float32"
    assert np.isfinite(float(location_loss(targets, half)))
    assert confidence_loss(targets, ops.cast(logits, "float16")).dtype == "float32"


def _make_net(priors):
    image = keras.Input((4,))
    offsets = keras.layers.Reshape((priors, 4), name="loc")(keras.layers.Dense(priors * 4)(image))
    logits = keras.layers.Reshape((priors, 2), name="conf")(keras.layers.Dense(priors * 2)(image))
    return keras.Model(image, [offsets, logits])


def test_net_learns_to_give_the_targets(rng):
    targets, _, _ = _random_case(rng, (4, 6, 5, 3), priors=30)
    images = np.eye(4, dtype=np.float32)
    # Fifty steps an epoch, as epochs cost time.
    rounds = [np.tile(array, (50, *[1] * (array.ndim - 1))) for array in (images, targets)]
    net = _make_net(30)
    net.compile("adam", loss=[LocationLoss(), ConfidenceLoss()])
    net.optimizer.learning_rate = 0.05
    labels = [rounds[1], rounds[1][..., 4:]]
    options = {"epochs": 4, "batch_size": 4, "shuffle": False, "verbose": 0}
    history = net.fit(rounds[0], labels, **options).history["loss"]
    assert history[-1] < 0.1 * history[0]
    offsets, logits = net.predict(images, verbose=0)
    is_face = targets[..., 4] == 1
    assert np.abs(offsets - targets[..., :4])[is_face].max() < 1
    assert (logits[..., 1] > logits[..., 0])[is_face].all()
    assert not (logits[..., 1] > logits[..., 0])[~is_face].any()


def test_history_has_the_losses_and_saved_nets_keep_them(rng, tmp_path):
    targets, _, _ = _random_case(rng, (4, 6), priors=30)
    images = np.ones((2, 4), np.float32)
    net = _make_net(30)
    net.compile("sgd", loss=[LocationLoss(), ConfidenceLoss()])
    labels = [targets, targets[..., 4:]]
    expected = [float(location_loss(targets, net.predict(images, verbose=0)[0]))]
    expected += [float(confidence_loss(targets, net.predict(images, verbose=0)[1]))]
    total, *parts = net.evaluate(images, labels, verbose=0)
    assert parts == pytest.approx(expected, rel=1e-5)
    assert total == pytest.approx(sum(expected), rel=1e-5)
    net.save(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    assert loaded.evaluate(images, labels, verbose=0) == pytest.approx([total, *parts], rel=1e-6)


def test_what_is_neither_face_nor_background_has_no_say(rng):
    targets = np.zeros((2, 40, 5), np.float32)
    targets[:, :3, :4] = rng.normal(size=(2, 3, 4))
    targets[:, :3, 4] = 1
    offsets, logits = (rng.normal(size=(2, 40, n)).astype(np.float32) for n in (4, 2))
    marked = targets.copy()
    marked[:, 30:, 4] = -1
    for loss, values in ((location_loss, offsets), (confidence_loss, logits)):
        expected = loss(targets[:, :30], values[:, :30])
        np.testing.assert_allclose(loss(marked, values), expected, rtol=1e-6)
    louder = logits.copy()
    louder[:, 30:, 1] += 20
    np.testing.assert_allclose(
        confidence_loss(marked, louder), confidence_loss(marked, logits), rtol=1e-6
    )
