"""Architecture, figures and arguments of the zoo."""

import keras
import numpy as np
import pytest

from micronets.errors import ShapeError
from micronets.models import (
    MicroMobileNet,
    Net,
    PicoMobileNet,
    create_model,
    list_models,
    model_card,
)

NAMES = list_models()


def count_macs(model: keras.Model) -> int:
    """Multiply-accumulates by the shapes of the Keras layers."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D):
            _, height, width, channels = layer.output.shape
            window = np.prod(layer.kernel_size)
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            inputs = 1 if depthwise else layer.input.shape[-1]
            total += height * width * channels * window * inputs
    return int(total)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("pico_mobilenet", 844, 53_808),
        ("nano_mobilenet", 1_636, 125_331),
        ("micro_mobilenet", 4_264, 612_240),
        ("milli_mobilenet", 11_704, 745_320),
        ("base_mobilenet", 30_040, 1_128_120),
    ],
)
def test_has_exactly_the_published_figures(name, parameters, macs):
    model = create_model(name, 10, batch_norm=False).model
    card = model_card(name)
    assert model.count_params() == parameters == card.parameters
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == parameters
    assert count_macs(model) == macs == card.macs


@pytest.mark.parametrize("name", NAMES)
def test_card_states_the_size_after_folding(name):
    model = create_model(name, 10, batch_norm=True).model
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    card = model_card(name)
    biases = sum(int(norm.gamma.shape[0]) for norm in norms)
    assert card.folded_parameters == card.parameters + biases
    assert count_macs(model) == card.macs


def test_lists_the_zoo_smallest_first():
    assert sorted(NAMES, key=lambda name: model_card(name).parameters) == NAMES
    assert list_models("pico*") == ["pico_mobilenet"]
    assert list_models("resnet*") == []


def test_unknown_name_suggests_a_near_one():
    with pytest.raises(ValueError, match="no net 'pico_mobilnet'; did you mean 'pico_mobilenet'"):
        create_model("pico_mobilnet", 10)
    with pytest.raises(ValueError, match="there are pico_mobilenet, nano"):
        create_model("x", 10)


def test_layers_have_stable_names_in_order():
    names = [layer.name for layer in PicoMobileNet(10, batch_norm=False).model.layers]
    block = ["pad", "depthwise", "depthwise_relu6", "pointwise", "pointwise_relu6"]
    assert names == [
        "image",
        "stem",
        *(f"block_{n}_{part}" for n in (1, 2, 3) for part in block),
        *("pool", "dropout", "classifier", "flatten", "softmax"),
    ]
    again = PicoMobileNet(10, batch_norm=False)
    assert [layer.name for layer in again.model.layers] == names
    assert again.model.name == "pico_mobile_net"


def test_by_default_batch_norm_stands_before_each_activation():
    layers = PicoMobileNet(10).model.layers
    for number, layer in enumerate(layers):
        convolves = isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D)
        if convolves and layer.name != "classifier":
            assert isinstance(layers[number + 1], keras.layers.BatchNormalization)


@pytest.mark.parametrize("shape", [(3, 3, 1), (5, 40, 3), (97, 64, 1), (128, 128, 3)])
@pytest.mark.parametrize("net", [PicoMobileNet, MicroMobileNet])
def test_other_input_shapes_work(net, shape):
    model = net(4, input_shape=shape).model
    assert model.output_shape == (None, 4)
    pool = model.get_layer("pool")
    assert pool.output.shape[1:3] == (1, 1)


@pytest.mark.parametrize("shape", [(2, 96, 1), (96, 1, 3)])
def test_too_small_an_input_names_the_smallest(shape):
    with pytest.raises(ShapeError, match=r"at least 3x3 pixels, received input_shape="):
        PicoMobileNet(10, input_shape=shape)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 1}, "num_classes must be a whole number >= 2, received 1"),
        ({"num_classes": 2.0}, "num_classes must be a whole number >= 2, received 2.0"),
        ({"input_shape": (96, 96)}, r"\(height, width, channels\).*received \(96, 96\)"),
        ({"input_shape": 96}, "received 96"),
        ({"input_shape": (96, 96.0, 1)}, "three whole numbers"),
        ({"input_shape": (96, 96, 0)}, "of at least 1"),
        ({"input_shape": (96, 96, 2)}, r"1 channel \(gray\) or 3 \(RGB\), received 2"),
        ({"batch_norm": 1}, "batch_norm must be True or False, received 1"),
        ({"seed": -1}, "seed must be None or a whole number >= 0, received -1"),
    ],
)
def test_refuses_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        PicoMobileNet(**{"num_classes": 10, **arguments})


def test_same_seed_gives_same_weights_and_no_two_layers_alike():
    one, two, other = (PicoMobileNet(10, seed=s).model.get_weights() for s in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], other[0])
    assert not np.array_equal(one[0].ravel(), one[1].ravel())


def test_a_new_net_is_a_subclass_with_make_model():
    class Tiny(Net):
        def make_model(self):
            image = keras.Input(self.input_shape)
            x = keras.layers.Dense(self.num_classes, "softmax")(keras.layers.Flatten()(image))
            return keras.Model(image, x, name=self.name)

    assert Tiny(3, (4, 4, 1)).predict(np.zeros((2, 4, 4, 1), np.float32)).shape == (2, 3)
    with pytest.raises(NotImplementedError, match="must implement make_model"):
        Net(3).build()
