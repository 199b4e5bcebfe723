"""What quantization did to a net, measured on the calibration images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micronets.codegen.detections import find_detections, maps_of
from micronets.codegen.graph import Array, FloatArray, Graph
from micronets.codegen.interpreter import trace, trace_codes
from micronets.codegen.numerics import HIGHEST, LOWEST, Int8Array
from micronets.codegen.ops.detect_head import detector_heads
from micronets.detection.agreement import (
    MARGIN,
    USUAL_THRESHOLD,
    Agreement,
    detection_agreement,
)

_SILENT = 200.0
"""Decibels of a layer that int8 represents exactly."""


@dataclass(frozen=True)
class LayerNoise:
    """One layer of the int8 net beside float32.

    Args:
        layer: Name of the node.
        snr: Signal-to-noise ratio in decibels.
        saturation: Share of values that lie outside the range of its codes.
    """

    layer: str
    snr: float
    saturation: float


@dataclass(frozen=True)
class Receipt:
    """The int8 net beside the float32 net.

    Args:
        images: How many images were compared.
        agreement: Share of images that get the same label.
        layers: Every layer, in order.
        accuracy_float: Share of right labels in float32; None where no labels were given.
        accuracy_int8: The same in int8.
        detections: Of a detector: how many detections float32 and int8 have in common; its
            `agreement` is their share.
    """

    images: int
    agreement: float
    layers: tuple[LayerNoise, ...]
    accuracy_float: float | None = None
    accuracy_int8: float | None = None
    detections: Agreement | None = None

    @property
    def worst(self) -> LayerNoise:
        """The layer with the least signal-to-noise ratio."""
        return min(self.layers, key=lambda layer: layer.snr)

    @property
    def saturation(self) -> float:
        """The largest share of saturated values of any layer."""
        return max(layer.saturation for layer in self.layers)

    def __str__(self) -> str:
        lines = [f"int8    {self.agreement:>11.1%}    same label as float32, {self.images} images"]
        if self.detections is not None:
            lines = [
                f"int8    {self.agreement:>11.1%}    of {self.detections.counted} detections are "
                f"those of float32, {self.images} images; {self.detections.excluded} near the "
                "threshold left out"
            ]
        if self.accuracy_float is not None and self.accuracy_int8 is not None:
            lines.append(
                f"accuracy {self.accuracy_int8:>10.1%}    in int8, "
                f"{self.accuracy_float:.1%} in float32"
            )
        worst = self.worst
        lines.append(
            f"noise   {worst.snr:>8.1f} dB    signal to noise of the worst layer, {worst.layer}; "
            f"at most {self.saturation:.2%} of a layer saturated"
        )
        return "\n".join(lines)


def write_receipt(
    real: Graph,
    lowered: Graph,
    images: FloatArray,
    codes: Int8Array,
    labels: npt.NDArray[np.int64] | None = None,
) -> Receipt:
    """Runs both nets and compares every layer.

    Args:
        real: The float graph.
        lowered: The same graph in int8.
        images: Images as trained on, `(count, *input shape)`.
        codes: The same images as the int8 net reads them.
        labels: The right labels `(count,)`, where they are known.
    """
    expected, actual = trace(real, images), trace_codes(lowered, codes)
    layers = []
    heads = detector_heads(lowered)
    for node in lowered.nodes:
        if node in heads:  # Its output is a by-product.
            continue
        quantization, values = node.output.quant, expected[node.name].astype(np.float64)
        noise = quantization.dequantize(actual[node.name]) - values
        power, error = float((values**2).mean()), float((noise**2).mean())
        snr = 10 * np.log10(max(power, 1e-30) / error) if error else _SILENT
        lowest, highest = quantization.dequantize([LOWEST - 0.5, HIGHEST + 0.5])
        outside = (values < lowest) | (values > highest)
        layers.append(LayerNoise(node.name, float(snr), float(outside.mean())))
    if heads:
        agreement = _detection_agreement(real, lowered, expected, actual)
        return Receipt(len(images), agreement.share, tuple(layers), detections=agreement)
    before = _labels(expected[real.outputs[0]].reshape(len(images), -1))
    head = lowered.tensor(lowered.outputs[0])
    after = _labels(head.quant.dequantize(actual[head.name]).reshape(len(images), -1))
    return Receipt(
        len(images),
        float((before == after).mean()),
        tuple(layers),
        None if labels is None else float((before == labels).mean()),
        None if labels is None else float((after == labels).mean()),
    )


def _detection_agreement(
    real: Graph, lowered: Graph, expected: Mapping[str, Array], actual: Mapping[str, Array]
) -> Agreement:
    least = USUAL_THRESHOLD - MARGIN
    found = [
        [find_detections(graph, maps, least) for maps in maps_of(graph, values)]
        for graph, values in ((real, expected), (lowered, actual))
    ]
    return detection_agreement(*found)


def _labels(outputs: FloatArray) -> npt.NDArray[np.int64]:
    if outputs.shape[1] == 1:
        return (outputs[:, 0] >= 0.5).astype(np.int64)
    return np.asarray(outputs.argmax(axis=1), np.int64)
