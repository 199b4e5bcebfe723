"""Batches for training: shapes, targets, order, and going on after a break."""

import keras
import numpy as np
import pytest
from drawn_pictures import draw_picture, encode_picture

from micronets.data.camera import grey_from_rgb
from micronets.data.faces import FaceDataset
from micronets.data.image_files import open_files
from micronets.detection.augment import Augmentation
from micronets.detection.boxes import decode
from micronets.detection.detections import Detections
from micronets.detection.evaluation import evaluate_detector
from micronets.detection.feed import InputForm, to_example, training_feed, validation_batches
from micronets.detection.loss import ConfidenceLoss, LocationLoss
from micronets.detection.matching import make_targets
from micronets.detection.pixels import net_pixels
from micronets.detection.priors import QVGA_PRIORS, make_priors
from micronets.errors import DataError

_SIZE = (48, 64)
_FORM = InputForm(_SIZE, 1, make_priors(QVGA_PRIORS, _SIZE))


@pytest.fixture
def dataset(tmp_path):
    """Seven pictures of 96x128 with a face or two; the third has none, the fifth an ignored one."""
    random = np.random.default_rng(5)
    boxes, names = [], []
    for index in range(7):
        low = random.integers(0, 60, (0 if index == 2 else 1 + index % 2, 2))
        boxes.append(np.concatenate([low, low + random.integers(16, 36, low.shape)], axis=1))
        image = draw_picture(96, 128, boxes[-1], index)
        names.append(f"{index}.png")
        (tmp_path / names[-1]).write_bytes(encode_picture(image))
    marks = [np.zeros(len(one), bool) for one in boxes]
    marks[4][0] = True
    return FaceDataset(
        open_files(tmp_path),
        tuple(names),
        tuple(names),
        tuple(one.astype(np.float32) for one in boxes),
        tuple(marks),
    )


def _take(feed, batches):
    """Images and targets of so many batches as arrays."""
    taken = [(x.numpy(), y.numpy(), z.numpy()) for x, (y, z) in feed.batches.take(batches)]
    return [np.concatenate(arrays) for arrays in zip(*taken, strict=True)]


def test_training_batches_have_the_form_of_the_net(dataset):
    feed = training_feed(dataset, _FORM, batch_size=2)
    # Five pictures have a face to be found.
    assert feed.steps == 2
    images, targets, labels = _take(feed, 4)
    assert images.shape == (8, 48, 64, 1)
    assert targets.shape == (8, len(_FORM.priors), 5)
    np.testing.assert_array_equal(labels, targets[..., 4:])
    assert images.dtype == targets.dtype == np.float32
    assert (targets[..., 4].sum(axis=1) > 0).all()
    assert images.min() >= -117.32
    assert images.max() <= 137.7


def test_same_seed_gives_the_same_and_every_epoch_something_new(dataset):
    one, two = (_take(training_feed(dataset, _FORM, batch_size=5, seed=3), 3)[0] for _ in range(2))
    np.testing.assert_array_equal(one, two)
    other = _take(training_feed(dataset, _FORM, batch_size=5, seed=4), 3)[0]
    assert not np.array_equal(one, other)
    assert not np.array_equal(np.sort(one[:5], axis=0), np.sort(one[5:10], axis=0))


def test_training_that_goes_on_sees_what_it_would_have_seen(dataset):
    whole = _take(training_feed(dataset, _FORM, batch_size=2), 6)
    rest = _take(training_feed(dataset, _FORM, batch_size=2, first_epoch=2), 2)
    for one, other in zip(whole, rest, strict=True):
        np.testing.assert_array_equal(one[8:], other)


def test_every_epoch_serves_pictures_at_most_once_in_a_new_order(dataset):
    still = Augmentation(distort=0, reduce=0, mirror=0)
    feed = training_feed(dataset, _FORM, batch_size=2, augmentation=still)
    targets = _take(feed, 20 * feed.steps)[1].reshape(20, 4, -1)
    chosen = dataset.with_faces()
    known = [
        _take(training_feed(chosen.take([i]), _FORM, batch_size=1, augmentation=still), 1)[1]
        for i in range(5)
    ]
    orders = [
        tuple(next(i for i in range(5) if np.array_equal(known[i].ravel(), one)) for one in epoch)
        for epoch in targets
    ]
    assert all(len(set(order)) == 4 for order in orders)
    assert {index for order in orders for index in order} == set(range(5))
    assert len(set(orders)) > 10


def test_few_pictures_make_one_batch(dataset):
    feed = training_feed(dataset.take([0, 1]), _FORM, batch_size=64)
    assert feed.steps == 1
    assert _take(feed, 2)[0].shape[0] == 4


def test_ignored_faces_are_no_targets(dataset):
    still = Augmentation(distort=0, reduce=0, mirror=0)
    only = FaceDataset(dataset.files, ("4",), ("4.png",), (dataset.boxes[4],), (np.zeros(1, bool),))
    assert _take(training_feed(only, _FORM, batch_size=1, augmentation=still), 1)[2].sum() > 0
    with pytest.raises(DataError, match="No face in the 1 pictures of"):
        training_feed(dataset.take([4]), _FORM, batch_size=1)
    (_, (targets, _)) = next(iter(validation_batches(dataset.take([4]), _FORM, batch_size=1)))
    assert not targets.numpy().any()


