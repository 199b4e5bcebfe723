"""Which trained weights ship with the package."""

import difflib
from pathlib import Path
from typing import Any

from micronets.models.flat_weights import load_flat_weights, save_flat_weights

_FOLDER = Path(__file__).with_name("weights")


def weights_path(net: str, weights: str) -> Path:
    """Where the weights of a net, by its name in snake case, are kept."""
    return _FOLDER / f"{net}_{weights}.npy"


def known_weights(net: str) -> list[str]:
    """Names of the weights that there are for a net, by its name in snake case."""
    return sorted(path.stem.removeprefix(f"{net}_") for path in _FOLDER.glob(f"{net}_*.npy"))


def checked_weights(net: str, weights: Any) -> str | None:
    """Refuse weights that do not ship.

    Raises:
        ValueError: There are none of this name; names those that there are.
    """
    known = known_weights(net)
    if weights is None or weights in known:
        return weights  # type: ignore[no-any-return]
    near = difflib.get_close_matches(str(weights), known, n=1)
    there = ", ".join(map(repr, known)) or "none for this net"
    hint = f"did you mean {near[0]!r}?" if near else f"there are {there}"
    raise ValueError(
        f"weights must be None or the name of weights that ship, received {weights!r}; {hint}. "
        "Weights of your own are read by net.load_weights(path)"
    )


def load_pretrained(model: Any, net: str, weights: str) -> None:
    """Give a Keras model weights that ship.

    Raises:
        InstallationError: The installed package lacks them, or they are damaged.
    """
    load_flat_weights(model, weights_path(net, weights))


def save_pretrained(model: Any, net: str, weights: str) -> Path:
    """Write the weights of a Keras model to where `load_pretrained` finds them."""
    return save_flat_weights(model, weights_path(net, weights))
