"""The commands that train and measure face nets, on drawn pictures and a small net."""

import re
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from local_workers import finish, start_workers
from tiny_detector import PatchNet, make_pictures

from micronets import models
from micronets.detection.pixels import MEAN_GREY
from micronets.errors import InstallationError
from micronets.experiments import face_precision, train_faces
from micronets.models import pretrained

_HEADS = (("loc", 4), ("conf", 2))


@pytest.fixture
def wider(tmp_path):
    """A folder in the layout of WIDER FACE: training and validation pictures are the same."""
    for part in ("train", "val"):
        folder = tmp_path / "wider" / f"WIDER_{part}" / "images" / "0--Drawn"
        folder.mkdir(parents=True)
        drawn = make_pictures(folder)
        lines = []
        for name, boxes in zip(drawn.names, drawn.boxes, strict=True):
            lines += [f"0--Drawn/{name}", str(len(boxes))]
            lines += [
                f"{x:.0f} {y:.0f} {r - x:.0f} {b - y:.0f} 0 0 0 0 0 0" for x, y, r, b in boxes
            ]
        labels = tmp_path / "wider" / "wider_face_split"
        labels.mkdir(exist_ok=True)
        (labels / f"wider_face_{part}_bbx_gt.txt").write_text("\n".join(lines) + "\n")
    return tmp_path / "wider"


@pytest.fixture
def small_net(monkeypatch, tmp_path):
    """PatchNet as one of the nets, and a folder for the weights that it ships."""
    shipped = tmp_path / "shipped"
    monkeypatch.setattr(pretrained, "_FOLDER", shipped)
    monkeypatch.setattr(models, "PatchNet", PatchNet, raising=False)
    for nets in (train_faces.NETS, face_precision.NETS):
        monkeypatch.setitem(nets, "m4", "PatchNet")
    return shipped


def _run(command, *arguments):
    result = CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_trains_in_stages_ships_and_measures(wider, small_net, tmp_path):
    options = ("--data", wider, "--folder", tmp_path / "m4", "--epochs", 0.1)
    first = _run(train_faces.main, *options)
    stages = [stage.name for stage in train_faces.STAGES]
    # A bar may stand in front of the name.
    assert re.findall(r"([a-z_]+): average precision 0\.\d+ \(", first) == stages
    files = sorted(path.name for path in (tmp_path / "m4").glob("*.h5"))
    assert files == [f"{n}_{name}.weights.h5" for n, name in enumerate(stages)]
    second = _run(train_faces.main, *options, "--ship")
    assert second.count("average precision") == 1
    shipped = re.search(r"patch_net_wider\.npy: (average precision .*)", second)[1]
    measured = _run(face_precision.main, "--data", wider, "--no-haar")
    assert f"PatchNet, weights='wider': {shipped}" in measured
    kernel = PatchNet(weights="wider").model.get_layer("stem_1").kernel
    assert np.count_nonzero(np.asarray(kernel)) == 9


def test_two_workers_run_the_same_script(wider, tmp_path):
    program = (
        "import tiny_detector; from micronets import models; "
        "from micronets.experiments import train_faces; "
        "models.PatchNet = tiny_detector.PatchNet; train_faces.NETS['m4'] = 'PatchNet'; "
        "train_faces.main()"
    )
    options = ("--data", wider, "--folder", tmp_path / "m4", "--epochs", 0.01)
    first, second = finish(*start_workers("-c", program, *options))
    assert first.count("average precision") == len(train_faces.STAGES)
    assert second == ""


def test_a_net_begins_with_the_layers_it_has_in_common_with_another():
    class WiderNet(PatchNet):
        def make_model(self):
            model = super().make_model()
            image = model.get_layer("stem_2").output
            more = keras.layers.Conv2D(24, 3, 2, "same", name="stem_3")(image)
            maps = [keras.layers.Conv2D(n, 3, name=f"{k}_map")(more) for k, n in _HEADS]
            return keras.Model(model.input, maps)

    source, target = PatchNet(seed=1).model, WiderNet(seed=2).model
    assert train_faces.copy_layers(source, target) == ["stem_1", "stem_2"]
    for name in ("stem_1", "stem_2"):
        pairs = zip(
            *(model.get_layer(name).get_weights() for model in (source, target)), strict=True
        )
        assert all(np.array_equal(one, other) for one, other in pairs)


def test_haar_boxes_are_in_pixels_of_the_picture(monkeypatch):
    class Cascade:
        def __init__(self, path):
            assert path == "data/haarcascade_frontalface_default.xml"

        def detectMultiScale3(self, pixels, **options):
            assert pixels.shape == (96, 128)
            assert (pixels == 200).all()
            assert options["minSize"] == (32, 32)
            return [[10, 20, 40, 60]], [1], [3.5]

    double = SimpleNamespace(
        CascadeClassifier=Cascade,
        data=SimpleNamespace(haarcascades="data/"),
        resize=lambda pixels, _, fx, fy: pixels.repeat(fx, 0).repeat(fy, 1),
    )
    monkeypatch.setitem(sys.modules, "cv2", double)
    detect = face_precision.haar_detector(2, 1.1, 3)
    (found,) = detect(np.full((1, 48, 64, 1), 200 - MEAN_GREY, np.float32))
    np.testing.assert_array_equal(found.boxes, [[5, 10, 25, 40]])
    assert found.scores.tolist() == [3.5]


def test_the_cascade_needs_opencv(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(InstallationError, match="pip install opencv-python-headless"):
        face_precision.haar_detector(1, 1.1, 3)