def test_validation_serves_every_picture_once_in_order_and_only_scaled(dataset):
    batches = validation_batches(dataset, _FORM, batch_size=3)
    assert len(batches) == 3
    taken = list(batches)
    assert [len(images) for images, _ in taken] == [3, 3, 1]
    targets = np.concatenate([y.numpy() for _, (y, _) in taken])
    for index, example in enumerate(dataset):
        faces = example.boxes[~example.ignored] / [128, 96, 128, 96]
        expected = make_targets(faces.astype(np.float32), _FORM.priors)
        np.testing.assert_allclose(targets[index], expected, atol=1e-4)
    again = np.concatenate([images.numpy() for images, _ in batches])
    np.testing.assert_array_equal(again, np.concatenate([images.numpy() for images, _ in taken]))


def test_faces_below_a_pixel_are_no_targets():
    image = np.zeros((*_SIZE, 3), np.uint8)
    boxes = np.array([[3, 3, 3.9, 9], [20, 20, 36, 36]], np.float32)
    targets = to_example(image, boxes, _FORM)[1]
    expected = make_targets(boxes[1:] / np.array([64, 48, 64, 48], np.float32), _FORM.priors)
    np.testing.assert_array_equal(targets, expected)


def test_colour_nets_get_colours(dataset):
    form = InputForm(_SIZE, 3, _FORM.priors)
    images = _take(training_feed(dataset, form, batch_size=2), 1)[0]
    assert images.shape == (2, 48, 64, 3)


def test_broken_pictures_are_named_while_training(dataset):
    place = dataset.files.place
    with open(f"{place}/1.png", "wb") as file:
        file.write(b"oops")
    with pytest.raises(Exception, match=r"1\.png in .* is no picture"):
        list(validation_batches(dataset, _FORM, batch_size=2))


def test_wrong_batch_sizes_and_empty_parts_are_refused(dataset):
    for serve in (training_feed, validation_batches):
        with pytest.raises(ValueError, match=r"batch_size must be at least 1\. Received: 0"):
            serve(dataset, _FORM, batch_size=0)
    with pytest.raises(DataError, match="No picture in this part of"):
        validation_batches(dataset.take([]), _FORM, batch_size=1)


def test_keras_trains_on_the_batches(dataset):
    count = len(_FORM.priors)
    image = keras.Input((*_SIZE, 1))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(8)(image))
    offsets = keras.layers.Reshape((count, 4))(keras.layers.Dense(count * 4)(x))
    logits = keras.layers.Reshape((count, 2))(keras.layers.Dense(count * 2)(x))
    net = keras.Model(image, [offsets, logits])
    net.compile(keras.optimizers.Adam(1e-3), loss=[LocationLoss(), ConfidenceLoss()])
    feed = training_feed(dataset, _FORM, batch_size=5)
    history = net.fit(
        feed.batches,
        steps_per_epoch=feed.steps,
        epochs=8,
        validation_data=validation_batches(dataset, _FORM, batch_size=3),
        shuffle=False,
        verbose=0,
    ).history
    assert np.isfinite(history["loss"] + history["val_loss"]).all()
    assert history["loss"][-1] < history["loss"][0]


def test_pixels_are_those_of_the_chip_and_near_the_paper(rng):
    image = rng.integers(0, 256, (5, 6, 3)).astype(np.uint8)
    grey = net_pixels(image, 1)
    np.testing.assert_array_equal(
        grey, grey_from_rgb(image).astype(np.float32) - np.float32(117.312)
    )
    paper = (image - np.array([123, 117, 104])) @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey[..., 0] - paper).max() <= 1
    np.testing.assert_array_equal(net_pixels(image, 3), image - np.array([123, 117, 104.0]))
    np.testing.assert_array_equal(net_pixels(grey_from_rgb(image), 1), grey)


@pytest.mark.parametrize(
    ("image", "channels", "problem"),
    [
        (np.zeros((4, 4, 3), np.float32), 1, "Received: float32"),
        (np.zeros((4, 4), np.uint8), 1, r"Received: uint8 of shape \(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), 3, r"Received: uint8 of shape \(4, 4, 4\)"),
        (np.zeros((4, 4, 1), np.uint8), 3, "wants colours"),
    ],
)
def test_what_is_no_picture_is_refused(image, channels, problem):
    with pytest.raises(DataError, match=problem):
        net_pixels(image, channels)


def test_evaluation_scales_pictures_and_faces_alike(dataset):
    calls = []

    def detect(inputs):
        """Finds what the targets say, so that only wrong scaling or a wrong order could cost."""
        found = []
        for image in inputs:
            index = len(calls)
            example = dataset[index]
            targets = make_targets(
                example.boxes / np.array([128, 96, 128, 96], np.float32), _FORM.priors
            )
            face = targets[:, 4] == 1
            boxes = decode(targets[face, :4], _FORM.priors[face]) * [64, 48, 64, 48]
            unique = np.unique(np.round(boxes, 2), axis=0)
            found.append(Detections(unique, np.full(len(unique), 0.9)))
            calls.append(image.shape)
        return found

    result = evaluate_detector(detect, dataset, _SIZE, 1, smallest=4, batch_size=3)
    assert calls == [(48, 64, 1)] * 7
    assert result.average_precision == pytest.approx(1)
    assert result.ignored == 1
    assert result.faces == dataset.faces - 1
    with pytest.raises(DataError, match="No picture"):
        evaluate_detector(detect, dataset.take([]), _SIZE, 1)
    with pytest.raises(ValueError, match="batch_size"):
        evaluate_detector(detect, dataset, _SIZE, 1, batch_size=0)
