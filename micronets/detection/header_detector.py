"""Runs the `detect` of a generated header on pictures."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from micronets import toolchain
from micronets.detection.detections import Detections
from micronets.detection.pictures import fit_picture
from micronets.errors import VerificationError

# Writes the shape of its input; then, after a threshold, what it finds in each picture until there
# are none.
_PROGRAM = """\
#include "harness.h"
#include "net.h"

static {name} net;
static uint8_t pixels[{name}::input_height() * {name}::input_width() * {name}::input_channels()];

int main() {{
  const uint16_t shape[3] = {{{name}::input_height(), {name}::input_width(),
                             {name}::input_channels()}};
  harness_write(shape, sizeof shape);
  float threshold;
  if (!harness_read(&threshold, sizeof threshold)) return 0;
  while (harness_read(pixels, sizeof pixels)) {{
    const auto& faces = net.detect(pixels, threshold);
    const uint16_t count = static_cast<uint16_t>(faces.size());
    harness_write(&count, sizeof count);
    for (const auto& face : faces) {{
      const float values[5] = {{
          static_cast<float>(face.left), static_cast<float>(face.top),
          static_cast<float>(face.right), static_cast<float>(face.bottom),
          static_cast<float>(face.score)}};
      harness_write(values, sizeof values);
    }}
  }}
  return 0;
}}
"""
_SHAPE_BYTES = 6
_FACE = np.dtype("<f4")
_FACE_VALUES = 5
# Emulated chips take some ten seconds for a picture.
_SECONDS_PER_PICTURE = 60.0


class HeaderDetector:
    """A face detector in a generated header, compiled for this computer or an emulated chip.

    Args:
        text: The header.
        class_name: Its class.
        target: Where it runs: "host", or an emulated chip such as "cortex-m4".
        optimize: The compiler's optimization flag.

    Attributes:
        input_shape: (height, width, channels) of what the net takes.

    Raises:
        ToolchainError: A tool is missing, or the compiler rejects the header.
        VerificationError: The header has no `detect`.
    """

    def __init__(
        self, text: str, class_name: str, *, target: str = "host", optimize: str = "-O2"
    ) -> None:
        if not re.search(r"\bdetect\(", text):
            raise VerificationError(
                f"The header's class {class_name} has no detect(): it was not exported from a face "
                "detector such as RNNPoolFaceM4."
            )
        self._class_name = class_name
        with tempfile.TemporaryDirectory(prefix="micronets-") as folder:
            (Path(folder) / "net.h").write_text(text, encoding="utf-8")
            self._program = toolchain.build(
                target,
                _PROGRAM.format(name=class_name),
                include_dirs=[folder],
                optimize=optimize,
            )
        shape = np.frombuffer(self._program.run().output, "<u2")
        self.input_shape: tuple[int, ...] = tuple(shape.tolist())

    def detect(self, images: Sequence[np.ndarray], threshold: float = 0.5) -> list[Detections]:
        """Find the faces in pictures of any size, scaled as `RNNPoolFaceM4.detect` scales them.

        Args:
            images: uint8, shape (height, width, 3) or (height, width, 1) in grey each.
            threshold: Faces below this score are dropped.

        Returns:
            The faces of each picture in its pixels, best first.

        Raises:
            ToolchainError: The program crashes or takes too long.
        """
        height, width, channels = self.input_shape
        pixels = [fit_picture(image, (height, width), channels) for image in images]
        sent = b"".join(picture.tobytes() for picture in pixels)
        run = self._program.run(
            np.float32(threshold).tobytes() + sent, timeout=_SECONDS_PER_PICTURE * (1 + len(images))
        )
        found = self._read(run.output[_SHAPE_BYTES:], len(images))
        return [
            faces.scaled((height, width), image.shape[:2]).clipped(image.shape[:2])
            for faces, image in zip(found, images, strict=True)
        ]

    def _read(self, output: bytes, pictures: int) -> list[Detections]:
        """Split what the program wrote into the faces of each picture."""
        found, at = [], 0
        for _ in range(pictures):
            count = int.from_bytes(output[at : at + 2], "little")
            at += 2
            end = at + count * _FACE_VALUES * _FACE.itemsize
            if end > len(output):
                raise VerificationError(
                    f"The program around {self._class_name} wrote {len(output)} bytes, too few for "
                    f"{pictures} pictures; is the header whole?"
                )
            values = np.frombuffer(output[at:end], _FACE).reshape(-1, _FACE_VALUES)
            found.append(Detections(values[:, :4], values[:, 4]))
            at = end
        return found
