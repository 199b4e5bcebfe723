"""Small images that can be told apart, and a net that learns them fast."""

import numpy as np
import pytest

from micronets.models import MobileNet

SHAPE = (12, 12, 1)
CLASSES = 3


class TinyNet(MobileNet):
    """One block, so that Keras traces it quickly."""

    blocks = ((8, 2),)


@pytest.fixture
def tiny_net() -> type[TinyNet]:
    """The class of `net`, for tests that build several."""
    return TinyNet


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    """60 float32 images of three classes: plain, horizontal stripes, vertical stripes."""
    stripes = np.tile([0.0, 0.0, 1.0, 1.0], 3)
    patterns = np.stack([np.full((12, 12), 0.5), *np.meshgrid(stripes, stripes)])
    labels = np.repeat(np.arange(CLASSES), 20)
    noise = np.random.default_rng(5).uniform(0, 0.2, (60, *SHAPE))
    return (patterns[labels][..., None] * 0.8 + noise).astype(np.float32), labels


@pytest.fixture
def net() -> TinyNet:
    """A silent net for these images; without batch normalization Keras traces it faster."""
    net = TinyNet(CLASSES, SHAPE, batch_norm=False)
    net.config.verbosity = 0
    return net
