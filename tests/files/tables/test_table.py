"""Whole tables: what is read, what is said about it, and the row of the file that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files import points as module
from flowlab.files.points import Cloud, examine, read_cloud, read_layout
from flowlab.files.tables.table import Options


def read(folder: Path, content: str | bytes, **options: object) -> Cloud:
    path = folder / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cloud(path, options=Options(**options))  # type: ignore[arg-type]


def refusal(folder: Path, content: str | bytes, **options: object) -> str:
    with pytest.raises(Invalid) as caught:
        read(folder, content, **options)
    assert str(caught.value).endswith(".")
    return str(caught.value)


XY = [[0.5, 1.25], [-3.0, 2.0], [4.5, 0.75]]


@pytest.mark.parametrize(
    "content",
    [
        ",x,y\n0,0.5,1.25\n1,-3,2\n2,4.5,0.75\n",  # pandas, with its index
        ",0,1\n0,0.5,1.25\n1,-3,2\n2,4.5,0.75\n",
        "0,1\n0.5,1.25\n-3,2\n4.5,0.75\n",  # pandas, of an array
        '"","x","y"\n"1",0.5,1.25\n"2",-3,2\n"3",4.5,0.75\n',  # R, write.csv
        '"x" "y"\n"1" 0.5 1.25\n"2" -3 2\n"3" 4.5 0.75\n',  # R, write.table
        "x;y\r\n0,5;1,25\r\n-3;2\r\n4,5;0,75\r\n",  # a German spreadsheet
        "x\ty\r\n0,5\t1,25\r\n-3\t2\r\n4,5\t0,75\r\n".encode("utf-16"),  # its "Unicode text"
        "\ufeffx,y\r\n0.5,1.25\r\n-3,2\r\n4.5,0.75\r\n",
        "0,5\t1,25\n-3\t2\n4,5\t0,75\n",
        "   5.0000000e-01   1.2500000e+00\n  -3.0e+00 2.0e+00\n 4.5e+00 7.5e-01\n",  # MATLAB
        "# x y\n0.5 1.25\n\n\n-3 2\n# and\n4.5 0.75\n",  # gnuplot
        '"0.5","1.25"\n"-3","2"\n"4.5","0.75"\n',
        "x,y,\n0.5,1.25,\n-3,2,\n4.5,0.75,\n",
        "x,y\r0.5,1.25\r-3,2\r4.5,0.75\r",
        "Run 7;\n;\nx;y\n0,5;1,25\n-3;2\n4,5;0,75\n",
    ],
)
def test_what_programs_write_is_read_without_a_word_from_anybody(
    tmp_path: Path, content: str | bytes
) -> None:
    cloud = read(tmp_path, content)
    assert cloud.points.points.values.tolist() == XY
    assert cloud.points.labels is None


@pytest.mark.parametrize(
    ("content", "classes", "labels"),
    [
        ("class,x,y\n7,0.5,1.25\n-1,-3,2\n7,4.5,0.75\n", ("-1", "7"), [1, 0, 1]),
        ("x,y,kind\n0.5,1.25,dog\n-3,2,Cat\n4.5,0.75,dog\n", ("Cat", "dog"), [1, 0, 1]),
        ("0.5,1.25,b\n-3,2,a\n4.5,0.75,b\n", ("a", "b"), [1, 0, 1]),
        ("x;y;c\n0,5;1,25;10\n-3;2;9,0\n4,5;0,75;10,0\n", ("9,0", "10"), [1, 0, 1]),
        ('"","x","y","Species"\n"1",0.5,1.25,"b c"\n"2",-3,2,"a"\n"3",4.5,0.75,"b c"\n',
         ("a", "b c"), [1, 0, 1]),
        ("x,y,c\n0.5,1.25,+\n-3,2,-\n4.5,0.75,+\n", ("+", "-"), [0, 1, 0]),
        ("0.5,1.25,True\n-3,2,False\n4.5,0.75,True\n", ("False", "True"), [1, 0, 1]),
    ],
)  # fmt: skip
def test_classes(tmp_path: Path, content: str, classes: tuple[str, ...], labels: list[int]) -> None:
    cloud = read(tmp_path, content)
    assert cloud.points.points.values.tolist() == XY
    assert cloud.classes == classes
    assert cloud.points.labels is not None
    assert cloud.points.labels.values.tolist() == labels


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("# a\n\nx,y\n1,2\n\n3,four\n", "Row 6 of a.csv has 'four' in “y”, which is no number."),
        ("1,2\n3,4\n5\n", "Row 3 of a.csv has 1 column, others have 2."),
        ("x,y\n1,2\n3,4,5\n6,7\n", "Row 3 of a.csv has 3 columns, others have 2."),
        ("x,y\n1,2\n\n3,\n", "1 of 2 rows of a.csv has empty cells, the first is row 4;"),
        ("x,y\n1,2\n#\n3,inf\n", "the first is row 4;"),
        ("x,y,class\n1,2,a\n\n3,4,\n", "1 of 2 rows of a.csv has empty cells, the first is row 4;"),
        ("x,y,class\n1,2,0.5\n3,4,1\n", "must be words or whole numbers"),
        ("", "is empty"),
        ("x,y\n", "holds no rows of numbers"),
        ("\n\n# nothing\n", "holds no rows of numbers"),
        ('1,2\n3,4\n5,"6\n', "Row 3 of a.csv has '6' in column 2"),
    ],
)
def test_what_is_wrong_is_told_with_the_row_of_the_file(
    tmp_path: Path, content: str, sentence: str
) -> None:
    options = {"label": "class"} if "0.5" in content else {}
    if content.endswith('"6\n'):  # the file's end closes it
        assert len(read(tmp_path, content).points.points) == 3
        return
    assert sentence in refusal(tmp_path, content, **options)


def test_a_wrong_row_far_below_is_found(tmp_path: Path) -> None:
    lines = [f"{k / 7},{k / 3}" for k in range(30_000)]
    lines[20_000] = "1.5,cat"
    content = "# table\nx,y\n" + "\n".join(lines[:9000]) + "\n\n\n" + "\n".join(lines[9000:])
    assert "Row 20005 of a.csv has 'cat'" in refusal(tmp_path, content)


def test_many_words_are_no_classes(tmp_path: Path) -> None:
    content = "x,y,class\n" + "".join(f"{k / 7},{k / 3},name {k}\n" for k in range(20_000))
    assert read(tmp_path, content).points.labels is None  # names of rows, by the first rows
    assert "over 1000, and at most 8" in refusal(tmp_path, content, label="class")
    assert read(tmp_path, content, label=False).classes == ()


def test_what_is_doubtful_is_refused_until_somebody_says_more(tmp_path: Path) -> None:
    three = "1.5,2.5,3.5\n4,5,6\n"
    assert "can be understood in more than one way: 3 columns hold" in refusal(tmp_path, three)
    cloud = read(tmp_path, three, x=3, y=1)
    assert cloud.points.points.values.tolist() == [[3.5, 1.5], [6, 4]]
    header = "0,1\n3,4\n5,6\n"
    assert "may be a header or a point" in refusal(tmp_path, header)
    assert len(read(tmp_path, header, header=True).points.points) == 2
    assert len(read(tmp_path, header, header=False).points.points) == 3
    comma = "1,234\t5,678\n2,345\t6,789\n"
    assert "thousands" in refusal(tmp_path, comma)
    assert read(tmp_path, comma, decimal=",").points.points.values[0, 0] == np.float32(1.234)
    assert read(tmp_path, comma, decimal=".").points.points.values[0, 0] == 1234


def test_options_are_honoured(tmp_path: Path) -> None:
    content = "a;b;c\n1,5;2;x\n3;4,5;y\n"
    cloud = read(tmp_path, content, x="b", y="a", label=False, flip_y=True)
    assert cloud.points.points.values.tolist() == [[2, -1.5], [4.5, -3]]
    spelled = read(tmp_path, "1 2\n3 4\n", separator="blank", decimal=".", header=False)
    assert spelled.points.points.values.tolist() == [[1, 2], [3, 4]]
    assert read(tmp_path, "1\t2\n3\t4\n", separator="tab").layout.head.separator == "\t"
    with pytest.raises(Invalid, match="The separator of a table must be"):
        Options(separator="x")
    with pytest.raises(Invalid, match="The decimal mark of a table must be"):
        Options(decimal=";")


def test_what_was_assumed_is_one_sentence(tmp_path: Path) -> None:
    content = "Run 7;;;\nid;lon;lat;kind\n1;1,5;2;a\n2;3;4,5;b\n"
    cloud = read(tmp_path, content, flip_y=True)
    assert cloud.told == (
        "a.csv: 2 points in 2 classes (a, b). Semicolons between columns, decimal commas, a header "
        "below 1 other row, x is “lon”, y is “lat”, the classes are in “kind”; not used: “id”, "
        "y points down."
    )
    assert read(tmp_path, "1,2\n3,4\n").layout.assumed == (
        "Commas between columns, no header, x is column 1, y is column 2."
    )


def test_a_person_is_shown_what_a_script_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1.5,2.5,3.5\n4,5,6\n")
    seen = examine(path)
    assert seen.cloud is not None
    assert seen.cloud.points.points.values.tolist() == [[1.5, 2.5], [4, 5]]
    assert seen.layout.doubts
    path.write_text("a,b,c\nq,1.5,r\ns,2.5,t\n")
    seen = examine(path)
    assert seen.cloud is None
    assert "one column of numbers" in seen.problem
    assert [c.name for c in read_layout(path).columns] == ["a", "b", "c"]


def test_more_points_than_may_be_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_POINTS", 5)
    assert "holds over 5 points" in refusal(tmp_path, "1,2\n" * 6)


WITH_GAPS = (
    "# a\nx,extra,y,class\n1,,2,a\n,0.5,3,a\n4,1.5,NA,b\n\n5,1.5,6,\n7,1.5,8,c\n9,,10,a\n11\n"
    "12,1.5,13,c\n"
)


def test_rows_with_empty_cells_are_left_out_where_that_is_wanted(tmp_path: Path) -> None:
    cloud = read(tmp_path, WITH_GAPS, empty="skip")
    assert cloud.points.points.values.tolist() == [[1, 2], [7, 8], [9, 10], [12, 13]]
    assert cloud.classes == ("a", "c")  # "b" occurs in no row that is left
    assert cloud.points.labels is not None
    assert cloud.points.labels.values.tolist() == [0, 1, 0, 1]
    assert cloud.told.endswith("4 rows with empty cells left out.")
    no_classes = read(tmp_path, WITH_GAPS, empty="skip", label=False)
    assert len(no_classes.points.points) == 5  # a class that isn't used may be empty
    assert "3 rows with empty cells left out" in no_classes.told


def test_without_a_word_no_row_is_lost(tmp_path: Path) -> None:
    content = WITH_GAPS.replace("11\n", "")
    sentence = refusal(tmp_path, content)
    assert "3 of 7 rows of a.csv have empty cells, the first is row 4" in sentence
    assert 'left out: empty="skip" in a script' in sentence
    whole = read(tmp_path, "x,y\n1,2\n3,4\n")
    assert "left out" not in whole.told


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("x,y\n1,2\n,3\n4,5\n6,inf\n", "the first is row 5;"),
        ("x,y\n1,2\n,3\n4,5\n6,six\n", "Row 5 of a.csv has 'six' in “y”"),
        ("x,y\n1,2\n,3\n,5\n", "a.csv holds 1 point"),
    ],
)
def test_row_numbers_stay_those_of_the_file(tmp_path: Path, wrong: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, wrong, empty="skip")


def test_what_becomes_of_empty_cells_is_one_of_two_words(tmp_path: Path) -> None:
    assert "'skip' or 'refuse'" in refusal(tmp_path, "1,2\n3,4\n", empty="drop")
