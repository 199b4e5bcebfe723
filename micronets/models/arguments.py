"""Checks of what a net's constructor is given."""

import math
import numbers
import re
from typing import Any


def is_whole(value: Any) -> bool:
    """Tell whole numbers, numpy's too, from floats and booleans."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def checked_num_classes(num_classes: Any) -> int:
    """Refuse what is no number of classes; one class would leave nothing to choose."""
    if not is_whole(num_classes) or num_classes < 2:
        raise ValueError(f"num_classes must be a whole number >= 2, received {num_classes!r}")
    return int(num_classes)


def checked_shape(shape: Any) -> tuple[int, int, int]:
    """Refuse what is no (height, width, channels)."""
    try:
        sizes = tuple(shape)
    except TypeError:
        sizes = ()
    if len(sizes) != 3 or not all(is_whole(size) and size >= 1 for size in sizes):
        raise ValueError(
            "input_shape must be (height, width, channels), three whole numbers of at least 1, "
            f"received {shape!r}"
        )
    height, width, channels = map(int, sizes)
    return height, width, channels


def checked_seed(seed: Any) -> int | None:
    """Refuse what is no seed."""
    if seed is not None and (not is_whole(seed) or seed < 0):
        raise ValueError(f"seed must be None or a whole number >= 0, received {seed!r}")
    return None if seed is None else int(seed)


def checked_flag(name: str, value: Any) -> bool:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, received {value!r}")
    return value


def checked_sparsity(sparsity: Any) -> float:
    """Refuse what is no strength of a penalty."""
    is_real = isinstance(sparsity, numbers.Real) and not isinstance(sparsity, bool)
    if not is_real or not math.isfinite(sparsity) or sparsity < 0:
        raise ValueError(f"sparsity must be a number >= 0, such as 0.01, received {sparsity!r}")
    return float(sparsity)


def checked_pair(name: str, value: Any, *, least: int) -> tuple[int, int]:
    """Read one whole number, or two for rows and columns.

    Example:
        >>> checked_pair("strides", 4, least=1)
        (4, 4)
    """
    pair = (value, value) if is_whole(value) else value
    if (
        not isinstance(pair, list | tuple)
        or len(pair) != 2
        or not all(is_whole(number) and number >= least for number in pair)
    ):
        raise ValueError(
            f"{name} must be one whole number >= {least}, or two for rows and columns, "
            f"received {value!r}"
        )
    return int(pair[0]), int(pair[1])


def checked_real(name: str, value: Any) -> float:
    """Refuse what is no finite number."""
    is_real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_real or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, received {value!r}")
    return float(value)


def snake_case(class_name: str) -> str:
    """Name a Keras model after its class.

    Example:
        >>> snake_case("PicoMobileNet"), snake_case("RNNPoolFaceM4")
        ('pico_mobile_net', 'rnn_pool_face_m4')
    """
    word_starts = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    return re.sub(word_starts, "_", class_name).lower()


def verbosity(verbose: Any) -> int | None:
    """Read Keras's verbose argument, which may be "auto" or a boolean; None leaves the config."""
    if verbose is None or verbose == "auto":
        return None
    return int(verbose) if isinstance(verbose, bool) else verbose
