"""Arguments of an export: what is refused, what is filled in, and files whole or absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_nets import L, sequential

from micronets import export_cpp
from micronets.codegen.export import Export
from micronets.codegen.pipeline import compile_model
from micronets.errors import DataError, ModelError


def _model(name: str = "digit_net", units: int = 3) -> Any:
    return sequential((4, 4, 1), L.Flatten(), L.Dense(units, activation="softmax"), name=name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_name": "2fast"}, r"class_name must be a C\+\+ name.*Received: '2fast'"),
        ({"class_name": "class"}, r"class_name .*reserved word\. Received: 'class'"),
        ({"class_name": "PIN"}, r"not in capitals alone.*Received: 'PIN'"),
        ({"class_name": ""}, r"class_name .*Received: ''"),
        ({"class_name": "my net"}, r"class_name .*Received: 'my net'"),
        ({"labels": ["a", "b"]}, r"labels must hold 3 names, one per class\. Received: 2"),
        ({"labels": []}, r"labels must hold 3 names, one per class\. Received: 0"),
        ({"labels": "abc"}, r"labels must be a list of strings\. Received: 'abc'"),
        ({"labels": [1, 2, 3]}, r"labels must be a list of strings\. Received: \[1, 2, 3\]"),
        ({"pixel_scale": 0}, r"pixel_scale must be finite and not 0\. Received: 0"),
        ({"pixel_scale": float("nan")}, r"pixel_scale must be finite.*Received: nan"),
        ({"pixel_offset": float("inf")}, r"pixel_offset must be finite\. Received: inf"),
        ({"dtype": "int4"}, r"dtype must be .*Received: 'int4'"),
        ({"memory": "heap"}, r"memory must be .*Received: 'heap'"),
    ],
)
def test_bad_argument_is_named_with_what_was_received(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compile_model(_model(), **options)


def test_every_bad_argument_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"(?s)class_name.*labels.*pixel_scale.*pixel_offset"):
        compile_model(
            _model(), class_name="1", labels=["a"], pixel_scale=0, pixel_offset=float("nan")
        )


@pytest.mark.parametrize(
    ("name", "expected"),
    [("digit_net", "DigitNet"), ("MNIST", "MNISTNet"), ("3 nets", "Net3Nets"), ("x", "X")],
)
def test_class_is_named_after_the_model(name: str, expected: str) -> None:
    assert compile_model(_model(name)).class_name == expected


def test_pixels_are_divided_by_255_unless_the_model_rescales() -> None:
    plain = compile_model(_model()).options
    assert (plain.pixel_scale, plain.pixel_offset) == (1 / 255, 0)
    rescaling = sequential((4, 4, 1), L.Rescaling(1 / 255), L.Flatten(), L.Dense(2))
    options = compile_model(rescaling).options
    assert (options.pixel_scale, options.pixel_offset) == (1, 0)
    chosen = compile_model(rescaling, pixel_scale=0.5, pixel_offset=-1).options
    assert (chosen.pixel_scale, chosen.pixel_offset) == (0.5, -1)


def test_single_sigmoid_has_two_labels() -> None:
    model = sequential((4,), L.Dense(1, activation="sigmoid"))
    assert compile_model(model, labels=["no", "yes"]).options.labels == ("no", "yes")


# ---- Files --------------------------------------------------------------------------------------


def test_file_holds_the_header(tmp_path: Path) -> None:
    export = export_cpp(_model(), tmp_path / "new" / "folder" / "model.h")
    assert export.path == tmp_path / "new" / "folder" / "model.h"
    assert export.path.read_bytes() == export.header.text.encode("ascii")
    assert f"written {export.path}" in str(export)


@pytest.mark.parametrize("failure", ["model", "argument"])
def test_failing_export_leaves_the_old_file_and_nothing_else(tmp_path: Path, failure: str) -> None:
    path = tmp_path / "model.h"
    path.write_text("the old one", encoding="utf-8")
    if failure == "model":
        bad = sequential((4, 4), L.LSTM(2), L.Dense(2))
        with pytest.raises(ModelError):
            export_cpp(bad, path)
    else:
        with pytest.raises(ValueError, match="labels"):
            export_cpp(_model(), path, labels=["one"])
    assert path.read_text(encoding="utf-8") == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.h"
    path.write_text("the old one", encoding="utf-8")
    export = compile_model(_model())

    def full(self: Path, text: str, **options: Any) -> int:
        with self.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        export.save(path)
    monkeypatch.undo()
    assert path.read_text(encoding="utf-8") == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_failing_export_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="class_name"):
        export_cpp(_model(), tmp_path / "model.h", class_name="no good")
    assert list(tmp_path.iterdir()) == []


# ---- What an Export takes and shows ------------------------------------------------------------


@pytest.fixture(scope="module")
def export() -> Export:
    return compile_model(_model())


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 5, 4, 1), np.float32), r"\(count, 4, 4, 1\)\. Received: \(2, 5, 4, 1\)"),
        (np.zeros((0, 4, 4, 1), np.float32), r"Received: \(0, 4, 4, 1\)"),
        (np.zeros((2, 16), np.float32), r"Received: \(2, 16\)"),
        (np.full((1, 4, 4, 1), np.nan), "finite"),
        (np.array([[["a"] * 4] * 4]), "finite floats or uint8"),
    ],
)
def test_images_that_do_not_fit_are_refused(export: Export, x: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        export.predict(x)


def test_images_may_lack_batch_or_channel_axis(export: Export) -> None:
    x = np.random.default_rng(0).random((2, 4, 4, 1), np.float32)
    whole = export.predict(x)
    np.testing.assert_allclose(export.predict(x[0]), whole[:1], atol=1e-6)
    np.testing.assert_allclose(export.predict(x[..., 0]), whole, atol=1e-6)


def test_pixels_are_scaled_in_predict(export: Export) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 1), dtype=np.uint8)
    floats = (pixels / 255).astype(np.float32)
    np.testing.assert_allclose(export.predict(pixels), export.predict(floats), atol=1e-6)


def test_prints_as_the_layer_table(export: Export) -> None:
    lines = str(export).splitlines()
    assert lines[0].split() == ["layer", "operator", "output", "MACs", "weights", "RAM"]
    assert [row.layer for row in export.rows] == [line.split()[0] for line in lines[1:3]]
    assert lines[3].startswith("total")
    assert f"{export.macs:,}" in lines[3]
    assert any(line.startswith("RAM") and f"{export.ram:,} B" in line for line in lines)
