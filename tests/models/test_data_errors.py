"""What is wrong with the data is said before training starts."""

import numpy as np
import pytest

from micronets.errors import DataError


def refuse(net, message, x, y, **options):
    with pytest.raises(DataError, match=message):
        net.fit(x, y, epochs=1, **options)
    assert net._model is None, "the data must be checked before anything is built"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: None, "x: missing"),
        (lambda x: x[:0], r"x: empty \(0 images\)"),
        (lambda x: x[0], r"for a single image pass image\[np.newaxis\]"),
        (lambda x: x[0, ..., 0], "for a single image"),
        (lambda x: np.zeros((60, 28, 28)), r"net with input_shape=\(28, 28, 1\)"),
        (lambda x: np.zeros((60, 12, 12, 3)), r"net with input_shape=\(12, 12, 3\)"),
        (lambda x: np.moveaxis(x, -1, 1), "channels come last"),
        (lambda x: x.reshape(60, -1), r"shape \(60, 144\), expected \(count, 12, 12, 1\)"),
        (lambda x: [np.zeros((2, 2)), np.zeros((3, 3))], "all must have one size"),
        (
            lambda x: np.where(np.arange(60)[:, None, None, None] == 7, np.nan, x),
            "NaN or infinity in 1 of 60 images, first in image 7",
        ),
        (lambda x: x + np.inf, "NaN or infinity in 60 of 60"),
        (lambda x: x * 255, "divide them by 255, or pass them as uint8"),
        (lambda x: (x * 255).astype(int), r"type int64, expected uint8.*astype\('uint8'\)"),
        (lambda x: x.astype(str), "type <U"),
        (lambda x: x + 1j, "type complex"),
    ],
)
def test_refuses_images(net, data, change, message):
    x, y = data
    refuse(net, message, change(x), y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: None, "y: missing; give the labels"),
        (lambda y: y[:0], r"y: empty"),
        (lambda y: y[:59], "y: 59 entries for 60 images"),
        (lambda y: y + 1, "20 of 60 labels outside 0..2 .smallest 1, largest 3"),
        (lambda y: y - 1, "outside 0..2 .smallest -1"),
        (lambda y: y + 0.5, "must be whole, received 0.5 at index 0"),
        (lambda y: np.where(y == 0, np.nan, y), "NaN or infinity among the labels"),
        (lambda y: np.array(["cat"] * 60), r"np.unique\(y, return_inverse=True\)"),
        (lambda y: np.eye(4)[y], r"shape \(60, 4\), expected \(count,\) .* or \(count, 3\)"),
        (lambda y: np.eye(3)[y] * 0, "60 of 60 one-hot rows do not sum to 1"),
        (lambda y: np.eye(3)[y][None], "shape"),
        (lambda y: 32, "received 32, expected an array of labels"),
    ],
)
def test_refuses_labels(net, data, change, message):
    x, y = data
    refuse(net, message, x, change(y))


def test_lists_all_problems_at_once(net, data):
    x, y = data
    refuse(
        net,
        r"TinyNet.fit cannot use this data \(4 problems\):\n  x: .*\n  y: .*\n  val_x: .*\n"
        "  val_y: ",
        x[:, :5],
        y + 7,
        val_x=x * np.nan,
        val_y=y - 1,
    )


@pytest.mark.parametrize("weights", [np.ones(59), -np.ones(60), np.ones((60, 2)), ["a"] * 60])
def test_refuses_sample_weights(net, data, weights):
    refuse(net, "sample_weight: ", *data, sample_weight=weights)


def test_refuses_bad_validation_data(net, data):
    x, y = data
    refuse(net, "val_x: received 32, expected an array", x, y, val_x=32)
    refuse(net, "val_y: one-hot labels, but y has integer ones", x, y, val_x=x, val_y=np.eye(3)[y])
    refuse(net, "received 1 entries", x, y, validation_data=(x,))
    with pytest.raises(ValueError, match="not both"):
        net.fit(x, y, x, y, validation_data=(x, y))


def test_predict_and_evaluate_check_too(net, data):
    x, y = data
    with pytest.raises(DataError, match=r"TinyNet.predict cannot use .*1 problem"):
        net.predict(x[:0])
    with pytest.raises(DataError, match=r"TinyNet.evaluate cannot use"):
        net.evaluate(x, y + 9)


def test_data_sets_are_checked_by_their_first_batch(net, data):
    x, y = data
    bytes_ = (x * 255).astype(np.uint8)
    refuse(net, r"uint8 images in a data set .*x / 255", iter([(bytes_, y)]), None)
    refuse(net, "first batch, y: 20 of 60 labels outside", iter([(x, y + 1)]), None)
    refuse(net, "yields no batch", iter([]), None)
    refuse(net, r"must yield \(images, labels\)", iter([x]), None)
    refuse(net, "given beside a data set", iter([(x, y)]), y)
