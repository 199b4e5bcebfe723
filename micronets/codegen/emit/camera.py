"""The functions of the class that take a colour camera's pixels as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from micronets.codegen.emit.lines import wrapped_call
from micronets.codegen.graph import Graph
from micronets.codegen.ops.window import WindowAttributes
from micronets.codegen.schedule import Schedule, Step


@dataclass(frozen=True)
class CameraFunction:
    """One `predict_...` of the class.

    Args:
        comment: What it reads, in the class.
        signature: Name and parameter.
        call: What it runs.
    """

    comment: str
    signature: str
    call: str

    @property
    def name(self) -> str:
        """Without its parameter."""
        return self.signature.partition("(")[0]

    @property
    def detect(self) -> str:
        """What a detector calls it."""
        return self.name.replace("predict", "detect")

    @property
    def parameter(self) -> str:
        """Its parameter."""
        return self.signature.partition("(")[2].removesuffix(")")

    @property
    def argument(self) -> str:
        """The name of its parameter."""
        return self.parameter.split()[-1]


def camera_functions(schedule: Schedule, reader: str) -> tuple[CameraFunction, ...]:
    """What a net whose input is an image of one or three channels offers beside `predict`.

    Args:
        schedule: The net.
        reader: How bytes in memory are read, in C++.
    """
    graph = schedule.graph
    if not takes_camera(graph):
        return ()
    grey = graph.input.shape[2] == 1
    rows = row_bytes(schedule)
    suffix = ", as grey" if grey else ""
    stack = f"; takes {rows:,} B of stack more" if rows else ""
    values = "Grey565" if grey else "Rgb565"
    rest = "" if grey else ", 0"

    def function(comment: str, signature: str, levels: str) -> CameraFunction:
        arguments = [f"micronets::{levels}", f"{reader})"]
        call = wrapped_call(f"run(micronets::camera<{rows}>", arguments)
        return CameraFunction(comment, signature, call)

    functions = [
        function(
            f"The same for RGB565 from a camera, the higher byte first{suffix}{stack}.",
            "predict_rgb565(const uint8_t* bytes)",
            f"{values}<uint8_t>{{bytes{rest}}}",
        ),
        function(
            f"The same for RGB565 as numbers in the chip's own order of bytes{suffix}.",
            "predict_rgb565_native(const uint16_t* pixels)",
            f"{values}<uint16_t>{{pixels{rest}}}",
        ),
    ]
    if grey:
        functions.append(
            function(
                f"The same for three bytes a pixel: red, green and blue{suffix}.",
                "predict_rgb888(const uint8_t* pixels)",
                "Grey888{pixels}",
            )
        )
    return tuple(functions)


def takes_camera(graph: Graph) -> bool:
    """True where the input is `(height, width, 1)` or `(height, width, 3)`."""
    return len(graph.input.shape) == 3 and graph.input.shape[2] in (1, 3)


def row_bytes(schedule: Schedule) -> int:
    """Bytes of stack that hold rows of the converted image: those under a window of a convolution.

    Other kernels, and those for floats, convert values as they read them.
    """
    return max((_window_bytes(step) for step in _readers(schedule, "conv2d_s8")), default=0)


def _window_bytes(step: Step) -> int:
    height, width, channels = step.inputs[0].map_shape
    attributes = step.node.attributes
    rows = attributes.window[0] if isinstance(attributes, WindowAttributes) else height
    return min(rows, height) * width * channels


def camera_headers(schedule: Schedule) -> set[str]:
    """The kernel headers that these functions need."""
    if not takes_camera(schedule.graph):
        return set()
    headers = {"micronets/core/camera.h"}
    if any(_readers(schedule, "conv2d_s8")):
        headers.add("micronets/core/camera_conv2d_s8.h")
    if any(_readers(schedule, "conv2d_3x3_f32")) and schedule.graph.input.shape[2] == 1:
        headers.add("micronets/core/camera_f32.h")
    return headers


def _readers(schedule: Schedule, function: str) -> Iterator[Step]:
    """The steps that read the caller's image by a kernel."""
    image = schedule.graph.input.name
    for step in schedule.steps:
        calls_it = any(call.function == function for call in step.calls)
        if calls_it and any(schedule.homes[name] == image for name in step.node.inputs):
            yield step
