"""Each subcommand does its job on a saved model."""

from __future__ import annotations

import re

import numpy as np
import pytest

from micronets.models import create_model, list_models


def test_list_shows_every_net_with_its_parameters(micronets):
    result = micronets("list")
    assert result.exit_code == 0
    for name in list_models():
        net = create_model(name, 10, batch_norm=False)
        (line,) = (line for line in result.stdout.splitlines() if line.strip().startswith(name))
        assert type(net).__name__ in line
        assert f"{net.model.count_params():,}" in line


def test_report_prints_layers_and_writes_nothing(micronets, model_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = micronets("report", model_file)
    assert result.exit_code == 0
    assert "block_3_pointwise" in result.stdout
    assert "multiply-accumulates per call" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_export_writes_what_the_options_say(micronets, model_file, tmp_path):
    path = tmp_path / "model.h"
    options = ("--class-name", "Fruit", "--labels", "apple, pear,plum", "--pixel-scale", "0.5")
    result = micronets("export", model_file, "-o", path, *options, "--pixel-offset", "-1")
    assert result.exit_code == 0, result.stderr
    text = path.read_text(encoding="utf-8")
    assert "class Fruit {" in text
    assert '"pear"' in text
    assert "value / 2 - 1" in text
    assert str(path) in result.stdout


def test_labels_come_from_a_file_as_well(micronets, model_file, tmp_path):
    labels, path = tmp_path / "labels.txt", tmp_path / "model.h"
    labels.write_text("apple\npear, green\n\nplum\n", encoding="utf-8")
    assert micronets("export", model_file, "-o", path, "--labels", labels).exit_code == 0
    assert '"pear, green"' in path.read_text(encoding="utf-8")


def test_export_writes_an_arduino_library(micronets, model_file, tmp_path):
    result = micronets("export", model_file, "--arduino", tmp_path / "SmallNet")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "SmallNet" / "library.properties").is_file()


def test_verify_says_that_its_images_are_random(micronets, model_file, host):
    result = micronets("verify", model_file, "--count", "3")
    assert result.exit_code == 0, result.stderr
    assert "Random images" in result.stdout
    assert "agree on 3 images" in result.stdout


def test_verify_compares_every_layer(micronets, model_file, host):
    result = micronets("verify", model_file, "--count", "2", "--layers")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("layers agree") == 2, result.stdout


@pytest.mark.parametrize("name", ["images.npy", "images.npz"])
def test_verify_takes_images_from_a_file(micronets, model_file, host, tmp_path, rng, name):
    images = rng.integers(0, 256, (5, 20, 20, 1), dtype=np.uint8)
    if name.endswith(".npy"):
        np.save(tmp_path / name, images)
    else:
        np.savez(tmp_path / name, labels=np.zeros(5), images=images)
    result = micronets("verify", model_file, "--images", tmp_path / name)
    assert result.exit_code == 0, result.stderr
    assert "agree on 5 images" in result.stdout
    assert "uint8" in result.stdout
    assert "Random" not in result.stdout


def test_verify_runs_a_header_that_was_exported_before(micronets, model_file, host, tmp_path):
    path = tmp_path / "model.h"
    assert micronets("export", model_file, "-o", path, "--class-name", "Mine").exit_code == 0
    result = micronets("verify", model_file, "--count", "2", "--header", path)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("Mine on host") == 2
    assert "not the text" not in result.stdout


def test_verify_finds_a_header_that_was_damaged(micronets, model_file, host, tmp_path):
    path = tmp_path / "model.h"
    assert micronets("export", model_file, "-o", path).exit_code == 0
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("return label();", "return 2;"), encoding="utf-8")
    result = micronets("verify", model_file, "--header", path)
    assert result.exit_code == 1
    assert "DISAGREE" in result.stdout
    assert "not the text" in result.stdout


def test_bench_counts_instructions(micronets, model_file, cortex_m4):
    result = micronets("bench", model_file, "--optimize", "O2,-Os")
    assert result.exit_code == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines() if "cortex-m4" in line]
    assert [row[1] for row in rows] == ["-O2", "-Os"]
    assert all(1_000 < int(row[2].replace(",", "")) < 200_000 for row in rows)


def test_report_draws_the_schedule_that_fits_into_a_budget(micronets, model_file):
    whole = micronets("report", model_file)
    assert "segment" not in whole.stdout
    ram = int(re.search(r"RAM +([\d,]+) B", whole.stdout)[1].replace(",", ""))
    small = micronets("report", model_file, "--ram-budget", str(ram - 1))
    assert small.exit_code == 0, small.stderr
    assert f"rows, the fastest way that fits into {ram - 1:,} B" in small.stdout
    assert "segment 1: row by row" in small.stdout
    none = micronets("report", model_file, "--ram-budget", "10")
    assert none.exit_code != 0
    assert "more than ram_budget=10" in none.stderr
