"""Pictures come decoded, or with an error that names them; boxes come cut to the picture."""

import pickle
import zipfile

import numpy as np
import pytest
from PIL import Image

from micronets.data.face_lists import load_face_list
from micronets.data.faces import FaceDataset, clip_boxes
from micronets.data.image_files import decode_picture, open_files
from micronets.errors import DataError, InstallationError

_BOXES = np.array([[1, 2, 5, 6], [-4, -4, 3, 3], [25, 15, 99, 99], [40, 3, 50, 9]], np.float32)


def _dataset(place, names, boxes=None):
    boxes = boxes or [_BOXES] * len(names)
    marks = [np.arange(len(one)) == 1 for one in boxes]
    return FaceDataset(open_files(place), tuple(names), tuple(names), tuple(boxes), tuple(marks))


def test_examples_have_boxes_cut_to_the_picture(place_files, make_picture):
    example = _dataset(place_files({"a.png": make_picture(20, 30)}), ["a.png"])[0]
    assert example.name == "a.png"
    assert example.boxes.tolist() == [[1, 2, 5, 6], [0, 0, 3, 3], [25, 15, 30, 20]]
    assert example.ignored.tolist() == [False, True, False]


def test_clipping_keeps_boxes_within_the_picture(rng):
    low = rng.uniform(-20, 60, (200, 2))
    boxes = np.concatenate([low, low + rng.uniform(0, 30, (200, 2))], axis=1).astype(np.float32)
    clipped, marks = clip_boxes(boxes, np.zeros(200, bool), (30, 40))
    assert 0 < len(clipped) == len(marks) < 200
    assert clipped.min() >= 0
    assert (clipped[:, 2] <= 40).all()
    assert (clipped[:, 3] <= 30).all()
    assert (clipped[:, 2:] > clipped[:, :2]).all()


@pytest.mark.parametrize("mode", ["L", "P", "1", "RGBA", "CMYK", "LA", "I;16"])
def test_pictures_of_all_kinds_become_rgb(mode, tmp_path):
    source = Image.new("L", (5, 4), 200)
    picture = Image.new(mode, (5, 4), 200) if mode == "I;16" else source.convert(mode)
    path = tmp_path / ("a.tif" if mode in {"CMYK", "I;16"} else "a.png")
    picture.save(path)
    image = decode_picture(path.read_bytes(), "a")
    assert image.shape == (4, 5, 3)
    assert image.dtype == np.uint8


def test_pixels_are_not_turned(tmp_path):
    # Labels count from the corner of what is stored, whatever a camera notes about its position.
    picture = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    exif = Image.Exif()
    exif[274] = 6
    picture.save(tmp_path / "a.png", exif=exif)
    image = decode_picture((tmp_path / "a.png").read_bytes(), "a")
    np.testing.assert_array_equal(image, np.asarray(picture))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_cut_off_pictures_never_crash(form, tmp_path, rng):
    path = tmp_path / "a"
    Image.fromarray(rng.integers(0, 255, (24, 32, 3)).astype(np.uint8)).save(path, form)
    data = path.read_bytes()
    for end in range(0, len(data) - 2, 1 + len(data) // 60):
        with pytest.raises(DataError, match="some file"):
            decode_picture(data[:end], "some file")


def test_damaged_pictures_never_crash(tmp_path, rng):
    for form in ("PNG", "JPEG", "GIF", "TIFF"):
        path = tmp_path / "a"
        Image.fromarray(rng.integers(0, 255, (9, 12, 3)).astype(np.uint8)).save(path, form)
        for _ in range(60):
            data = bytearray(path.read_bytes())
            data[rng.integers(0, min(len(data), 120))] = rng.integers(0, 256)
            try:
                assert decode_picture(bytes(data), "some file").shape[2] == 3
            except DataError as error:
                assert "some file" in str(error)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty (0 bytes)"),
        (b"<html>not found</html>", "is no picture that Pillow reads (22 bytes)"),
    ],
)
def test_what_is_no_picture_is_named(data, reason, place_files):
    place = place_files({"a.jpg": data})
    with pytest.raises(DataError) as caught:
        _dataset(place, ["a.jpg"])[0]
    assert str(caught.value).startswith(f"a.jpg in {place} {reason}")


def test_checking_names_all_pictures_that_cannot_be_read(place_files, make_picture):
    good = make_picture()
    place = place_files({"a.png": good, "b.png": good[:50], "c.png": b"", "d.png": good})
    dataset = _dataset(place, ["a.png", "b.png", "c.png", "d.png"])
    with pytest.raises(DataError, match=r"\(2 problems\):\n  b.png in .* damaged(.|\n)*c.png in"):
        dataset.check_pictures()
    dataset.take([0, 3]).check_pictures()


def test_pictures_that_vanish_or_rot_are_named(tmp_path, make_picture):
    (tmp_path / "a.png").write_bytes(make_picture())
    dataset = _dataset(tmp_path, ["a.png"])
    (tmp_path / "a.png").unlink()
    with pytest.raises(DataError, match=r"a\.png cannot be read"):
        dataset[0]
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.png", make_picture())
    data = bytearray(archive.read_bytes())
    data[60:70] = bytes(10)
    archive.write_bytes(data)
    with pytest.raises(DataError, match=r"a\.png in .* is damaged: Bad CRC"):
        _dataset(archive, ["a.png"])[0]


def test_parts_keep_order_and_names(place_files, make_picture):
    files = {f"{name}.png": make_picture(seed=seed) for seed, name in enumerate("abcd")}
    boxes = [_BOXES, _BOXES[:0], _BOXES[:1], _BOXES[1:2]]
    dataset = _dataset(place_files(files), list(files), boxes)
    part = dataset.take(np.array([2, 0]))
    assert part.names == ("c.png", "a.png")
    np.testing.assert_array_equal(part[0].image, dataset[2].image)
    assert [len(example.boxes) for example in part] == [1, 3]
    assert part.faces == 5


def test_pictures_with_no_face_to_be_found_can_be_left_out(place_files, make_picture):
    files = {f"{name}.png": make_picture() for name in "abc"}
    dataset = _dataset(place_files(files), list(files), [_BOXES, _BOXES[:0], _BOXES[:2]])
    ignored = (dataset.ignored[0], dataset.ignored[1], np.array([True, True]))
    dataset = FaceDataset(dataset.files, dataset.names, dataset.paths, dataset.boxes, ignored)
    assert dataset.with_faces().names == ("a.png",)


def test_data_sets_travel_to_other_processes(place_files, make_picture):
    dataset = _dataset(place_files({"a.png": make_picture()}), ["a.png"])
    copy = pickle.loads(pickle.dumps(dataset))
    np.testing.assert_array_equal(copy[0].image, dataset[0].image)


def test_without_pillow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(InstallationError, match=r'pip install "micronets\[faces\]"'):
        decode_picture(b"x", "a")


def test_names_that_are_no_file_names_are_missing(tmp_path):
    for name in ("a\0b.png", "x" * 5000 + ".png", "", "."):
        assert name not in open_files(tmp_path)
    (tmp_path / "labels").write_text("x" * 5000 + ".png 0\n")
    with pytest.raises(DataError, match="there is no"):
        load_face_list(tmp_path / "labels")
