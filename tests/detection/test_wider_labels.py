"""WIDER FACE's layout and label file, with every trap in it."""

import zipfile

import numpy as np
import pytest

from micronets.data.wider import load_wider, parse_wider
from micronets.errors import DataError

_LABELS = "wider_face_split/wider_face_train_bbx_gt.txt"
_ONE, _TWO, _NONE = "0--Parade/0_one 1.jpg", "1--Riot/1_two.jpg", "0--Parade/0_none.jpg"

# Every box line ends in a blank, as in the original.
_TEXT = f"""{_ONE}
3
10 20 5 6 2 0 0 0 1 0 
1 2 30 40 0 1 1 1 2 1 
7 8 0 9 2 0 0 0 0 0 
{_NONE}
0
0 0 0 0 0 0 0 0 0 0 
{_TWO}
1
-3 -4 100 8 0 0 0 0 0 0 
"""  # noqa: W291


def _files(labels, make_picture, split="train"):
    images = {f"WIDER_{split}/images/{name}": make_picture(60, 50) for name in (_ONE, _TWO, _NONE)}
    return {_LABELS.replace("train", split): labels.encode(), **images}


def test_reads_the_official_layout(place_files, make_picture):
    dataset = load_wider(place_files(_files(_TEXT, make_picture)), "train")
    assert dataset.names == (_ONE, _NONE, _TWO)
    assert dataset.boxes[0].tolist() == [[10, 20, 15, 26], [1, 2, 31, 42]]
    assert dataset.ignored[0].tolist() == [False, True]
    assert dataset.boxes[1].shape == (0, 4)
    assert dataset.boxes[2].tolist() == [[-3, -4, 97, 4]]
    assert dataset.dropped == 1
    assert dataset.faces == 3
    assert dataset[2].boxes.tolist() == [[0, 0, 50, 4]]
    assert dataset[2].image.shape == (60, 50, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text + "\n  \n\n",
        lambda text: text.replace(_TWO, f"\n{_TWO}\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip(),
        lambda text: text.replace(" \n", "\n"),
        lambda text: text.replace("/", "\\"),
        lambda text: text.replace("0\n0 0 0 0 0 0 0 0 0 0 \n", "0\n"),
    ],
    ids=["windows", "mac", "end", "middle", "mark", "no_end", "no_blanks", "slash", "no_zeros"],
)
def test_harmless_differences_change_nothing(change, place_files, make_picture):
    plain = load_wider(place_files(_files(_TEXT, make_picture), "plain"), "train")
    other = load_wider(place_files(_files(change(_TEXT), make_picture), "other"), "train")
    assert other.names == plain.names
    for ours, theirs in zip(other.boxes, plain.boxes, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a.jpg\n", "line 1: the file ends before the number of faces of 'a.jpg': cut off"),
        ("a.jpg\n2\n1 2 3 4\n", "line 2: 'a.jpg' has 2 faces, but after 1 of them the file ends"),
        (
            "a.jpg\n2\n1 2 3 4\nb.jpg\n0\n",
            "line 2: 'a.jpg' has 2 faces, but after 1 of them the ne",
        ),
        ("a.jpg\n1\n1 2 3 4\n1 2 3 4\n", "line 4: 'a.jpg' has 1 faces (line 2), but more boxes fo"),
        ("a.jpg\n0\n1 2 3 4\n", "line 3: 'a.jpg' has 0 faces (line 2), but more boxes follow"),
        ("a.jpg\nb.jpg\n0\n", "line 2: expected the number of faces of 'a.jpg', received 'b.jpg'"),
        ("a.jpg\n-1\n", "line 2: expected the number of faces of 'a.jpg', received '-1'"),
        (
            "a.jpg\n1\n1 2 3\n",
            "line 3: expected x y width height, or these and six attributes, rec",
        ),
        (
            "a.jpg\n1\n1 2 x 4\n",
            "line 3: expected x, y, width and height in pixels, received '1 2 x",
        ),
        ("a.jpg\n1\n1 2 nan 4\n", "line 3: no image is this large: '1 2 nan 4'"),
        ("a.jpg\n1\n1 2 3 1e300\n", "line 3: no image is this large"),
        ("a.jpg\n1\n1 2 3 4 0 0 0 7 0 0\n", "line 3: invalid must be 0 or 1, received '7'"),
        ("a.jpg\n0\na.jpg\n0\n", "line 3: 'a.jpg' comes twice, first in line 1"),
        ("1 2 3 4\na.jpg\n0\n", "line 1: expected the path of a picture, such as"),
        ("", "it names no picture"),
        ("\n\n", "it names no picture"),
        ("<html>404</html>\n", "line 1: expected the path of a picture"),
    ],
)
def test_every_defect_is_named_with_its_line(text, problem, tmp_path):
    (tmp_path / "labels.txt").write_text(text)
    with pytest.raises(DataError) as caught:
        load_wider(tmp_path, "train", labels=tmp_path / "labels.txt", missing="skip")
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/labels.txt cannot be used (")


def test_all_problems_are_told_at_once():
    text = "a.jpg\n1\n1 2 3\nb.jpg\nmany\n1 2 3 4\nc.jpg\n2\n1 2 3 4"
    with pytest.raises(DataError, match=r"\(3 problems\):\n  line 3: .*\n  line 5: .*\n  line 8: "):
        parse_wider(text.encode(), "labels.txt").problems.raise_all()


def test_a_file_full_of_problems_shows_the_first_and_counts_the_rest():
    text = "".join(f"{number}.jpg\nmany\n" for number in range(1000))
    with pytest.raises(DataError, match=r"\(1,000 problems\)(.|\n)*\.\.\. and 980 more") as caught:
        parse_wider(text.encode(), "labels.txt").problems.raise_all()
    assert str(caught.value).count("\n") == 21


def test_bytes_that_are_no_text_are_told_by_line():
    with pytest.raises(DataError, match=r"line 2: no UTF-8 text \(byte 0xe9\)"):
        parse_wider(b"a.jpg\ncaf\xe9.jpg\n", "labels.txt").problems.raise_all()


def test_a_file_cut_anywhere_never_crashes():
    data = _TEXT.encode()
    for end in range(len(data)):
        records = parse_wider(data[:end], "labels.txt")
        assert len(records.names) <= 3


def test_random_damage_never_crashes(rng):
    for _ in range(300):
        data = bytearray(_TEXT.encode())
        for position in rng.integers(0, len(data), 3):
            data[position] = rng.integers(0, 256)
        try:
            parse_wider(bytes(data), "labels.txt").problems.raise_all()
        except DataError as error:
            assert "labels.txt" in str(error)


def test_missing_pictures_are_listed_or_left_out(place_files, make_picture):
    files = _files(_TEXT, make_picture)
    del files[f"WIDER_train/images/{_ONE}"], files[f"WIDER_train/images/{_TWO}"]
    place = place_files(files)
    with pytest.raises(DataError) as caught:
        load_wider(place, "train")
    assert f"line 1: there is no 'WIDER_train/images/{_ONE}' in {place}" in str(caught.value)
    assert f"line 9: there is no 'WIDER_train/images/{_TWO}'" in str(caught.value)
    assert 'missing="skip"' in str(caught.value)
    assert load_wider(place, "train", missing="skip").names == (_NONE,)
    with pytest.raises(ValueError, match='missing must be "error" or "skip"'):
        load_wider(place, "train", missing="ignore")


def test_skipping_all_pictures_is_an_error(place_files):
    with pytest.raises(DataError, match=r"3 problems(.|\n)*there is no"):
        load_wider(place_files({_LABELS: _TEXT.encode()}), "train", missing="skip")


def test_splits_are_told_apart(place_files, make_picture):
    files = _files(_TEXT, make_picture) | _files(f"{_TWO}\n1\n1 2 3 4\n", make_picture, "val")
    place = place_files(files)
    assert len(load_wider(place, "train")) == 3
    assert load_wider(place, "val").names == (_TWO,)
    with pytest.raises(DataError, match=r"\"train\" or \"val\".*Received: 'test'"):
        load_wider(place, "test")


def test_downloads_need_no_unpacking(tmp_path, make_picture):
    files = _files(_TEXT, make_picture)
    for name in ("WIDER_train", "wider_face_split"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for path in files:
                if path.startswith(name):
                    archive.writestr(path, files[path])
    dataset = load_wider(tmp_path, "train")
    assert dataset[0].image.shape == (60, 50, 3)
    again = load_wider(
        tmp_path / "WIDER_train.zip", "train", labels=tmp_path / "wider_face_split.zip"
    )
    assert again.names == dataset.names


def test_missing_labels_and_places_are_clear(tmp_path):
    with pytest.raises(DataError, match=r"No labels in .*Pass labels="):
        load_wider(tmp_path, "train")
    with pytest.raises(DataError, match="No labels in"):
        load_wider(tmp_path, "train", labels=tmp_path / "none.txt")
    with pytest.raises(DataError, match="No folder and no zip at"):
        load_wider(tmp_path / "none", "train")


def test_a_broken_zip_is_clear(tmp_path):
    (tmp_path / "wider.zip").write_bytes(b"PK\x03\x04 and then the connection was lost")
    with pytest.raises(DataError, match=r"wider\.zip is no readable zip .*download complete"):
        load_wider(tmp_path / "wider.zip", "train")


@pytest.mark.parametrize(
    ("split", "pictures", "faces", "dropped"),
    [("train", 1993, 24645, 17), ("val", 394, 5286, 3)],
)
def test_reads_the_subset(reference_data, split, pictures, faces, dropped):
    dataset = load_wider(reference_data("wider_subset_384.zip"), split)
    assert (len(dataset), dataset.faces, dataset.dropped) == (pictures, faces, dropped)
    large = 0
    for boxes in dataset.boxes:
        large += int(((boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=99) >= 16).sum())
    assert large == {"train": 4072, "val": 837}[split]


@pytest.mark.parametrize(("split", "pictures", "faces"), [("train", 9, 47), ("val", 5, 62)])
def test_reads_untouched_originals(reference_data, split, pictures, faces):
    dataset = load_wider(reference_data("wider_verbatim_sample.zip"), split)
    assert (len(dataset), dataset.faces) == (pictures, faces)
    for index, example in enumerate(dataset):
        assert example.image.shape[1] == 1024
        np.testing.assert_array_equal(example.boxes, dataset.boxes[index])


@pytest.mark.parametrize(
    ("split", "pictures", "lines"), [("train", 12880, 159424), ("val", 3226, 39708)]
)
def test_reads_the_complete_official_labels(reference_data, split, pictures, lines):
    with zipfile.ZipFile(reference_data("wider_face_split.zip")) as archive:
        data = archive.read(f"wider_face_split/wider_face_{split}_bbx_gt.txt")
    records = parse_wider(data, "labels")
    records.problems.raise_all()
    assert len(records.names) == pictures
    boxes = sum(len(records.start(name, 0, again=True)) for name in records.names)
    # A picture without faces has a line all the same.
    empty = sum(not records.start(name, 0, again=True) for name in records.names)
    assert boxes + empty == lines
