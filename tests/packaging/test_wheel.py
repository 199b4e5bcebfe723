"""The wheel, built and installed into a fresh environment: nothing is missing, nothing is extra."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from micronets.bench.cases import NETS

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).parents[2]
_COMPILER_NEEDS = ("numpy", "numpy.libs", "jinja2", "markupsafe")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built from a copy so that nothing is left behind in it."""
    source = tmp_path_factory.mktemp("source")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(_ROOT / name, source)
    for name in ("micronets", "cpp"):
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "build")
        shutil.copytree(_ROOT / name, source / name, ignore=ignored)
    target = tmp_path_factory.mktemp("wheel")
    _run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--disable-pip-version-check",
            "--wheel-dir",
            str(target),
            str(source),
        ]
    )
    (built,) = target.glob("micronets-*.whl")
    return built


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the wheel and what the compiler needs, without TensorFlow."""
    folder = tmp_path_factory.mktemp("fresh")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")])
    python = folder / "env" / "bin" / "python"
    packages = Path(_run([str(python), "-c", _WHERE]).strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # No network: the few packages come from the environment of the tests.
    installed = Path(sysconfig.get_path("purelib"))
    for name in _COMPILER_NEEDS:
        if (installed / name).exists():
            (packages / name).symlink_to(installed / name)
    return python


_WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    """What a command prints; it must succeed, outside of this checkout."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "HOME": str(folder or Path.home()),
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_wheel_holds_kernels_templates_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    kernels = _ROOT / "cpp" / "include" / "micronets"
    headers = {f"micronets/_cpp/{p.relative_to(kernels).as_posix()}" for p in kernels.rglob("*.h")}
    templates = {
        p.relative_to(_ROOT).as_posix() for p in (_ROOT / "micronets/templates").rglob("*.jinja")
    }
    support = {
        f"micronets/toolchain/support/{p.name}"
        for p in (_ROOT / "micronets/toolchain/support").iterdir()
        if p.is_file()
    }
    others = {"micronets/py.typed", "micronets/codegen/code_sizes.json"}
    others |= {f"micronets/bench/weights/{net}.npy" for net in NETS}
    others |= {
        p.relative_to(_ROOT).as_posix() for p in (_ROOT / "micronets/models/weights").iterdir()
    }
    assert not (headers | templates | support | others) - names


def test_wheel_holds_every_module_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {p.relative_to(_ROOT).as_posix() for p in (_ROOT / "micronets").rglob("*.py")}
    assert modules == {name for name in names if name.endswith(".py")}
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"micronets"}


def test_compiler_imports_without_tensorflow(fresh: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.util, sys\n"
        "assert importlib.util.find_spec('tensorflow') is None\n"
        "assert importlib.util.find_spec('keras') is None\n"
        "import micronets, micronets.codegen.pipeline, micronets.toolchain\n"
        "assert callable(micronets.export_cpp)\n"
        "print(micronets.__file__)\n"
    )
    assert str(fresh.parents[1]) in _run([str(fresh), "-c", code], tmp_path)


# A model as plain data: what the compiler reads of a Keras model, without Keras.
_EXPORT = """
import sys
import numpy as np
from micronets.codegen.emit import check_options, emit_header
from micronets.codegen.emit.amalgamate import include_root
from micronets.codegen.frontend import KerasModel, build_graph
from micronets.codegen.memory import plan_memory
from micronets.codegen.ops.base import KerasLayer
from micronets.codegen.passes import FLOAT_PASSES, run_passes
from micronets.codegen.schedule import make_schedule

rng = np.random.default_rng(0)
conv = KerasLayer(
    "conv", "Conv2D",
    {"filters": 4, "kernel_size": (3, 3), "strides": (2, 2), "padding": "same",
     "use_bias": False, "activation": "relu"},
    {"kernel": rng.normal(size=(3, 3, 1, 4)).astype(np.float32)}, ("image",), (4, 4, 4))
flat = KerasLayer("flat", "Flatten", {}, {}, ("conv",), (64,))
dense = KerasLayer(
    "dense", "Dense", {"units": 3, "use_bias": True, "activation": "softmax"},
    {"kernel": rng.normal(size=(64, 3)).astype(np.float32), "bias": np.zeros(3, np.float32)},
    ("flat",), (3,))
model = KerasModel("wheel_net", (conv, flat, dense), (("image", (8, 8, 1)),), ("dense",), ())
graph = run_passes(FLOAT_PASSES, build_graph(model))
schedule = make_schedule(graph)
options = check_options(graph, None, None, None, 1 / 255, 0.0)
header = emit_header(schedule, plan_memory(schedule.buffers), options)
open("WheelNet.h", "w").write(header.text)
assert "_cpp" in str(include_root()), include_root()
"""


def test_installed_compiler_writes_a_header_that_compiles(
    fresh: Path, tmp_path: Path, need_target
) -> None:
    target = need_target("host")
    _run([str(fresh), "-c", _EXPORT], tmp_path)
    (tmp_path / "main.cpp").write_text(
        '#include "WheelNet.h"\nstatic WheelNet net;\nstatic uint8_t pixels[64];\n'
        "int main() { return net.predict(pixels) < 3 ? 0 : 1; }\n"
    )
    _run(
        [target.compiler, "-std=c++11", "-Wall", "-Wextra", "-Werror", "main.cpp", "-o", "main"],
        tmp_path,
    )
    _run([str(tmp_path / "main")], tmp_path)


def test_installed_package_exports_a_keras_model(wheel: Path, tmp_path: Path, need_target) -> None:
    """With everything that the package depends on: training side, toolchain and command."""
    need_target("host")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import numpy as np, micronets\n"
        f"assert micronets.__file__.startswith({str(tmp_path)!r}), micronets.__file__\n"
        "net = micronets.PicoMobileNet(4, input_shape=(24, 24, 1))\n"
        "export = net.export_cpp('model.h')\n"
        "assert export.verify(np.random.default_rng(0).random((5, 24, 24, 1), np.float32)).ok\n"
    )
    _run([sys.executable, "-c", code], tmp_path)
    assert "class PicoMobileNet {" in (tmp_path / "model.h").read_text(encoding="utf-8")
