"""Face detectors as users meet them: detect, evaluate, fit, and what they refuse."""

import keras
import numpy as np
import pytest
from drawn_pictures import draw_picture, encode_picture
from PIL import Image
from tiny_detector import SIZE, WINDOWS, PatchNet, make_net, make_pictures

from micronets.detection.feed import training_feed
from micronets.detection.windows import Windows
from micronets.errors import DataError
from micronets.models import RNNPoolFaceM4


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def trained(pictures):
    """A net that finds the patches, and its history."""
    net = make_net()
    net.config.batch_size = 4
    return net, net.fit(pictures, pictures, epochs=60, augmentation=WINDOWS)


def test_a_net_trained_on_windows_finds_faces_of_whole_pictures(trained, pictures):
    net, history = trained
    result = net.evaluate(pictures, smallest=8)
    assert result.average_precision > 0.8
    assert result.faces == 12
    assert max(history.history["val_average_precision"]) > 0.8
    assert len(history.epoch) == 60


@pytest.mark.parametrize("scale", [1, 2.5])
def test_boxes_are_in_pixels_of_the_picture_whatever_its_form(trained, pictures, scale):
    net, _ = trained
    example = pictures[0]
    picture = np.asarray(Image.fromarray(example.image).resize((int(128 * scale), int(96 * scale))))
    faces = net.detect(picture)
    assert len(faces) == 1
    face = next(iter(faces))
    assert face.score > 0.5
    np.testing.assert_allclose(faces.boxes[0] / scale, example.boxes[0], atol=8)
    grey = np.asarray(Image.fromarray(picture).convert("L"))
    for form in (grey, grey[..., np.newaxis], grey.astype(np.float64), picture.astype(np.int32)):
        np.testing.assert_allclose(net.detect(form).boxes, faces.boxes, atol=2)


def test_detects_in_files(trained, pictures, tmp_path):
    net, _ = trained
    path = tmp_path / "a.png"
    path.write_bytes(encode_picture(pictures[0].image))
    np.testing.assert_array_equal(net.detect(path).boxes, net.detect(pictures[0].image).boxes)
    assert len(net.detect(str(path), threshold=1.0)) == 0


def test_boxes_end_where_the_picture_ends(trained):
    net, _ = trained
    picture = draw_picture(96, 128, np.array([[-8, -6, 24, 26]]))
    boxes = net.detect(picture, threshold=0.1).boxes
    assert len(boxes)
    assert boxes.min() >= 0
    assert (boxes.max(axis=0) <= [128, 96, 128, 96]).all()


@pytest.mark.parametrize("shape", [(1, 1), (7, 301), (480, 2, 3)])
def test_odd_sizes_and_black_pictures_are_no_trouble(trained, shape):
    net, _ = trained
    for faces in (net.detect(np.zeros(shape, np.uint8)), net.detect(np.zeros(shape))):
        assert np.isfinite(faces.boxes).all()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("missing.png", "'missing.png' cannot be read"),
        (None, "Received: None"),
        ([1, 2, 3], r"shape \(3,\)"),
        ([[1, 2], [3]], "Received no array"),
        (np.zeros((2, 9, 9, 3)), "one picture at a time"),
        (np.zeros((9, 9, 4)), "drop the transparency"),
        (np.zeros((9, 9, 2)), r"shape \(9, 9, 2\)"),
        (np.zeros((0, 9)), r"shape \(0, 9, 1\)"),
        (np.full((9, 9), np.nan), "NaN"),
        (np.full((9, 9), 256), "from 256 to 256"),
        (np.full((9, 9), -1.0), "from -1 to -1"),
        (np.full((9, 9), 0.5), "multiply them by 255"),
        (np.full((9, 9), True), "type bool"),
        (np.full((9, 9), "a"), "type <U1"),
    ],
)
def test_what_is_no_picture_is_refused(image, message):
    with pytest.raises(DataError, match=message):
        make_net().detect(image)


