"""What the zoo holds: one card per net, and nets by name."""

import dataclasses
import difflib
import fnmatch
from typing import Any

from micronets.models.mobilenet import (
    BaseMobileNet,
    MicroMobileNet,
    MilliMobileNet,
    NanoMobileNet,
    PicoMobileNet,
)
from micronets.models.net import Net


@dataclasses.dataclass(frozen=True)
class ModelCard:
    """What somebody who chooses a net wants to know.

    Attributes:
        name: Name for `create_model`.
        net: The class.
        parameters: Trainable weights with `batch_norm=False`, at `input_shape` and `num_classes`.
        folded_parameters: Constants in the header with the default, `batch_norm=True`: export
            folds every normalization, which leaves one bias per channel behind.
        macs: Multiply-accumulates of one prediction.
        input_shape: (height, width, channels) of the figures.
        num_classes: Number of classes of the figures.
    """

    name: str
    net: type[Net]
    parameters: int
    folded_parameters: int
    macs: int
    input_shape: tuple[int, int, int] = (96, 96, 1)
    num_classes: int = 10


_CARDS = {
    card.name: card
    for card in (
        ModelCard("pico_mobilenet", PicoMobileNet, 844, 910, 53_808),
        ModelCard("nano_mobilenet", NanoMobileNet, 1_636, 1_750, 125_331),
        ModelCard("micro_mobilenet", MicroMobileNet, 4_264, 4_546, 612_240),
        ModelCard("milli_mobilenet", MilliMobileNet, 11_704, 12_202, 745_320),
        ModelCard("base_mobilenet", BaseMobileNet, 30_040, 30_970, 1_128_120),
    )
}


def list_models(pattern: str = "*") -> list[str]:
    """Name the nets of the zoo, smallest first.

    Args:
        pattern: Shell pattern that the names must match.

    Example:
        >>> list_models("mi*")
        ['micro_mobilenet', 'milli_mobilenet']
    """
    return [name for name in _CARDS if fnmatch.fnmatchcase(name, pattern)]


def model_card(name: str) -> ModelCard:
    """Look up the card of a net.

    Raises:
        ValueError: If there is no such net; names near ones.
    """
    if name not in _CARDS:
        near = difflib.get_close_matches(name, _CARDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_CARDS)}"
        raise ValueError(f"the zoo has no net {name!r}; {hint}")
    return _CARDS[name]


def create_model(name: str, num_classes: int, **options: Any) -> Net:
    """Make a net by its name.

    Args:
        name: One of `list_models()`.
        num_classes: Number of classes.
        **options: Go to the constructor, such as input_shape.

    Raises:
        ValueError: If there is no such net; names near ones.

    Example:
        >>> create_model("pico_mobilenet", 10)
        PicoMobileNet(10, input_shape=(96, 96, 1))
    """
    return model_card(name).net(num_classes, **options)
