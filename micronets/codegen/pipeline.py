"""From a Keras model to files: the compiler's front door."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micronets.codegen.choose import choose, smallest_stream
from micronets.codegen.detector import Detector
from micronets.codegen.emit import EmitOptions, check_options, emit_header
from micronets.codegen.export import Export
from micronets.codegen.frontend import build_graph, read_model
from micronets.codegen.graph import FloatArray, Graph
from micronets.codegen.observers import DEFAULT_OBSERVER, OBSERVERS
from micronets.codegen.passes import FLOAT_PASSES, run_passes
from micronets.codegen.passes.detect_heads import detect_heads
from micronets.codegen.passes.order_nodes import order_nodes
from micronets.codegen.passes.pad_rows import pad_rows
from micronets.codegen.passes.remove_dead_channels import remove_dead_channels
from micronets.codegen.passes.unroll_tiles import unroll_tiles
from micronets.codegen.quantize import Sample, calibration_sample, quantize
from micronets.codegen.schedule import Schedule, make_schedule
from micronets.errors import RamBudgetError, ShapeError

_BATCH = 64

LONGEST_SIDE = 65_535
"""Height, width or channels of a map (`micronets::Size`)."""


def export_cpp(
    model: Any, path: str | os.PathLike[str], *, class_name: str | None = None, **options: Any
) -> Export:
    """Writes a Keras model as one C++ header.

    Args:
        model: A built `keras.Model` (Sequential or functional) with one input, or a net of the zoo.
        path: Where the header goes; an existing file is replaced whole or not at all.
        class_name: Name of the C++ class; by default the model's name in CamelCase.
        **options: See `compile_model`.

    Returns:
        The export; it prints as the layer table, and verifies and measures itself.

    Raises:
        ModelError: The model cannot be compiled; lists every offending layer.
        ValueError: An argument is wrong; lists all of them.
        OSError: The file cannot be written.

    Example:
        ```python
        export = micronets.export_cpp(model, "model.h", labels=["no", "yes"])
        print(export)
        print(export.verify(test_images))
        ```
    """
    options.setdefault("file_name", os.path.basename(path))
    export = compile_model(model, class_name=class_name, **options)
    return export.save(path)


def compile_model(
    model: Any,
    *,
    class_name: str | None = None,
    file_name: str | None = None,
    labels: Sequence[str] | None = None,
    pixel_scale: float | None = None,
    pixel_offset: float | None = None,
    dtype: str = "float32",
    memory: str | None = None,
    ram_budget: int | None = None,
    calibration: Any = None,
    observer: str = DEFAULT_OBSERVER,
    detector: Detector | None = None,
) -> Export:
    """Compiles a model without writing a file.

    Args:
        model: As for `export_cpp`.
        class_name: Name of the C++ class; by default the model's name in CamelCase.
        file_name: Name that the header's usage example includes; by default the class's name.
        labels: Names of the classes, for `net.name(label)`.
        pixel_scale: `predict(const uint8_t*)` reads `value * pixel_scale + pixel_offset`; by
            default 1/255, and 1 for a model that begins with Rescaling.
        pixel_offset: See `pixel_scale`; 0 by default.
        dtype: "float32" or "int8".
        memory: "pingpong", which holds whole maps, or "stream", which holds the rows that are
            still needed and takes the image row by row. By default whole maps or, where these do
            not fit into `ram_budget`, rows.
        ram_budget: Bytes of RAM that the C++ object may take, and the fastest schedule that fits
            is chosen. Without one a stream is as small as it can be.
        calibration: For int8: images like those that the net will see, `(count, *input shape)`,
            floats as trained on or uint8 pixels; or `(images, labels)`, and the receipt says what
            int8 costs in accuracy. A net of the zoo keeps some of its training images.
        observer: How ranges follow from calibration: "minmax", "percentile" or "mse".
        detector: For a model whose outputs are offsets of boxes and scores, prior by prior: where
            its priors lie. The class then hands out boxes. A face net passes its own.

    Returns:
        The export; `save` writes it.

    Raises:
        ModelError: The model cannot be compiled.
        ShapeError: A map is larger than a parameter struct can say.
        RamBudgetError: No schedule fits into `ram_budget`; says what would.
        QuantizationError: Calibration images are missing or unusable.
        ValueError: An argument is wrong.
    """
    _check_choice("dtype", dtype, ("float32", "int8"))
    if memory is not None:
        _check_choice("memory", memory, ("pingpong", "stream"))
    _check_budget(ram_budget)
    _check_choice("observer", observer, tuple(OBSERVERS))
    keras_model = getattr(model, "model", model)
    imported = build_graph(read_model(keras_model))
    if detector is not None:
        _check_detector(detector)
        imported = detect_heads(imported, detector)
    graph = order_nodes(run_passes(FLOAT_PASSES, imported))
    rescaled = (graph.input_scale, graph.input_offset) != (1.0, 0.0)
    default_scale = 1.0 if rescaled else 1 / 255
    options = check_options(
        graph,
        class_name,
        file_name,
        labels,
        default_scale if pixel_scale is None else pixel_scale,
        0.0 if pixel_offset is None else pixel_offset,
    )
    receipt = None
    if dtype == "int8":
        sample = calibration_sample(graph, options.class_name, calibration)
        pixel = (options.pixel_scale, options.pixel_offset)
        graph, receipt = quantize(graph, pixel, sample, observer)
    graph, removed = remove_dead_channels(graph)
    schedule = make_schedule(unroll_tiles(pad_rows(graph)))
    _refuse_long_sides(schedule)
    try:
        choice = choose(schedule, memory, ram_budget)
    except RamBudgetError as error:
        raise RamBudgetError(f"{error}{_in_int8(graph, options, ram_budget)}") from None
    header = emit_header(choice.schedule, choice.plan, options, removed, choice.stream)
    return Export(header, schedule, options, _keras_reference(keras_model), receipt, choice=choice)


def _check_detector(detector: Any) -> None:
    if not isinstance(detector, Detector):
        raise ValueError(
            "detector must be a Detector, such as Detector(steps=(8, 16), sides=(16, 32)). "
            f"Received: {detector!r}"
        )


def _in_int8(graph: Graph, options: EmitOptions, ram_budget: int | None) -> str:
    """What a float32 net would take as an int8 stream; calibration moves no buffer."""
    if graph.is_int8:
        return ""
    noise = np.random.default_rng(0).integers(0, 256, (8, *graph.input.shape), np.uint8)
    pixel = (options.pixel_scale, options.pixel_offset)
    lowered, _ = quantize(graph, pixel, Sample(noise), "minmax")
    ram = smallest_stream(make_schedule(pad_rows(lowered))).ram
    fits = "which fits" if ram <= (ram_budget or 0) else "which does not fit either"
    return f' With dtype="int8" and memory="stream" it takes {ram:,} B, {fits}.'


def _check_budget(ram_budget: int | None) -> None:
    whole = isinstance(ram_budget, int) and not isinstance(ram_budget, bool)
    if ram_budget is not None and not (whole and ram_budget > 0):
        raise ValueError(
            f"ram_budget must be a positive number of bytes, such as 20_480. Received: "
            f"{ram_budget!r}"
        )


def _refuse_long_sides(schedule: Schedule) -> None:
    """Parameter structs hold sides in 16 bits; only a dense layer reads any number of inputs."""
    long: dict[str, str] = {}
    for step in schedule.steps:
        is_dense = all(call.struct.startswith("Dense") for call in step.calls)
        for tensor in (step.node.output, *(() if is_dense else step.inputs)):
            if max(tensor.map_shape) > LONGEST_SIDE:
                long[tensor.name] = "x".join(map(str, tensor.shape))
    if long:
        lines = "\n".join(f"  {name}: {shape}" for name, shape in long.items())
        raise ShapeError(
            f"model {schedule.graph.name!r} has sides of more than {LONGEST_SIDE:,} values, which "
            f"no parameter struct holds:\n{lines}\n"
            "Let a Dense layer read the map behind Flatten directly, or pool the map before it."
        )


def _check_choice(argument: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        choices = " or ".join(repr(choice) for choice in known)
        raise ValueError(f"{argument} must be {choices} in this release. Received: {value!r}")


def _keras_reference(model: Any) -> Callable[[FloatArray], list[FloatArray]]:
    """Keras's own answer: `(count, *input shape)` to one array per head."""

    def predict(x: FloatArray) -> list[FloatArray]:
        parts = [
            _flat(model(x[start : start + _BATCH], training=False))
            for start in range(0, len(x), _BATCH)
        ]
        return [np.concatenate(heads) for heads in zip(*parts, strict=True)]

    return predict


def _flat(outputs: Any) -> list[FloatArray]:
    """Tensors of any backend, however nested, as a list of arrays."""
    if isinstance(outputs, dict):
        return [array for value in outputs.values() for array in _flat(value)]
    if isinstance(outputs, (list, tuple)):
        return [array for value in outputs for array in _flat(value)]
    tensor = outputs.detach().cpu() if hasattr(outputs, "detach") else outputs
    return [np.asarray(tensor, np.float32)]
