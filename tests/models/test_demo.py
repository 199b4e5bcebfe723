"""The demo does all of its steps, and its parts report mistakes."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from micronets import demo


@pytest.mark.slow
def test_demo_is_right_and_writes_header_and_picture(tmp_path, host):
    result = CliRunner().invoke(demo.main, ["--output", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    for text in ("block_1_pointwise", "largest difference"):
        assert text in result.output
    accuracies = re.findall(r"test accuracy in (?:Keras|C\+\+) +([0-9.]+)%", result.output)
    assert len(accuracies) == 2
    assert all(float(accuracy) >= 95 for accuracy in accuracies)
    header = (tmp_path / "out/digits.h").read_text()
    assert "class PicoMobileNet" in header
    # Behind the first line, which names the weights: they differ a little between computers.
    banner = header.split("\n\n")[0].splitlines()[1:]
    assert "\n".join(banner) in (Path(__file__).parents[2] / "README.md").read_text()
    assert (tmp_path / "out/digits.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("wrong", [0, 3, 60])
def test_draws_mistakes_and_right_answers(tmp_path, wrong):
    labels = np.arange(70) % 10
    answers = np.where(np.arange(70) < wrong, labels + 1, labels)
    images = np.zeros((70, 8, 8, 1), np.float32)
    path = demo.draw(tmp_path / "new" / "digits.png", (images, labels), answers)
    assert path.stat().st_size > 1000


def test_reports_both_accuracies(capsys):
    outputs = np.eye(4, dtype=np.float32)
    result = SimpleNamespace(labels=[0, 1, 2, 0], max_difference=1.5e-7)
    demo.report(np.array([0, 1, 2, 3]), outputs, result)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("100.00%")
    assert lines[1].endswith("75.00%")
    assert lines[2].endswith("1.5e-07")
