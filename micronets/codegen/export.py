"""The result of an export: its figures, its Python twin, its proof and its measurements."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from micronets.codegen.choose import Choice
from micronets.codegen.detection_check import (
    DetectionVerification,
    decoded_detections,
    verify_detections,
)
from micronets.codegen.detections import Maps, find_detections, head_outputs, maps_of
from micronets.codegen.driver import header_outputs, measure_header
from micronets.codegen.emit import EmitOptions, Header
from micronets.codegen.emit.options import has_probabilities
from micronets.codegen.emit.table import Row
from micronets.codegen.figures import export_text
from micronets.codegen.graph import Array, FloatArray, Graph, Tensor
from micronets.codegen.inputs import (
    Images,
    as_trained,
    checked_images,
    input_codes,
    reading_pixels,
)
from micronets.codegen.interpreter import evaluate, evaluate_codes, trace, trace_codes
from micronets.codegen.layer_trace import first_difference, header_trace
from micronets.codegen.numerics import Int8Array
from micronets.codegen.ops.detect_head import detector_heads
from micronets.codegen.receipt import Receipt
from micronets.codegen.reports import Benchmark, Verification, compare_outputs
from micronets.codegen.schedule import Schedule
from micronets.detection.detections import Detections
from micronets.files import write_atomically

_BATCH = 16

Reference = Callable[[FloatArray], list[FloatArray]]


@dataclass(frozen=True, eq=False)
class Export:
    """A compiled net.

    Args:
        header: The generated text with its figures.
        schedule: The graph in the order of its kernel calls.
        options: Settings of the header.
        reference: Keras's own answer to float inputs, one array per head.
        receipt: What quantization did to the net; None in float32.
        path: Where the header was written; None before `save`.
        choice: How its RAM is used; `print(export.choice)` draws it in words.
    """

    header: Header
    schedule: Schedule
    options: EmitOptions
    reference: Reference
    receipt: Receipt | None = None
    path: Path | None = None
    choice: Choice | None = None

    @property
    def graph(self) -> Graph:
        """The net as generated."""
        return self.schedule.graph

    @property
    def class_name(self) -> str:
        """Name of the C++ class."""
        return self.options.class_name

    @property
    def is_detector(self) -> bool:
        """True where the class hands out boxes."""
        return bool(detector_heads(self.graph))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The layer table: one row per step, with shapes, MACs, weights and place in RAM."""
        return self.header.rows

    @property
    def ram(self) -> int:
        """Bytes of the C++ object: all the RAM that the net needs but the stack."""
        return self.header.ram

    @property
    def macs(self) -> int:
        """Multiply-accumulates per call."""
        return sum(row.macs for row in self.rows)

    @property
    def constants(self) -> int:
        """Bytes of weights and biases in flash."""
        return self.header.constants

    def save(self, path: str | os.PathLike[str]) -> Export:
        """Writes the header, whole or not at all, and returns the export with its path."""

        def write(name: str) -> None:
            Path(name).write_text(self.header.text, encoding="utf-8", newline="\n")

        return replace(self, path=write_atomically(path, write))

    def predict(self, x: Images) -> FloatArray | list[FloatArray]:
        """Computes in numpy what the header computes.

        Args:
            x: Images `(count, *input shape)`, float as the net was trained on, or uint8 pixels.

        Returns:
            Outputs `(count, *output shape)`; a list of them where the net has several heads. Of a
            detector offsets and scores of all priors, which the header never holds at once.

        Raises:
            DataError: The images do not fit.
        """
        if self.is_detector:
            return head_outputs(self.graph, self.head_maps(self.images(x)))
        outputs = [
            output if tensor.quantization is None else tensor.quant.dequantize(output)
            for output, tensor in zip(self._twin(self.images(x)), self._heads, strict=True)
        ]
        return outputs[0] if len(outputs) == 1 else outputs

    def detect(self, x: Images, threshold: float = 0.5) -> Detections | list[Detections]:
        """Finds in numpy what the header finds; in an int8 net to the bit.

        Args:
            x: An image, or images `(count, *input shape)`; float as the net was trained on, or
                uint8 pixels.
            threshold: The least score, from 0 to 1.

        Returns:
            Boxes in pixels inside the image, best first; a list of them for images.

        Raises:
            DataError: The images do not fit.
            ValueError: The net is no detector.
        """
        found = self.detect_all(x, threshold)
        return found[0] if np.shape(x) == self.graph.input.shape else found

    def detect_all(self, x: Images, threshold: float = 0.5) -> list[Detections]:
        """The same for images `(count, *input shape)`: always a list."""
        if not self.is_detector:
            raise ValueError(
                f"{self.class_name} is no detector: it was exported without detector=..."
            )
        maps = self.head_maps(self.images(x))
        return [find_detections(self.graph, of_image, threshold) for of_image in maps]

    def trace(self, x: Images) -> dict[str, Array]:
        """Every layer's output, by name: floats `(count, *shape)`, or the codes of an int8 net."""
        images = self.images(x)
        if self.graph.is_int8:
            return trace_codes(self.graph, self._codes(images))
        return trace(self._reading(images), images.astype(np.float32))

    def trace_cpp(
        self, x: Images, *, target: str = "host", optimize: str = "-O2", timeout: float = 300.0
    ) -> dict[str, Array]:
        """What `trace` gives, computed by the header: compiles it with hooks behind its layers.

        Args:
            x: Images as for `predict`.
            target: Where it runs: "host", or an emulated chip such as "cortex-m4".
            optimize: The compiler's optimization flag.
            timeout: Seconds.

        Raises:
            DataError: The images do not fit.
            ToolchainError: A tool is missing or failed.
        """
        return header_trace(self, self.images(x), target, optimize, timeout)[0]

    def verify(
        self,
        x: Images,
        *,
        target: str = "host",
        optimize: str = "-O2",
        timeout: float = 300.0,
        layers: bool = False,
    ) -> Verification | DetectionVerification:
        """Compiles the header, runs it on images and compares it with Keras.

        An int8 net is compared with its Python twin, and must equal it to the bit. Of a detector
        the best detections are compared, whatever they score.

        Args:
            x: Images as for `predict`.
            target: Where it runs: "host", or an emulated chip such as "cortex-m4".
            optimize: The compiler's optimization flag.
            timeout: Seconds.
            layers: True to compare every layer with the Python twin, too; `.difference` then names
                the first layer and index that differ.

        Returns:
            The comparison; `.ok` says whether every output and label agreed.

        Raises:
            DataError: The images do not fit.
            ToolchainError: A tool is missing or failed.
        """
        images = self.images(x)
        traced: dict[str, Array] = {}
        if layers:
            traced, actual, labels = header_trace(self, images, target, optimize, timeout)
        else:
            actual, labels = header_outputs(self, images, target, optimize, timeout, 0.0)
        if self.is_detector:
            found = decoded_detections(actual, labels)
            difference = first_difference(traced, self.trace(images)) if layers else None
            count = len(self.rows) if layers else 0
            return verify_detections(self, images, found, 0.0, target, count, difference)
        if self.graph.is_int8:
            expected = self._twin(images)
        else:
            expected = self.reference(
                as_trained(images, self.options.pixel_scale, self.options.pixel_offset)
            )
        expected = [array.reshape(len(images), -1) for array in expected]
        result = compare_outputs(
            self.class_name, target, actual, expected, labels, self._has_sigmoid
        )
        if not layers:
            return result
        difference = first_difference(traced, self.trace(images))
        return replace(result, layers=len(self.rows), difference=difference)

    def benchmark(
        self, target: str = "cortex-m4", *, optimize: str = "-O2", x: Images | None = None
    ) -> Benchmark:
        """Compiles the header for a chip, runs it in an emulator and measures one `predict`.

        Args:
            target: One of `micronets.toolchain.targets`, such as "cortex-m0" or "rv32".
            optimize: The compiler's optimization flag; Arduino uses "-Os".
            x: One image `(1, *input shape)`; the first of its kind decides which `predict` is
                called. Random floats by default.

        Returns:
            Instructions, RAM and flash; outputs are compared with the Python twin.

        Raises:
            ToolchainError: A tool is missing or failed.
        """
        if x is None:
            shape = (1, *self.graph.input.shape)
            x = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
        image = self.images(x)[:1]
        expected = [array.reshape(1, -1) for array in self._twin(image)]
        return measure_header(self, image, expected, target, optimize)

    def images(self, x: Images) -> Images:
        """Checks images and gives them the shape `(count, *input shape)`."""
        return checked_images(x, self.graph.input.shape, self.class_name)

    @property
    def _has_sigmoid(self) -> bool:
        size = self.graph.tensor(self.graph.outputs[0]).size
        return size == 1 and has_probabilities(self.graph)

    @property
    def _heads(self) -> list[Tensor]:
        return [self.graph.tensor(name) for name in self.graph.outputs]

    def _codes(self, images: Images) -> Int8Array:
        return input_codes(images, self.options.pixel_scale, self.options.pixel_offset)

    def _reading(self, images: Images) -> Graph:
        if images.dtype != np.uint8:
            return self.graph
        return reading_pixels(self.graph, self.options.pixel_scale, self.options.pixel_offset)

    def head_maps(self, images: Images) -> list[Maps]:
        """The maps of a detector's heads for each image, a few images at a time."""
        parts = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
        return [maps for part in parts for maps in maps_of(self.graph, self.trace(part))]

    def _twin(self, images: Images) -> list[Array]:
        """What the header's `outputs()` holds: floats, or the codes of an int8 net."""
        if self.graph.is_int8:
            return list(evaluate_codes(self.graph, self._codes(images)))
        return list(evaluate(self._reading(images), images.astype(np.float32)))

    def __str__(self) -> str:
        return export_text(self)
