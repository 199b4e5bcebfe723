"""`--int8 IMAGES.npz` quantizes, in every subcommand that compiles a model."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def images_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Calibration images for the small model."""
    path = tmp_path_factory.mktemp("cli_int8") / "images.npz"
    np.savez(path, images=np.random.default_rng(0).integers(0, 256, (20, 20, 20, 1), np.uint8))
    return str(path)


def test_export_writes_an_int8_header_and_prints_the_receipt(
    micronets, model_file, images_file, tmp_path
):
    path = tmp_path / "model.h"
    result = micronets("export", model_file, "-o", path, "--int8", images_file)
    assert result.exit_code == 0, result.stderr
    assert "same label as float32, 20 images" in result.stdout
    assert "int8_t memory_[" in path.read_text(encoding="utf-8")


def test_verify_demands_the_same_bits(micronets, model_file, images_file, host):
    result = micronets("verify", model_file, "--int8", images_file, "--count", "3")
    assert result.exit_code == 0, result.stderr
    assert "agree to the bit on 3 images" in result.stdout


def test_images_of_another_size_are_one_clear_line(micronets, model_file, tmp_path):
    path = tmp_path / "wrong.npy"
    np.save(path, np.zeros((2, 5, 5, 1), np.uint8))
    result = micronets("report", model_file, "--int8", path)
    assert result.exit_code == 2
    assert "(count, 20, 20, 1) expected" in result.stderr
