"""cpp/bench/predict.cpp counts a header of one's own as `make bench` counts the zoo."""

from __future__ import annotations

from pathlib import Path

from micronets import toolchain
from micronets.bench.cases import random_image
from micronets.bench.measure import export_of

_PROGRAM = Path(__file__).parents[2] / "cpp" / "bench" / "predict.cpp"


def test_counts_what_the_benchmark_counts(cortex_m4, tmp_path) -> None:
    export = export_of("pico", is_int8=True).save(tmp_path / "model.h")
    image = random_image(export.graph.input.shape, "int8")
    program = toolchain.build(
        cortex_m4,
        _PROGRAM,
        include_dirs=[tmp_path],
        optimize="-Os",
        extra_flags=[f"-DNET={export.class_name}", '-DNET_HEADER="model.h"'],
    )
    run = program.run(image.tobytes())
    expected = export.benchmark("cortex-m4", optimize="-Os", x=image).instructions
    assert expected is not None
    assert abs(run.instructions[0] - expected) < 100
    assert int.from_bytes(run.output, "little") == export.predict(image).argmax()
