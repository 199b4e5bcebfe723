"""A small trained-looking model in a file, and the command run inside this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from micronets.cli import main


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A net of 20x20x1 to 3 classes, saved."""
    from micronets import PicoMobileNet

    path = tmp_path_factory.mktemp("cli") / "small.keras"
    PicoMobileNet(3, input_shape=(20, 20, 1), name="small_net").save(path)
    return str(path)


@pytest.fixture(scope="session")
def other_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same net with other weights."""
    from micronets import PicoMobileNet

    path = tmp_path_factory.mktemp("cli") / "other.keras"
    PicoMobileNet(3, input_shape=(20, 20, 1), name="small_net", seed=5).save(path)
    return str(path)


@pytest.fixture
def micronets() -> Callable[..., Result]:
    """Return `micronets(*arguments)`, which gives exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run
