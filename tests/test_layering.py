"""Imports point one way, modules are about one thing, and the compiler needs no Keras."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT / "micronets"

# From the bottom up; a module may import from its own layer and from those above it in this list.
# The longest matching prefix counts.
_LAYERS = (
    ("_version", "errors", "files", "quiet"),
    (
        "detection.agreement",
        "detection.boxes",
        "detection.detections",
        "detection.nms",
        "detection.pairs",
    ),
    ("codegen.numerics",),
    (
        "codegen",
        "codegen.detector",
        "codegen.graph",
        "codegen.literals",
        "codegen.packing",
        "codegen.observers",
        "codegen.inputs",
        "codegen.quantize_weights",
        "codegen.rows",
        "codegen.ripple",
    ),
    ("codegen.ops",),
    ("codegen.detect_f32", "codegen.detect_s8", "codegen.detections"),
    ("codegen.verifier",),
    ("codegen.frontend", "codegen.interpreter", "codegen.schedule"),
    (
        "codegen.passes",
        "codegen.memory",
        "codegen.rings",
        "codegen.turns",
        "codegen.folds",
        "codegen.calibrate",
        "codegen.quantize",
        "codegen.receipt",
    ),
    ("codegen.stages",),
    ("codegen.stream",),
    ("codegen.partition", "codegen.picture", "codegen.whole_maps"),
    ("codegen.choose",),
    ("codegen.emit",),
    ("toolchain",),
    (
        "codegen.driver",
        "codegen.detection_check",
        "codegen.figures",
        "codegen.reports",
        "codegen.layer_trace",
        "codegen.export",
    ),
    ("codegen.arduino", "codegen.library_folder", "codegen.pipeline"),
    ("data", "detection", "models", "link"),
    ("cli", "bench", "demo", "experiments"),
)
_LEVELS = {name: level for level, names in enumerate(_LAYERS) for name in names}
_MOST_LINES = 300

_MODULES = sorted(_PACKAGE.rglob("*.py"))
_IDS = [str(path.relative_to(_PACKAGE)) for path in _MODULES]
each_module = pytest.mark.parametrize("path", _MODULES, ids=_IDS)


def _name(path: Path) -> str:
    """`codegen.ops.add` for micronets/codegen/ops/add.py; empty for the package itself."""
    parts = path.relative_to(_PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _level(module: str) -> int:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        level = _LEVELS.get(".".join(parts[:length]))
        if level is not None:
            return level
    raise AssertionError(f"micronets.{module} is in no layer; put it into tests/test_layering.py")


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    """Absolute names of what a module imports, anywhere in it but under TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full"
            yield str(node.module), node.lineno
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if _is_module(full):
                    yield full, node.lineno


def _is_module(name: str) -> bool:
    path = _ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@each_module
def test_imports_point_down(path: Path) -> None:
    importer = _name(path)
    if not importer:
        return  # The package loads its names when they are used.
    for imported, line in _imports(path):
        if not imported.startswith("micronets."):
            continue
        module = imported.removeprefix("micronets.")
        assert _level(module) <= _level(importer), (
            f"{path.relative_to(_ROOT)}:{line}: micronets.{importer} imports {imported}, "
            "which stands above it"
        )


@each_module
def test_compiler_imports_no_keras(path: Path) -> None:
    if not _name(path).startswith(("codegen", "toolchain", "errors", "files")):
        return
    foreign = {name.partition(".")[0] for name, _ in _imports(path)}
    assert not foreign & {"keras", "tensorflow", "torch", "jax", "sklearn", "matplotlib"}


def test_compiler_loads_without_keras() -> None:
    code = (
        "import sys; import micronets, micronets.codegen.pipeline, micronets.toolchain; "
        "bad = {'keras', 'tensorflow', 'sklearn'} & set(sys.modules); "
        "assert not bad, bad; assert micronets.export_cpp"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=_ROOT)


@each_module
def test_module_is_short(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") < _MOST_LINES


@each_module
def test_module_says_what_is_in_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), path


def test_nothing_is_called_utils() -> None:
    names = [path.stem for path in (*_MODULES, *(_ROOT / "tests").rglob("*.py"))]
    bad = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
    assert not [name for name in names if name in bad]


def test_every_layer_exists() -> None:
    missing = [name for name in _LEVELS if not _is_module(f"micronets.{name}")]
    assert not missing
