"""Runs the cases, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from micronets.bench.cases import Case, random_image
from micronets.bench.records import Record
from micronets.bench.zoo import ZooFigures
from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.errors import ToolchainError
from micronets.models import create_model, model_card
from micronets.toolchain import find_target
from micronets.toolchain.commands import execute_or_raise

NUM_CLASSES = 10
_CALIBRATION_IMAGES = 16


@cache
def export_of(net: str, is_int8: bool = False) -> Export:
    """The net with the weights of seed 0, compiled.

    Without batch normalization, as the peers' nets: the same parameters, the same work.
    """
    model = create_model(f"{net}_mobilenet", NUM_CLASSES, batch_norm=False, seed=0)
    options: dict[str, Any] = {"class_name": type(model).__name__}
    if is_int8:
        shape = (_CALIBRATION_IMAGES, *model.input_shape)
        pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
        options.update(dtype="int8", calibration=pixels)
    return compile_model(model, **options)


@cache
def compiler_version(target: str) -> str:
    """The first line that the target's compiler prints about itself, without its path."""
    compiler = find_target(target).compiler
    text = execute_or_raise([compiler, "--version"], purpose=f"ask {compiler}", timeout=60)
    return text.splitlines()[0].strip()


def measure(case: Case) -> Record:
    """Runs one case.

    Raises:
        ToolchainError: A tool is missing or failed.
        VerificationError: The outputs are wrong.
    """
    export = export_of(case.net, case.input == "int8")
    image = random_image(export.graph.input.shape, case.input)
    result = export.benchmark(case.target, optimize=case.optimize, x=image)
    if not result.instructions:
        raise ToolchainError(f"the emulator counted no instructions of {case}; please report it")
    return Record(
        net=case.net,
        target=case.target,
        optimize=case.optimize,
        input=case.input,
        macs=result.macs,
        instructions=result.instructions,
        per_mac=round(result.instructions / result.macs, 3),
        ram_object=result.ram_object,
        ram_stack=result.ram_stack or 0,
        flash=result.flash,
        compiler=compiler_version(case.target),
    )


def measure_all(
    cases: Sequence[Case], jobs: int, tell: Callable[[Record], None] = lambda _: None
) -> list[Record]:
    """Runs cases and calls `tell` after each, in their order.

    Threads are enough: the work is done by compilers and emulators, which are processes.
    """
    for target in {case.target for case in cases}:
        find_target(target).require()
    for net, kind in {(case.net, case.input) for case in cases}:
        export_of(net, kind == "int8")
    records = []
    with ThreadPoolExecutor(jobs) as pool:
        for record in pool.map(measure, cases):
            tell(record)
            records.append(record)
    return records


def measure_zoo(flash: dict[str, int]) -> list[ZooFigures]:
    """The table of `micronets list`, from measured flash by net."""
    figures = []
    for net, flash_bytes in flash.items():
        export, card = export_of(net), model_card(f"{net}_mobilenet")
        figures.append(
            ZooFigures(
                card.name,
                card.net.__name__,
                card.parameters,
                export.macs,
                export.ram,
                flash_bytes,
            )
        )
    return figures
