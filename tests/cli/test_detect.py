"""`micronets detect`: faces found and drawn, and every photo or detector that cannot be used."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toy_detector import bright_cells, toy_box, toy_header, toy_model

from micronets.data import draw_faces, load_face_csv
from micronets.detection.boxes import intersection_over_union
from micronets.detection.drawing import COMPARED, FOUND


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A detector of bright cells, saved."""
    path = tmp_path_factory.mktemp("detector") / "toy.keras"
    toy_model().save(path)
    return path


@pytest.fixture(scope="module")
def header(tmp_path_factory) -> Path:
    """The same in C++."""
    path = tmp_path_factory.mktemp("header") / "toy.h"
    toy_header(path)
    return path


@pytest.fixture
def photo(tmp_path):
    """Return `photo(image, name)`, which writes a picture and returns its path."""

    def write(image: np.ndarray, name: str = "photo.png", **options) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(path, **options)
        return path

    return write


def read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))


def faces_of(path: Path) -> list[list[float]]:
    """Boxes and scores of the only photo in a JSON file."""
    (one,) = json.loads(path.read_text())
    names = ("left", "top", "right", "bottom", "score")
    return [[face[name] for name in names] for face in one["faces"]]


def assert_refused(result, *words: str) -> None:
    assert result.exit_code == 2, (result.stdout, result.exception)
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_prints_and_draws_what_the_model_finds(micronets, model, photo, tmp_path):
    path = photo(bright_cells((2, 3), scale=2))
    drawn, boxes = tmp_path / "boxes.png", tmp_path / "boxes.json"
    result = micronets("detect", path, "--model", model, "-o", drawn, "--boxes", boxes)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "1 face in 1 photo"
    (face,) = faces_of(boxes)
    assert face[:4] == toy_box(2, 3, scale=2)
    assert face[4] == pytest.approx(1 / (1 + np.exp(-5.5)), abs=0.01)
    row = result.stdout.splitlines()[3].split()
    assert row == ["photo.png", f"{face[4]:.3f}", "64.0", "32.0", "160.0", "128.0"]
    lines = (read(drawn) == FOUND).all(axis=-1)
    assert lines[32, 64:160].all()
    assert lines[32:128, 159].all()


@pytest.mark.parametrize("arguments", [(), ("--model", "RNNPoolFaceQVGA")])
def test_the_nets_that_ship_find_drawn_faces(micronets, photo, tmp_path, arguments):
    example = draw_faces(1, faces=(2, 2), sides=(40, 70), seed=1)[0]
    boxes = tmp_path / "boxes.json"
    result = micronets("detect", photo(example.image), *arguments, "--boxes", boxes)
    assert result.exit_code == 0, result.stderr
    found = np.array([face[:4] for face in faces_of(boxes)])
    assert len(example.boxes) == 2
    assert (intersection_over_union(example.boxes, found).max(axis=1) > 0.4).all()


def test_draws_nothing_where_no_output_is_named(micronets, model, photo, tmp_path):
    result = micronets("detect", photo(bright_cells((2, 3))), "--model", model)
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_the_header_finds_the_same(micronets, header, photo, tmp_path, host):
    boxes = tmp_path / "boxes.json"
    path = photo(bright_cells((2, 3), scale=2))
    result = micronets("detect", path, "--header", header, "--boxes", boxes)
    assert result.exit_code == 0, result.stderr
    (face,) = faces_of(boxes)
    assert face[:4] == toy_box(2, 3, scale=2)


def test_the_header_runs_on_an_emulated_chip(micronets, header, photo, cortex_m4):
    path = photo(bright_cells((2, 3), (2, 6)))
    result = micronets("detect", path, "--header", header, "--target", "cortex-m4")
    assert result.exit_code == 0, result.stderr
    assert "2 faces in 1 photo" in result.stdout


def test_model_and_header_are_compared(micronets, model, header, photo, tmp_path, host):
    path, drawn = photo(bright_cells((2, 3), (3, 6))), tmp_path / "boxes.png"
    result = micronets("detect", path, "--model", model, "--header", header, "-o", drawn)
    assert result.exit_code == 0, result.stderr
    assert "2 faces (model) and 2 faces (header) in 1 photo" in result.stdout
    assert "2 found by both, their scores at most 0.00" in result.stdout
    assert "0 by the model alone, 0 by the header alone" in result.stdout
    assert "model   header   overlap" in result.stdout
    image = read(drawn)
    assert (image == COMPARED).all(axis=-1).any()


