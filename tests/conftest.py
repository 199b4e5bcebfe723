"""What all tests share: seeds, quiet TensorFlow, and targets that skip where a tool is missing.

`make test` as root installs every tool and sets MICRONETS_REQUIRE_TOOLS=1: then a missing tool
fails instead of skipping, so that a skip cannot hide a failure.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

# TensorFlow reads these when it is imported, which the tests below do.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest

from micronets.toolchain import Target, find_target
from micronets.toolchain.arduino import ARDUINO_REQUIREMENTS
from micronets.toolchain.commands import execute_or_raise
from micronets.toolchain.requirements import ESP8266, Requirement, how_to_install, unmet

_SEED = 20240607
_ESP8266_STUBS = Path(__file__).parent / "esp8266"

# Warnings of other people's code that we cannot act on; everything else is an error.
_THIRD_PARTY_WARNINGS = (
    # Keras asks TensorFlow's variables for their values in a way that numpy 2 deprecates.
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the exceptions to `filterwarnings = error`."""
    for line in _THIRD_PARTY_WARNINGS:
        config.addinivalue_line("filterwarnings", line)


def _need(requirements: Iterable[Requirement], what: str) -> None:
    """Skip the test where a tool is missing; fail it where tools are promised."""
    lacking = unmet(requirements)
    if not lacking:
        return
    names = ", ".join(requirement.description for requirement in lacking)
    reason = f"{what} needs {names}. {how_to_install(lacking)}"
    if os.environ.get("MICRONETS_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{reason} (MICRONETS_REQUIRE_TOOLS=1 forbids skipping)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def need_tools() -> Callable[[Iterable[Requirement], str], None]:
    """Return `need(requirements, what)`, which skips or fails the test where tools are missing."""
    return _need


@pytest.fixture(scope="session")
def need_target() -> Callable[[str], Target]:
    """Return `need_target(name)`, which gives the target, or skips (or fails) the test."""

    def need_target(name: str) -> Target:
        target = find_target(name)
        _need(target.requirements, f"target {name}")
        return target

    return need_target


@pytest.fixture
def host(need_target: Callable[[str], Target]) -> Target:
    """Return this computer with g++."""
    return need_target("host")


@pytest.fixture
def cortex_m4(need_target: Callable[[str], Target]) -> Target:
    """Return the emulated board that all figures are quoted for."""
    return need_target("cortex-m4")


@pytest.fixture
def arduino() -> None:
    """Skip (or fail) the test where sketches cannot be built."""
    _need(ARDUINO_REQUIREMENTS, "building a sketch")


@pytest.fixture
def compile_for_esp8266(tmp_path: Path) -> Callable[..., None]:
    """Return `compile(text, include_dirs, standard)`, which raises where lx106 gcc rejects it."""
    _need([ESP8266], "compiling for the ESP8266")

    def compile_text(
        text: str, include_dirs: Sequence[str | Path] = (), standard: str = "gnu++17"
    ) -> None:
        source = tmp_path / "esp8266.cpp"
        source.write_text(text, encoding="utf-8")
        command = [
            ESP8266.tool,
            f"-std={standard}",
            *("-Os", "-mlongcalls", "-mtext-section-literals"),
            *("-fno-exceptions", "-fno-rtti", "-ffunction-sections", "-fdata-sections"),
            *("-Wall", "-Wextra", "-Werror"),
            *("-DESP8266", "-DARDUINO_ARCH_ESP8266", "-DARDUINO=10819", "-ffreestanding"),
            f"-I{_ESP8266_STUBS}",
            *(f"-I{folder}" for folder in include_dirs),
            *("-c", str(source), "-o", str(tmp_path / "esp8266.o")),
        ]
        execute_or_raise(command, purpose="compile for the ESP8266", timeout=300)

    return compile_text


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator of the same numbers in every run."""
    return np.random.default_rng(_SEED)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start every test from the same state, whatever ran before it."""
    random.seed(_SEED)
    np.random.seed(_SEED)
    # Tests that need no Keras must not pay for importing it.
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(_SEED)
