"""The RNNPool face nets in plain numpy, to compare with: no Keras layer computes anything here."""

from __future__ import annotations

from typing import Any

import numpy as np
from rnnpool_reference import rnnpool


def _weights(model: Any, name: str) -> list[np.ndarray]:
    return [np.asarray(w, np.float64) for w in model.get_layer(name).get_weights()]


def _windows(x: np.ndarray, stride: int) -> np.ndarray:
    """3x3 windows (rows, columns, 3, 3, channels) of a map with one zero on every side."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
    return windows[::stride, ::stride].transpose(0, 1, 3, 4, 2)


def _batch_norm(model: Any, name: str, x: np.ndarray) -> np.ndarray:
    gamma, beta, mean, variance = _weights(model, f"{name}_batch_norm")
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


def _relu6(x: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(x, 0), 6)


def _bottleneck(model: Any, name: str, x: np.ndarray, stride: int) -> np.ndarray:
    (expand,) = _weights(model, f"{name}_expand")
    y = _relu6(_batch_norm(model, f"{name}_expand", x @ expand[0, 0]))
    (depthwise,) = _weights(model, f"{name}_depthwise")
    y = np.einsum("yxijc,ijc->yxc", _windows(y, stride), depthwise[..., 0])
    y = _relu6(_batch_norm(model, f"{name}_depthwise", y))
    (project,) = _weights(model, f"{name}_project")
    y = _batch_norm(model, f"{name}_project", y @ project[0, 0])
    return x + y if x.shape == y.shape else y


def _head(model: Any, name: str, x: np.ndarray) -> np.ndarray:
    kernel, bias = _weights(model, name)
    return np.einsum("yxijc,ijco->yxo", _windows(x, 1), kernel) + bias


def face_net(net: Any, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`loc` (priors, 4) and `conf` (priors, 2) of a net for one image (height, width, 1)."""
    model = net.model
    (stem,) = _weights(model, "stem")
    x = np.einsum("yxijc,ijco->yxo", _windows(image.astype(np.float64), 2), stem)
    x = rnnpool(model.get_layer("rnnpool"), _relu6(_batch_norm(model, "stem", x)))
    locs, confs, block = [], [], 0
    for head, stage in enumerate(net.stages, start=1):
        for index in range(stage.count):
            block += 1
            x = _bottleneck(model, f"block_{block}", x, 1 if index else stage.stride)
        y = x
        if head < 4:
            (gamma,) = _weights(model, f"head_{head}_l2norm")
            y = gamma * x / (np.sqrt((x**2).sum(axis=-1, keepdims=True)) + 1e-10)
        conf = _head(model, f"head_{head}_conf", y)
        if head == 1:
            conf = np.stack([conf[..., :3].max(axis=-1), conf[..., 3]], axis=-1)
        locs.append(_head(model, f"head_{head}_loc", y).reshape(-1, 4))
        confs.append(conf.reshape(-1, 2))
    return np.concatenate(locs), np.concatenate(confs)
