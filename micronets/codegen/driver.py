"""Small C++ programs around a header, which run it on images and hand back its answers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from micronets import toolchain
from micronets.codegen.detection_check import decoded_detections, refuse_wrong_detections
from micronets.codegen.graph import Array
from micronets.codegen.inputs import Images
from micronets.codegen.literals import float_literal, wrapped
from micronets.codegen.ops.detect_head import attributes_of, detector_heads
from micronets.codegen.reports import TOLERANCE, Benchmark, largest_difference
from micronets.detection.agreement import USUAL_THRESHOLD
from micronets.errors import VerificationError

if TYPE_CHECKING:
    from micronets.codegen.export import Export

_DRIVER = """\
#include "harness.h"
#include "net.h"

static {class_name} net;
{images}
int main() {{
  {loop}
    harness_count_begin();
    const uint16_t label = net.predict(image);
    harness_count_end();
    harness_write(&label, sizeof label);
{heads}
  }}
  return 0;
}}
"""

# A detector's: how many it found, and as many as it could find at most.
_DETECTOR_DRIVER = """\
#include "harness.h"
#include "net.h"

static {class_name} net;
{images}
int main() {{
  {loop}
    harness_count_begin();
    const {class_name}::Detections& found = net.detect(image, {threshold});
    harness_count_end();
    const uint16_t count = static_cast<uint16_t>(found.size());
    harness_write(&count, sizeof count);
    for (int32_t i = 0; i < found.capacity(); ++i) {{
      const micronets::Detection none = {{0, 0, 0, 0, 0.0f}};
      harness_write(i < found.size() ? &found[i] : &none, sizeof none);
    }}
  }}
  return 0;
}}
"""

_DETECTION = np.dtype([("box", "<i2", (4,)), ("score", "<f4")])

# The same program without the net: what it costs is subtracted from the flash figure.
_EMPTY = """\
#include <stdint.h>
#include "harness.h"