def test_files_that_are_no_pictures_are_refused(tmp_path):
    whole = encode_picture(draw_picture(50, 50, np.empty((0, 4))))
    for data, message in ((b"", "empty"), (b"text", "no picture"), (whole[:-300], "damaged")):
        path = tmp_path / "a.png"
        path.write_bytes(data)
        with pytest.raises(DataError, match=rf"a\.png .*{message}"):
            make_net().detect(path)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan"), "0.5", None])
def test_thresholds_are_scores(threshold):
    with pytest.raises(ValueError, match=r"threshold must be a number in \[0, 1\]"):
        make_net().detect(np.zeros((9, 9)), threshold=threshold)


def test_keeps_the_weights_of_the_best_average_precision(pictures, monkeypatch):
    net = make_net()
    results = iter([0.2, 0.7, 0.3])
    seen = []

    def evaluate(dataset):
        assert dataset is pictures
        seen.append(net.model.get_weights())
        return type("Result", (), {"average_precision": next(results)})

    monkeypatch.setattr(net, "evaluate", evaluate)
    net.config.validate_every = 2
    history = net.fit(pictures, pictures, epochs=5, batch_size=8, augmentation=WINDOWS)
    assert history.history["val_average_precision"] == [0.2, 0.7, 0.3]
    assert all(map(np.array_equal, net.model.get_weights(), seen[1]))
    assert not all(map(np.array_equal, seen[1], seen[2]))


def test_trains_on_what_keras_trains_on(pictures):
    net = make_net()
    feed = training_feed(pictures, net.form, batch_size=4)
    history = net.fit(feed.batches, feed.batches, epochs=2, steps_per_epoch=2, validation_steps=1)
    assert len(history.history["val_loss"]) == 2
    images, targets = next(iter(feed.batches))
    history = net.fit(images.numpy(), y=[t.numpy() for t in targets], epochs=1, batch_size=2)
    assert np.isfinite(history.history["loss"]).all()


def test_thresholding_leaves_the_share_that_was_asked_for(trained, pictures):
    net = make_net()
    net.fit(pictures, epochs=2, batch_size=4, augmentation=WINDOWS, sparsity=net.kept)
    kernel = np.asarray(net.model.get_layer("stem_1").kernel)
    assert np.count_nonzero(kernel) == kernel.size // 4
    assert np.count_nonzero(np.asarray(net.model.get_layer("stem_1").bias))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sparsity": {"stem1/kernel": 0.5}}, "no weights 'stem1/kernel'; did you mean 'stem_1/k"),
        ({"sparsity": {"stem_1/kernel": 0}}, r"'stem_1/kernel' must be in \(0, 1\], received 0"),
        ({"augmentation": "strong"}, "config.augmentation must be an Augmentation or Windows"),
        ({"epochs": 0}, "config.epochs must be"),
        ({"batch_size": 0}, "config.batch_size must be"),
    ],
)
def test_fit_refuses(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        make_net().fit(pictures, **options)


def test_windows_must_suit_the_maps(pictures):
    net = RNNPoolFaceM4((48, 64, 1))
    with pytest.raises(ValueError, match=r"multiples of 16.*\(100, 96\)"):
        net.fit(pictures, augmentation=Windows(size=(100, 96)))


def test_the_default_optimizer_pulls_as_hard_as_a_decay_within_the_gradient():
    net = make_net().compile()
    optimizer = net.model.optimizer
    assert isinstance(optimizer, keras.optimizers.SGD)
    assert optimizer.momentum == 0.9
    assert optimizer.weight_decay == pytest.approx(5e-3)


def test_saves_and_loads(trained, pictures, tmp_path):
    net, _ = trained
    again = PatchNet((*SIZE, 1), seed=5).load_weights(net.save_weights(tmp_path / "a.weights.h5"))
    image = pictures[1].image
    np.testing.assert_array_equal(again.detect(image).boxes, net.detect(image).boxes)
    whole = keras.models.load_model(net.save(tmp_path / "a.keras"))
    assert whole.output_shape == net.model.output_shape