def test_faces_of_one_detector_alone_are_told(micronets, model, photo, tmp_path, host):
    other = tmp_path / "other.h"
    toy_header(other, half=250)
    path = photo(bright_cells((2, 3), level=230))
    result = micronets("detect", path, "--model", model, "--header", other)
    assert result.exit_code == 0, result.stderr
    assert "1 face (model) and no faces (header) in 1 photo" in result.stdout
    assert "1 by the model alone, 0 by the header alone" in result.stdout
    back = micronets("detect", path, "--model", model, "--header", other, "--threshold", "0.96")
    assert "no faces (model) and no faces (header)" in back.stdout


def test_threshold_decides_what_is_a_face(micronets, model, photo):
    path = photo(bright_cells((2, 3), level=210))
    for threshold, count in (("0.7", "1 face"), ("0.8", "no faces")):
        result = micronets("detect", path, "--model", model, "--threshold", threshold)
        assert result.stdout.splitlines()[-1] == f"{count} in 1 photo"
    assert_refused(micronets("detect", path, "--model", model, "--threshold", "1.5"), "1.5")


@pytest.mark.parametrize("detector", ["model", "header"])
def test_black_photos_of_odd_sizes_are_no_errors(
    micronets, model, header, photo, tmp_path, host, detector
):
    sizes = [(1, 1), (7, 301), (301, 9), (97, 131), (60, 60)]
    for size in sizes:
        photo(np.zeros((*size, 3), np.uint8), "in/{}x{}.png".format(*size))
    files = {"model": model, "header": header}
    inside, out = tmp_path / "in", tmp_path / "out"
    result = micronets("detect", inside, f"--{detector}", files[detector], "-o", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "no faces in 5 photos\n"
    for height, width in sizes:
        drawn = read(out / f"{height}x{width}_boxes.png")
        np.testing.assert_array_equal(drawn, np.zeros((height, width, 3)))


def test_boxes_at_the_border_end_there(micronets, model, photo, tmp_path):
    boxes = tmp_path / "boxes.json"
    result = micronets("detect", photo(bright_cells((0, 0))), "--model", model, "--boxes", boxes)
    assert result.exit_code == 0, result.stderr
    assert [face[:4] for face in faces_of(boxes)] == [[0, 0, 32, 32]]


def test_a_photo_is_turned_upright(micronets, model, photo, tmp_path):
    upright = bright_cells((2, 3))
    turned = Image.Exif()
    turned[0x0112] = 6  # The camera was held so that rows are columns.
    path = photo(np.rot90(upright), "turned.png", exif=turned)
    boxes, drawn = tmp_path / "boxes.json", tmp_path / "drawn.png"
    result = micronets("detect", path, "--model", model, "--boxes", boxes, "-o", drawn)
    assert result.exit_code == 0, result.stderr
    assert [face[:4] for face in faces_of(boxes)] == [toy_box(2, 3)]
    assert read(drawn).shape == upright.shape


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_photos_of_all_kinds_of_colours(micronets, model, tmp_path, mode):
    path = tmp_path / ("photo.jpg" if mode == "CMYK" else "photo.png")
    Image.fromarray(bright_cells((2, 3))).convert(mode).save(path)
    result = micronets("detect", path, "--model", model)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "1 face in 1 photo"


def test_folders_in_and_out(micronets, model, photo, tmp_path):
    for name in ("in/b.png", "in/a.jpg", "in/a.png"):
        photo(bright_cells((2, 3)), name)
    (tmp_path / "in" / "notes.txt").write_text("no picture", encoding="utf-8")
    result = micronets("detect", tmp_path / "in", "--model", model, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert "3 faces in 3 photos" in result.stdout
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["a_boxes.png", "a_boxes_2.png", "b_boxes.png"]


def test_photos_of_one_name_are_told_apart(micronets, model, photo, tmp_path):
    paths = [photo(bright_cells((2, 3)), f"{folder}/same.png") for folder in "ab"]
    result = micronets("detect", *paths, "--model", model)
    assert [line.split()[0] for line in result.stdout.splitlines()[3:5]] == [*map(str, paths)]


def test_csv_of_boxes_is_read_as_labels(micronets, model, photo, tmp_path, monkeypatch):
    photo(bright_cells((2, 3)), "some.png")
    photo(bright_cells(), "none.png")
    monkeypatch.chdir(tmp_path)
    result = micronets("detect", "some.png", "none.png", "--model", model, "--boxes", "b.csv")
    assert result.exit_code == 0, result.stderr
    dataset = load_face_csv("b.csv")
    assert dataset.names == ("some.png", "none.png")
    assert [boxes.tolist() for boxes in dataset.boxes] == [[toy_box(2, 3)], []]


def broken_files() -> dict[str, tuple[bytes, str]]:
    """Contents of a photo, and what is said of it."""
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    whole = file.getvalue()
    return {
        "empty": (b"", "is empty"),
        "text": (b"not a picture", "is no picture"),
        "truncated": (whole[: len(whole) // 2], "is damaged"),
        "header only": (whole[:30], "photo.jpg"),
    }


@pytest.mark.parametrize("kind", list(broken_files()))
def test_a_photo_that_is_none_is_one_clear_line(micronets, model, tmp_path, kind):
    content, said = broken_files()[kind]
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    result = micronets("detect", path, "--model", model, "-o", tmp_path / "out.png")
    assert_refused(result, "photo.jpg", said)
    assert not (tmp_path / "out.png").exists()


def test_of_several_photos_the_good_ones_are_done(micronets, model, photo, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no")
    good = photo(bright_cells((2, 3)), "good.png")
    result = micronets("detect", bad, good, "--model", model, "-o", tmp_path / "out")
    assert_refused(result, "Not all photos could be read (1 problem)", "bad.jpg")
    assert "1 face in 1 photo" in result.stdout
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good_boxes.png"]


def test_a_photo_that_is_not_there(micronets, model):
    assert_refused(micronets("detect", "nowhere.jpg", "--model", model), "no picture 'nowhere.jpg'")


def test_a_folder_without_pictures(micronets, model, tmp_path):
    assert_refused(micronets("detect", tmp_path, "--model", model), "No picture in the folder")


def test_a_model_that_is_no_detector(micronets, model_file, photo):
    result = micronets("detect", photo(bright_cells()), "--model", model_file)
    assert_refused(result, "small.keras", "is no face detector such as RNNPoolFaceM4", "(None, 3)")


def test_a_model_that_is_none(micronets, photo, tmp_path):
    (tmp_path / "broken.keras").write_text("no", encoding="utf-8")
    path = photo(bright_cells())
    assert_refused(micronets("detect", path, "--model", tmp_path / "broken.keras"), "cannot read")
    assert_refused(micronets("detect", path, "--model", "nowhere.keras"), "no file 'nowhere.keras'")


def test_a_header_that_is_none(micronets, photo, tmp_path):
    path = tmp_path / "other.h"
    path.write_text("int x;\n", encoding="utf-8")
    assert_refused(
        micronets("detect", photo(bright_cells()), "--header", path), "begin as a header"
    )
    assert_refused(micronets("detect", photo(bright_cells()), "--header", "no.h"), "no.h")


def test_a_header_of_another_net(micronets, model_file, photo, tmp_path):
    path = tmp_path / "small.h"
    assert micronets("export", model_file, "-o", path).exit_code == 0
    result = micronets("detect", photo(bright_cells()), "--header", path)
    assert_refused(result, "SmallNet has no detect()")


def test_a_header_that_was_cut_off(micronets, header, photo, tmp_path, host):
    path = tmp_path / "half.h"
    text = header.read_text(encoding="utf-8")
    path.write_text(text[: len(text) * 2 // 3], encoding="utf-8")
    assert_refused(micronets("detect", photo(bright_cells()), "--header", path), "net.h")


def test_an_unknown_target(micronets, header, photo):
    path = photo(bright_cells())
    result = micronets("detect", path, "--header", header, "--target", "cortex-m99")
    assert_refused(result, "cortex-m99", "cortex-m4")


def test_outputs_that_cannot_be_written(micronets, model, photo, tmp_path):
    one, other = photo(bright_cells(), "one.png"), photo(bright_cells(), "other.png")
    run = ("--model", model)
    assert_refused(micronets("detect", one, other, *run, "-o", "boxes.png"), "need a folder")
    assert_refused(micronets("detect", one, *run, "-o", "boxes.docx"), "no '.docx' files")
    assert_refused(micronets("detect", one, *run, "--boxes", "boxes.xls"), ".csv or .json")
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert_refused(micronets("detect", one, *run, "-o", tmp_path / "file" / "x.png"), "file")


def test_a_photo_is_never_overwritten(micronets, model, photo):
    path = photo(bright_cells((2, 3)))
    before = path.read_bytes()
    assert_refused(micronets("detect", path, "--model", model, "-o", path), "the photo itself")
    assert path.read_bytes() == before


def test_a_photo_that_the_system_does_not_give(micronets, model, photo, monkeypatch):
    bad, good = photo(bright_cells(), "bad.png"), photo(bright_cells((2, 3)), "good.png")
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == bad:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    result = micronets("detect", bad, good, "--model", model)
    assert_refused(result, "bad.png cannot be read: Permission denied")
    assert "1 face in 1 photo" in result.stdout


def test_without_pillow_the_extra_is_named(micronets, model, photo, monkeypatch):
    path = photo(bright_cells())
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert_refused(micronets("detect", path, "--model", model), 'pip install "micronets[faces]"')