{images}
int main() {{
  {loop}
    harness_count_begin();
    harness_count_end();
    harness_write(image, 2);
    harness_write(image, {bytes});
  }}
  return 0;
}}
"""


# Where images come from, and the loop over them: a file, read one by one ...
_READ = ("static {type} image[{size}];\n", "while (harness_read(image, {bytes})) {{")
# ... or flash, on a board whose RAM has no room for an image beside the net.
_STORED = (
    "alignas(4) static const uint8_t images[] = {{\n{data}\n}};\n",
    "for (const uint8_t* next = images; next != images + sizeof images; next += {bytes}) {{\n"
    "    const {type}* const image = reinterpret_cast<const {type}*>(next);",
)


def driver_source(
    export: Export, images: Images, target: str = "", threshold: float = USUAL_THRESHOLD
) -> str:
    """C++ that runs the net on images and writes label and outputs of each, or its detections.

    It reads images of the same type until there are none; where the target's RAM has no room for
    one, it holds these.
    """
    source = _images_of(export, images, target)
    if export.is_detector:
        return _DETECTOR_DRIVER.format(
            class_name=export.class_name, threshold=float_literal(threshold), **source
        )
    sizes = [export.graph.tensor(name).size for name in export.graph.outputs]
    several = len(sizes) > 1
    heads = "\n".join(
        f"    harness_write(net.outputs({head if several else ''}), "
        f"{export.graph.value_bytes * size});"
        for head, size in enumerate(sizes)
    )
    return _DRIVER.format(class_name=export.class_name, heads=heads, **source)


def _images_of(export: Export, images: Images, target: str) -> dict[str, str | int]:
    """What the programs say about their images."""
    size = export.graph.input.size
    is_stored = bool(target) and toolchain.find_target(target).stores_input
    values = {
        "type": "uint8_t" if images.dtype == np.uint8 else "float",
        "size": size,
        "bytes": size * images.dtype.itemsize,
        "data": wrapped(map(str, images.tobytes()), "  ") if is_stored else "",
    }
    declaration, loop = _STORED if is_stored else _READ
    return {
        "images": declaration.format_map(values),
        "loop": loop.format_map(values),
        "bytes": values["bytes"],
    }


def header_outputs(
    export: Export,
    images: Images,
    target: str,
    optimize: str,
    timeout: float,
    threshold: float = USUAL_THRESHOLD,
) -> tuple[list[Array], npt.NDArray[np.int64]]:
    """Compiles the header and runs it on images.

    Returns:
        One array `(count, values)` per head, and the labels `(count,)`; see `decode`.
    """
    with tempfile.TemporaryDirectory(prefix="micronets-") as folder:
        (Path(folder) / "net.h").write_text(export.header.text, encoding="utf-8")
        driver = driver_source(export, images, target, threshold)
        program = toolchain.build(target, driver, include_dirs=[folder], optimize=optimize)
        run = program.run(images.tobytes(), timeout=timeout)
    return decode(export, run.output, len(images))


def decode(export: Export, output: bytes, count: int) -> tuple[list[Array], npt.NDArray[np.int64]]:
    """Splits what a driver wrote for `count` images into heads and labels.

    Of a detector the only head are corners and score of each detection, `(count, most, 5)`, and the
    labels say how many there are.
    """
    if export.is_detector:
        detector = attributes_of(detector_heads(export.graph)[0]).detector
        record = np.dtype([("label", "<u2"), ("found", _DETECTION, (detector.max_detections,))])
        records = _records(export, output, count, record)
        boxes, scores = records["found"]["box"], records["found"]["score"]
        rows = np.concatenate([boxes.astype(np.float32), scores[..., np.newaxis]], axis=-1)
        return [rows], records["label"].astype(np.int64)
    sizes = [export.graph.tensor(name).size for name in export.graph.outputs]
    value = "<f4" if export.graph.value_bytes == 4 else "i1"
    record = np.dtype(
        [("label", "<u2"), *((f"head{i}", value, (size,)) for i, size in enumerate(sizes))]
    )
    records = _records(export, output, count, record)
    heads = [np.array(records[f"head{i}"]) for i in range(len(sizes))]
    return heads, records["label"].astype(np.int64)


def _records(export: Export, output: bytes, count: int, record: np.dtype[Any]) -> npt.NDArray[Any]:
    if len(output) != count * record.itemsize:
        raise VerificationError(
            f"the program around {export.class_name} wrote {len(output)} bytes; "
            f"{count * record.itemsize} were expected for {count} images."
        )
    return np.frombuffer(output, record)


def _checked_difference(
    export: Export, actual: Sequence[Array], expected: Sequence[Array], place: str
) -> float:
    difference = largest_difference(actual, expected)
    largest = max(1.0, *(float(np.abs(e).max()) for e in expected))
    allowed = 0.0 if export.graph.is_int8 else TOLERANCE * largest
    if not difference <= allowed:
        raise VerificationError(
            f"{export.class_name} on {place} differs from Python by {difference:.2e}; "
            f"{allowed:.0e} is allowed. Please report it with the model."
        )
    return difference


def measure_header(
    export: Export, image: Images, expected: Sequence[Array], target: str, optimize: str
) -> Benchmark:
    """Measures one `predict` and checks its outputs, `expected` being `(1, values)` per head."""
    with tempfile.TemporaryDirectory(prefix="micronets-") as folder:
        (Path(folder) / "net.h").write_text(export.header.text, encoding="utf-8")
        driver = driver_source(export, image, target)
        program = toolchain.build(target, driver, include_dirs=[folder], optimize=optimize)
        empty_text = _EMPTY.format(**_images_of(export, image, target))
        empty = toolchain.build(target, empty_text, optimize=optimize)
        run = program.run(image.tobytes())
    actual, labels = decode(export, run.output, 1)
    difference = 0.0
    if export.is_detector:
        found = decoded_detections(actual, labels)
        refuse_wrong_detections(export, image, found, USUAL_THRESHOLD, f"{target} {optimize}")
    else:
        difference = _checked_difference(export, actual, expected, f"{target} {optimize}")
    return Benchmark(
        class_name=export.class_name,
        target=target,
        optimize=optimize,
        macs=export.macs,
        instructions=run.instructions[0] if run.instructions else None,
        cycles=run.cycles[0] if run.cycles else None,
        ram_object=export.ram,
        ram_stack=run.stack_bytes,
        flash=program.sizes.flash - empty.sizes.flash,
        max_difference=difference,
    )
