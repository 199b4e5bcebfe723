"""Runs the cases, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from micronets.bench.cases import FACES, NETS, Case, random_image
from micronets.bench.nets import calibration_pixels, make_net
from micronets.bench.records import Record
from micronets.bench.zoo import ZooFigures
from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.errors import ToolchainError
from micronets.models import model_card
from micronets.models.saved_detector import SavedDetector
from micronets.toolchain import find_target
from micronets.toolchain.commands import execute_or_raise


@cache
def export_of(net: str, is_int8: bool = False, memory: str = "pingpong") -> Export:
    """The net with the weights that it is measured with, compiled as by default otherwise.

    int8 is calibrated with handwritten digits, face detectors with drawn faces.
    """
    model = make_net(net)
    given: dict[str, Any] = {"dtype": "int8"} if is_int8 else {}
    options: dict[str, Any] = {}
    if net in FACES:
        options = SavedDetector(model.model, net).export_options(**given)
    elif is_int8:
        shape = tuple(getattr(model, "model", model).input_shape[1:])
        options["calibration"] = calibration_pixels(shape)
    options |= {**given, "class_name": class_name(net), "memory": memory}
    return compile_model(model, **options)


def class_name(net: str) -> str:
    """The C++ class of a net."""
    if net in NETS:
        return model_card(f"{net}_mobilenet").net.__name__
    return "".join(map(str.capitalize, net.split("_"))) + "Net"


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
    export = export_of(case.net, case.input == "int8", case.memory)
    image = random_image(export.graph.input.shape, case.input)
    result = export.benchmark(case.target, optimize=case.optimize, x=image)
    if not result.instructions:
        raise ToolchainError(f"the emulator counted no instructions of {case}; please report it")
    return Record(
        net=case.net,
        target=case.target,
        optimize=case.optimize,
        input=case.input,
        memory=case.memory,
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
    for net, is_int8, memory in {(case.net, case.input == "int8", case.memory) for case in cases}:
        export_of(net, is_int8, memory)
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
