"""The face of the package: what `import micronets` offers, and that nothing else is public."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import micronets
from micronets import errors

_ROOT = Path(__file__).parents[1]

_PUBLIC = (
    "BaseMobileNet",
    "Detector",
    "Export",
    "FastGRNNCell",
    "MicroMobileNet",
    "MicronetsError",
    "MilliMobileNet",
    "MobileNetV2",
    "MobileNetV2RNNPool",
    "NanoMobileNet",
    "PicoMobileNet",
    "RNNPool2D",
    "RNNPoolFaceM4",
    "RNNPoolFaceQVGA",
    "__version__",
    "create_model",
    "export_arduino",
    "export_cpp",
    "grey_from_rgb",
    "grey_from_rgb565",
    "list_models",
    "rgb_from_rgb565",
)


def test_public_names_are_these() -> None:
    assert sorted(micronets.__all__) == sorted(_PUBLIC)
    assert dir(micronets) == sorted(micronets.__all__)


@pytest.mark.parametrize("name", _PUBLIC)
def test_public_name_can_be_used_and_is_documented(name: str) -> None:
    value = getattr(micronets, name)
    if name != "__version__":
        assert inspect.getdoc(value)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'micronets' has no attribute 'Pico'"):
        micronets.Pico  # noqa: B018


def test_version_is_one_file() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+([a-z]+\d*)?", micronets.__version__)
    text = (_ROOT / "micronets" / "_version.py").read_text(encoding="utf-8")
    assert f'"{micronets.__version__}"' in text


def test_import_is_quick_and_loads_no_keras() -> None:
    code = "import micronets, sys; assert not {'keras', 'tensorflow', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=_ROOT)


def test_errors_form_the_tree_that_is_drawn() -> None:
    drawn = re.findall(r"^( *)(?:[├└]─ |│   [├└]─ )?(\w+Error)\b", errors.__doc__ or "", re.M)
    names = {name for _, name in drawn}
    defined = {
        name for name, value in vars(errors).items() if inspect.isclass(value) and name[0] != "_"
    }
    assert defined <= names | set(re.findall(r"\w+Error", errors.__doc__ or ""))
    for name in defined:
        value = getattr(errors, name)
        assert issubclass(value, errors.MicronetsError)
        assert inspect.getdoc(value)


def test_public_functions_say_what_they_take_return_and_raise() -> None:
    for name in ("export_cpp", "export_arduino"):
        document = inspect.getdoc(getattr(micronets, name)) or ""
        for section in ("Args:", "Returns:", "Raises:"):
            assert section in document, f"{name} lacks {section}"


def test_package_carries_types() -> None:
    assert (_ROOT / "micronets" / "py.typed").is_file()
