"""What of the zoo fits into a chip for which a net is too large."""

from collections.abc import Iterator

import numpy as np

from micronets.models.net import Net
from micronets.models.registry import list_models, model_card

_SIDES = (0.75, 0.5, 0.375, 0.25)
_NOISE_IMAGES = 4


def smaller_nets(net: Net) -> Iterator[Net]:
    """Smaller nets of the zoo on the same images, the largest first; then the same net on smaller
    images."""
    known = [model_card(name).net for name in list_models()]
    if type(net) not in known:
        return
    for kind in reversed(known[: known.index(type(net))]):
        yield kind(net.num_classes, net.input_shape, batch_norm=net.batch_norm)
    height, width, channels = net.input_shape
    for part in _SIDES:
        shape = (int(height * part), int(width * part), channels)
        yield type(net)(net.num_classes, shape, batch_norm=net.batch_norm)


def smallest_ram(net: Net) -> int:
    """Bytes of the C++ object of an int8 stream.

    Neither weights nor calibration move a buffer, so noise does for both.
    """
    from micronets.codegen.pipeline import compile_model

    shape = (_NOISE_IMAGES, *net.input_shape)
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return compile_model(net.model, dtype="int8", memory="stream", calibration=noise).ram


def what_fits(net: Net, ram_budget: int) -> str:
    """A sentence about the first smaller net and the first smaller image that fit.

    Args:
        net: The net that does not.
        ram_budget: Bytes that there are.
    """
    found: dict[bool, str] = {}
    for other in smaller_nets(net):
        is_same = type(other) is type(net)
        if is_same not in found and (ram := smallest_ram(other)) <= ram_budget:
            height, width, _ = other.input_shape
            found[is_same] = f"{type(other).__name__} at {height}x{width} ({ram:,} B)"
    if not found:
        return "No smaller net of the zoo fits either."
    return f"Trained anew and as an int8 stream, {' or '.join(found.values())} would fit."
