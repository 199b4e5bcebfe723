"""What goes wrong is said in one message, with exit code 2 and no traceback."""

from __future__ import annotations

import numpy as np
import pytest


def _assert_refused(result, *words: str) -> None:
    assert result.exit_code == 2, (result.stdout, result.exception)
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_missing_file(micronets):
    _assert_refused(micronets("report", "nowhere.keras"), "no file 'nowhere.keras'")


def test_broken_file(micronets, tmp_path):
    path = tmp_path / "broken.keras"
    path.write_text("not a model", encoding="utf-8")
    _assert_refused(micronets("report", path), "cannot read", "broken.keras")


def test_truncated_file(micronets, model_file, tmp_path):
    path = tmp_path / "truncated.keras"
    with open(model_file, "rb") as file:
        path.write_bytes(file.read()[:3000])
    _assert_refused(micronets("report", path), "cannot read", "truncated.keras")


def test_unsupported_layer_is_named(micronets, tmp_path):
    import keras

    layers = [keras.Input((8, 8, 1)), keras.layers.Conv2DTranspose(2, 3, name="upwards")]
    path = tmp_path / "upwards.keras"
    keras.Sequential(layers).save(path)
    _assert_refused(micronets("report", path), "upwards", "Conv2DTranspose")


def test_wrong_labels_and_class_name_in_one_message(micronets, model_file, tmp_path):
    options = ("--labels", "a,b", "--class-name", "no name")
    result = micronets("export", model_file, "-o", tmp_path / "model.h", *options)
    _assert_refused(result, "labels must hold 3", "class_name", "no name")
    assert not (tmp_path / "model.h").exists()


def test_nothing_to_write(micronets, model_file):
    _assert_refused(micronets("export", model_file), "-o MODEL.h")


def test_output_in_a_place_that_is_a_file(micronets, model_file, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    _assert_refused(micronets("export", model_file, "-o", tmp_path / "file" / "model.h"), "file")


def test_header_of_another_model(micronets, model_file, other_file, tmp_path):
    path = tmp_path / "other.h"
    assert micronets("export", other_file, "-o", path).exit_code == 0
    _assert_refused(micronets("verify", model_file, "--header", path), "another model", "digest")


def test_header_that_is_none(micronets, model_file, tmp_path):
    path = tmp_path / "other.h"
    path.write_text("int x;\n", encoding="utf-8")
    _assert_refused(micronets("verify", model_file, "--header", path), "header of micronets")


@pytest.mark.parametrize("command", ["verify", "bench"])
def test_unknown_target(micronets, model_file, command):
    result = micronets(command, model_file, "--target", "cortex-m99")
    _assert_refused(result, "cortex-m99", "cortex-m4")


def test_images_of_the_wrong_shape(micronets, model_file, tmp_path):
    np.save(tmp_path / "images.npy", np.zeros((2, 5, 5), np.float32))
    result = micronets("verify", model_file, "--images", tmp_path / "images.npy")
    _assert_refused(result, "20, 20, 1", "(2, 5, 5)")


def test_images_that_are_none(micronets, model_file, tmp_path):
    (tmp_path / "images.npy").write_text("no", encoding="utf-8")
    result = micronets("verify", model_file, "--images", tmp_path / "images.npy")
    _assert_refused(result, "images.npy")


def test_several_arrays_without_a_usual_name(micronets, model_file, tmp_path):
    np.savez(tmp_path / "images.npz", a=np.zeros(2), b=np.zeros(2))
    result = micronets("verify", model_file, "--images", tmp_path / "images.npz")
    _assert_refused(result, "must hold one array", "'a', 'b'")
