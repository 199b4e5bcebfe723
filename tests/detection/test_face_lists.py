"""SCUT-HEAD's lists and CSV files: one picture per line, one box per row."""

import numpy as np
import pytest

from micronets.data.face_lists import load_face_csv, load_face_list
from micronets.errors import DataError

_LIST = """a.jpg 2 1 2 3 4 1 5.5 6 7 8 1
my pictures/b.png 0
c.jpg 2 1 1 0 5 1 2 2 2 2 1
"""
_CSV = """path,x,y,w,h,comment
a.jpg,1,2,3,4,left
my pictures/b.png,,,,,nobody
a.jpg,5.5,6,7,8,"right, and
on two lines"
c.jpg,1,1,0,5,
c.jpg,2,2,2,2,
"""
_NAMES = ("a.jpg", "my pictures/b.png", "c.jpg")


@pytest.fixture(params=[(load_face_list, _LIST), (load_face_csv, _CSV)], ids=["list", "csv"])
def form(request):
    return request.param


def _write(tmp_path, text):
    path = tmp_path / "labels"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_reads_pictures_and_boxes(form, tmp_path, place_files, make_picture):
    load, text = form
    place = place_files(dict.fromkeys(_NAMES, make_picture(20, 30)), "pictures")
    dataset = load(_write(tmp_path, text), place)
    assert dataset.names == _NAMES
    assert [boxes.tolist() for boxes in dataset.boxes] == [
        [[1, 2, 4, 6], [5.5, 6, 12.5, 14]],
        [],
        [[2, 2, 4, 4]],
    ]
    assert not np.concatenate(dataset.ignored).any()
    assert dataset.dropped == 1
    assert dataset[1].image.shape == (20, 30, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n \n",
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip(),
        lambda text: text.replace("/", "\\").replace("a.jpg", "./a.jpg"),
    ],
    ids=["windows", "blank_end", "mark", "no_end", "slash"],
)
def test_harmless_differences_change_nothing(change, form, tmp_path, make_picture):
    load, text = form
    for name in _NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(make_picture())
    dataset = load(_write(tmp_path, change(text)))
    assert dataset.names == _NAMES
    assert dataset.boxes[0].tolist() == [[1, 2, 4, 6], [5.5, 6, 12.5, 14]]


@pytest.mark.parametrize(
    ("load", "text", "problem"),
    [
        (load_face_list, "a.jpg\n", "line 1: expected a path, the number n of faces"),
        (load_face_list, "a.jpg 1 1 2 3 4\n", "received 'a.jpg' and 5 fields"),
        (load_face_list, "a.jpg 2 1 2 3 4 1\n", "line 1: expected a path, the number n"),
        (load_face_list, "\na.jpg 1 1 2 x 4 1\n", "line 2: expected x, y, width and height in pix"),
        (load_face_list, "a.jpg 1 1 2 3 4 2\n", "line 1: after x y w h comes 1, the only class;"),
        (load_face_list, "a.jpg 0\na.jpg 0\n", "line 2: 'a.jpg' comes twice, first in line 1"),
        (load_face_list, "a.jpg 1 1 2 inf 4 1\n", "line 1: no image is this large"),
        (load_face_list, "", "it names no picture"),
        (load_face_list, b"\xff\xfe", "line 1: no UTF-8 text (byte 0xff)"),
        (load_face_csv, "", "it names no picture"),
        (load_face_csv, "a.jpg,1,2,3,4\n", "line 1: the header needs the columns path, x, y, w, h"),
        (load_face_csv, "path;x;y;w;h\n", "path, x, y, w, h not among path;x;y;w;h"),
        (load_face_csv, "path,x,y,w,h\n", "it names no picture"),
        (load_face_csv, "path,x,y,w,h\na.jpg,1,2\n", "line 2: 3 fields, expected at least 5"),
        (load_face_csv, "path,x,y,w,h\na.jpg,1,2,,4\n", "line 2: expected x, y, width and height"),
        (load_face_csv, "path,x,y,w,h\n,1,2,3,4\n", "line 2: no path"),
        (load_face_csv, 'path,x,y,w,h\n"a.jpg,1,2,3,4\n', "no CSV: unexpected end of data"),
        (load_face_csv, b"path,x,y,w,h\n\xe9.jpg,1,2,3,4\n", "line 2: no UTF-8 text (byte 0xe9)"),
    ],
)
def test_every_defect_is_named_with_its_line(load, text, problem, tmp_path):
    path = _write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        load(path, missing="skip")
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{path} cannot be used (")


def test_missing_pictures_are_listed_or_left_out(form, tmp_path, make_picture):
    load, text = form
    (tmp_path / "a.jpg").write_bytes(make_picture())
    path = _write(tmp_path, text)
    with pytest.raises(DataError, match=r"2 problems(.|\n)*line \d: there is no 'c.jpg' in"):
        load(path)
    assert load(path, missing="skip").names == ("a.jpg",)


def test_pictures_may_be_named_by_their_whole_path(tmp_path, make_picture):
    picture = tmp_path / "far away.png"
    picture.write_bytes(make_picture(7, 9))
    (tmp_path / "lists").mkdir()
    dataset = load_face_list(_write(tmp_path / "lists", f"{picture} 0\n"))
    assert dataset[0].image.shape == (7, 9, 3)


def test_missing_label_file_is_clear(form, tmp_path):
    load, _ = form
    with pytest.raises(DataError, match=r"The label file '.*none' cannot be read"):
        load(tmp_path / "none")


def test_random_damage_never_crashes(form, tmp_path, rng):
    load, text = form
    for _ in range(200):
        data = bytearray(text.encode())
        for position in rng.integers(0, len(data), 3):
            data[position] = rng.integers(0, 256)
        path = _write(tmp_path, bytes(data))
        # No picture is there, so there is always an error.
        with pytest.raises(DataError, match="labels cannot be used"):
            load(path, missing="skip")
