"""Random shifts move images and change nothing else."""

import numpy as np
import pytest

from micronets.models.augment import shift_randomly
from micronets.models.batches import ArrayBatches
from micronets.models.checks import Examples


def test_moves_every_image_by_its_own_way_and_repeats_edges():
    image = np.arange(30, dtype=np.uint8).reshape(1, 6, 5, 1)
    images = image.repeat(200, axis=0)
    moved = shift_randomly(images, (1, 2), np.random.default_rng(0))
    assert moved.dtype == np.uint8
    padded = np.pad(image[0, ..., 0], ((1, 1), (2, 2)), mode="edge")
    ways = {padded[y : y + 6, x : x + 5].tobytes() for y in range(3) for x in range(5)}
    assert {one.tobytes() for one in moved[..., 0]} == ways


@pytest.mark.parametrize(("shift", "moves"), [(0.0, False), (0.01, False), (0.2, True)])
def test_batches_move_by_a_share_of_the_size(shift, moves):
    images = np.random.default_rng(0).uniform(size=(20, 10, 10, 1)).astype(np.float32)
    before = images.copy()
    batch = ArrayBatches(Examples(images, np.zeros(20)), 20, 1.0, 0.0, shift=shift)[0][0]
    assert np.array_equal(images, before)
    assert np.array_equal(batch, images) is not moves


def test_only_training_images_move(net, data):
    net.config.random_shift = 0.5
    x, y = data
    history = net.fit(x, y, x, y, epochs=1).history
    assert history["val_loss"][0] == net.evaluate(x, y)[0]
