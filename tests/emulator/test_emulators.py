"""The same answers on the chips: Cortex-M and RISC-V under QEMU, AVR under simavr."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from e2e_models import MODELS, zoo_net
from header_batch import images_for, pixels_for
from keras_nets import L, sequential

from micronets import toolchain
from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model

pytestmark = pytest.mark.slow

_CHIPS = (
    "cortex-m0",
    "cortex-m3",
    "cortex-m4",
    "cortex-m7",
    "cortex-m33",
    "cortex-m55",
    "rv32",
)


@pytest.fixture(scope="module")
def pico() -> Export:
    return compile_model(zoo_net("PicoMobileNet"))


def _small_net(**options: object) -> Export:
    """Fits into the 2 KB of an Uno beside one image of bytes."""
    return compile_model(
        sequential(
            (16, 16, 1),
            L.Conv2D(3, 3, strides=2, activation="relu"),
            L.DepthwiseConv2D(3, padding="same", activation="relu"),
            L.SeparableConv2D(4, 3, strides=2, padding="same"),
            L.LeakyReLU(negative_slope=0.1),
            L.MaxPooling2D(2),
            L.Flatten(),
            L.Dense(5, activation="softmax"),
        ),
        class_name="SmallNet",
        **options,
    )


@pytest.mark.parametrize("optimize", ["-O2", "-Os"])
@pytest.mark.parametrize("target", _CHIPS)
def test_pico_agrees_with_keras(target: str, optimize: str, pico: Export, need_target) -> None:
    need_target(target)
    floats = np.random.default_rng(3).random((2, 96, 96, 1), np.float32)
    for images in (floats, pixels_for((96, 96, 1), 2)):
        report = pico.verify(images, target=target, optimize=optimize)
        assert report.ok, f"{optimize}: {report}"


@pytest.mark.parametrize("target", ["cortex-m0-microbit", "avr", "avr-atmega328p"])
def test_small_net_agrees_with_keras(target: str, need_target) -> None:
    need_target(target)
    export = _small_net()
    report = export.verify(pixels_for((16, 16, 1), 3), target=target, optimize="-Os")
    assert report.ok, str(report)


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "rv32", "avr"])
@pytest.mark.parametrize(
    "name", ["BatchNormEverywhere", "Residual", "SeveralHeads", "OddReshapes", "WidePaddings"]
)
def test_every_kind_of_net_agrees_with_keras(name: str, target: str, need_target) -> None:
    need_target(target)
    export = compile_model(MODELS[name](), class_name=name)
    if target == "avr" and export.ram + 4 * export.graph.input.size > 7000:
        images = pixels_for(export.graph.input.shape, 2)
    else:
        images = images_for(export.graph.input.shape, 2)
    report = export.verify(images, target=target, optimize="-Os")
    assert report.ok, str(report)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m0-microbit", "cortex-m4", "rv32"])
def test_misaligned_pixels_can_be_read(
    target: str, dtype: str, tmp_path: Path, need_target
) -> None:
    """A camera's bytes begin where they like; a micro:bit faults on unaligned wide loads."""
    need_target(target)
    pixels = pixels_for((16, 16, 1), 8)
    export = _small_net(**({"dtype": dtype, "calibration": pixels} if dtype == "int8" else {}))
    source = (
        '#include "harness.h"\n#include "SmallNet.h"\nstatic SmallNet net;\n'
        "static uint8_t bytes[257];\nint main() {\n"
        "  if (!harness_read(bytes + 1, 256)) return 1;\n  net.predict(bytes + 1);\n"
        f"  harness_write(net.outputs(), {5 * export.graph.value_bytes});\n  return 0;\n}}\n"
    )
    (tmp_path / "SmallNet.h").write_text(export.header.text, encoding="utf-8")
    program = toolchain.build(target, source, include_dirs=[tmp_path])
    answer = program.run(pixels[0].tobytes()).output
    expected = export.predict(pixels[0])
    if dtype == "int8":
        quant = export.graph.tensor(export.graph.outputs[0]).quant
        np.testing.assert_array_equal(quant.dequantize(np.frombuffer(answer, np.int8)), expected[0])
    else:
        assert np.abs(np.frombuffer(answer, np.float32) - expected[0]).max() < 1e-5


def test_benchmark_counts_and_checks(pico: Export, need_target) -> None:
    need_target("cortex-m4")
    result = pico.benchmark("cortex-m4")
    assert result.instructions and 0 < result.instructions < 10 * pico.macs
    assert result.ram_object == pico.ram
    assert result.max_difference <= 1e-5
    assert result.flash > pico.constants
    assert "PicoMobileNet on cortex-m4 -O2" in str(result)
