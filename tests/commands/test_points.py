"""`flowlab points`: a file of points becomes a document, with every choice as an argument."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from flowlab import cli
from flowlab.core.document.shapes import Points
from flowlab.files import session

TABLE = "id;a;b;kind\n1;1,5;200;dog\n2;3;400;cat\n3;4;100;dog\n"


def run(*words: str) -> int:
    return cli.main(["points", *words])


@pytest.fixture
def table(tmp_path: Path) -> str:
    (tmp_path / "a.csv").write_text(TABLE)
    return str(tmp_path / "a.csv")


def target(path: Path) -> Points:
    shape = session.load(path).document.target
    assert isinstance(shape, Points)
    return shape


def test_it_says_what_it_assumed(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(table) == 0
    assert capsys.readouterr().out == (
        "a.csv: 3 points in 2 classes (cat, dog). Semicolons between columns, decimal commas, "
        "a header, x is “a”, y is “b”, the classes are in “kind”; not used: “id”.\n"
    )


def test_a_document_with_the_points_as_given(table: str, tmp_path: Path) -> None:
    out = tmp_path / "d.flowlab"
    assert run(table, "-o", str(out), "--x", "b", "--y", "1", "--label", "none",
               "--flip-y", "--keep-scale") == 0  # fmt: skip
    assert target(out).points.values.tolist() == [[200, -1], [400, -2], [100, -3]]
    assert target(out).labels is None
    assert target(out).scale == 1


def test_a_sheet_is_an_argument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    for name, low in (("data", 1), ("more", 5)):
        sheet = book.create_sheet(name)
        for k in range(3):
            sheet.append([low + k, low - 0.5 * k])
    book.save(path)
    out = tmp_path / "d.flowlab"
    assert run(str(path), "-o", str(out), "--sheet", "more", "--keep-scale", "--no-header") == 0
    assert target(out).points.values.tolist() == [[5, 5], [6, 4.5], [7, 4]]
    assert "the sheet “more”" in capsys.readouterr().out
    assert run(str(path), "--sheet", "none such") == 2
    assert "has no sheet 'none such'; it has “Sheet”" in capsys.readouterr().err


def test_a_cloud_is_fitted_and_may_be_the_source(table: str, tmp_path: Path) -> None:
    out = tmp_path / "d.flowlab"
    assert run(table, "-o", str(out), "--as", "source") == 0
    source = session.load(out).document.source
    assert isinstance(source, Points)
    values = source.points.values * source.scale + (source.offset_x, source.offset_y)
    assert np.abs(values).max() == pytest.approx(4, rel=1e-5)


def test_separator_decimal_and_header_are_arguments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("0,1\n3,4\n5,6\n")
    name = str(tmp_path / "a.txt")
    assert run(name) == 2
    assert "may be a header or a point. State x, y" in capsys.readouterr().err
    assert run(name, "--header", "--json") == 0
    assert json.loads(capsys.readouterr().out)["points"] == 2
    assert run(name, "--no-header", "--separator", "comma", "--decimal", ".", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == {
        "points": 3,
        "classes": [],
        "assumed": "Commas between columns, no header, x is column 1, y is column 2.",
        "left_out": 0,
        "output": None,
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--x", "q"], "no column 'q'"),
        (["--separator", "x"], "The separator of a table must be"),
        (["--decimal", ";"], "invalid choice"),
        (["-o", "a.csv"], "must end in .flowlab"),
    ],
)
def test_bad_arguments_are_one_line_and_nothing_is_written(
    table: str, tmp_path: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(table, *words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_rows_with_empty_cells_are_left_out_only_when_told(tmp_path, capsys) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n,3\n4,5\n")
    assert run(str(tmp_path / "a.csv")) == 2
    assert "1 of 3 rows of a.csv has empty cells" in capsys.readouterr().err
    assert run(str(tmp_path / "a.csv"), "--empty", "skip", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["points"], told["left_out"]) == (2, 1)
    assert "1 row with empty cells left out" in told["assumed"]
