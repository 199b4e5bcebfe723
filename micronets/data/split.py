"""Cuts labelled data in two so that both parts hold every class in proportion."""

import numpy as np


def stratified_split(
    labels: np.ndarray, fraction: float, *, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Pick the indices of a large and a small part, class by class.

    A class never loses its last example to the small part, so a class of one stays whole in
    the large part.

    Args:
        labels: Class of every example, shape (count,).
        fraction: Share of the small part, in (0, 1).
        seed: Same seed, same split.

    Returns:
        Sorted indices of the large part and of the small part.

    Raises:
        ValueError: If `fraction` is not in (0, 1) or `labels` has more than one dimension.

    Example:
        >>> large, small = stratified_split(np.repeat([0, 1], 50), 0.2)
        >>> len(large), len(small)
        (80, 20)
    """
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise ValueError(f"labels must have one dimension, received shape {labels.shape}")
    if not 0 < fraction < 1:
        raise ValueError(f"fraction must lie between 0 and 1, received {fraction!r}")
    random = np.random.default_rng(seed)
    small = []
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        count = min(round(len(members) * fraction), len(members) - 1)
        small.append(members[:count])
    is_small = np.zeros(len(labels), bool)
    is_small[np.concatenate(small) if small else []] = True
    return np.flatnonzero(~is_small), np.flatnonzero(is_small)
