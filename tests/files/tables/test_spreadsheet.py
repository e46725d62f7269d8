"""XLSX files: what spreadsheets write, and what nobody should."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import flowlab
from flowlab.core.document.limits import Invalid
from flowlab.files.points import examine, read_cloud
from flowlab.files.tables import spreadsheet
from flowlab.files.tables.table import Options, Parts
from tests.helpers.files import within


def book(path: Path, *rows: list[object], sheets: int = 1) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for _ in range(sheets - 1):
        made.create_sheet().append([9, 9, 9])
    made.save(path)
    return path


def changed(path: Path, **parts: str) -> Path:
    """The same book with other XML in some of its parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w", 8) as new:
        for name in old.namelist():
            key = Path(name).stem
            new.writestr(name, parts[key] if key in parts else old.read(name))
    path.write_bytes(content.getvalue())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Invalid) as caught:
        read_cloud(path)
    assert path.name in str(caught.value)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def test_numbers_words_and_gaps(tmp_path: Path) -> None:
    rows = [["x", "y", "kind"], [0.5, 1.25, "dog"], [], [-3, 2, "cat"], [1 / 3, 7, "dog"]]
    cloud = read_cloud(book(tmp_path / "a.xlsx", *rows))
    assert cloud.points.points.values.tolist() == [[0.5, 1.25], [-3, 2], [pytest.approx(1 / 3), 7]]
    assert cloud.classes == ("cat", "dog")
    assert cloud.layout.assumed == "A header, x is “x”, y is “y”, the classes are in “kind”."


def test_numbers_as_words_with_decimal_commas(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["1,5", "2"], ["3", "4,25"])
    cloud = read_cloud(path)
    assert cloud.points.points.values.tolist() == [[1.5, 2], [3, 4.25]]


def sheets(path: Path, **rows: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, content in rows.items():
        sheet = made.create_sheet(name)
        for row in content:
            sheet.append(row)
    made.save(path)
    return path


NOTES: list[list[object]] = [["Measured on Monday"]]
DATA: list[list[object]] = [["x", "y"], [1, 2.5], [3, 4], [5, 6]]
MORE: list[list[object]] = [["x", "y"], [7, 8], [9, 10.5]]


@pytest.mark.parametrize(
    "notes",
    [NOTES, [], [["Version", 3], ["Year", 2020]], [[1]], [["a", "b"], ["c", "d"]], [[1, 2]]],
)
def test_the_first_sheet_that_holds_a_table_is_read_and_said(
    tmp_path: Path, notes: list[list[object]]
) -> None:
    cloud = read_cloud(sheets(tmp_path / "a.xlsx", notes=notes, data=DATA))
    assert cloud.points.points.values.tolist() == [[1, 2.5], [3, 4], [5, 6]]
    assert cloud.layout.assumed == (
        "The points are in the sheet “data”, not “notes” (to be chosen as sheet), a header, "
        "x is “x”, y is “y”."
    )
    assert cloud.layout.parts == Parts("sheet", ("notes", "data"), "data")


def test_of_several_tables_the_first_is_read_and_that_is_said(tmp_path: Path) -> None:
    cloud = read_cloud(sheets(tmp_path / "a.xlsx", notes=NOTES, data=DATA, more=MORE))
    assert len(cloud.points.points) == 3
    assert "the sheet “data”, the first of 2 with tables, not “notes” or “more”" in cloud.told


@pytest.mark.parametrize("sheet", ["more", "MORE", " more ", 3, "3"])
def test_a_sheet_is_chosen_by_its_name_or_number(tmp_path: Path, sheet: str | int) -> None:
    path = sheets(tmp_path / "a.xlsx", notes=NOTES, data=DATA, more=MORE)
    cloud = read_cloud(path, options=Options(sheet=sheet))
    assert cloud.points.points.values.tolist() == [[7, 8], [9, 10.5]]
    assert "the sheet “more”, not “notes” or “data”" in cloud.told
    np.testing.assert_array_equal(
        flowlab.read_points(path, sheet=sheet).points.values, [[7, 8], [9, 10.5]]
    )


def test_the_name_of_a_sheet_comes_before_its_number(tmp_path: Path) -> None:
    path = sheets(tmp_path / "a.xlsx", **{"2": DATA, "1": MORE})
    assert read_cloud(path, options=Options(sheet="1")).layout.parts.taken == "1"
    assert read_cloud(path, options=Options(sheet=1)).layout.parts.taken == "2"


@pytest.mark.parametrize(
    ("sheet", "sentence"),
    [
        ("notes", "The sheet “notes” of a.xlsx holds no rows of numbers; choose “data”"),
        ("zz", "a.xlsx has no sheet 'zz'; it has “notes” or “data”."),
        (0, "a.xlsx has no sheet '0'"),
        (3, "a.xlsx has no sheet '3'"),
    ],
)
def test_a_sheet_without_a_table_is_told(tmp_path: Path, sheet: str | int, sentence: str) -> None:
    path = sheets(tmp_path / "a.xlsx", notes=NOTES, data=DATA)
    with pytest.raises(Invalid) as caught:
        read_cloud(path, options=Options(sheet=sheet))
    assert sentence in str(caught.value)


def test_sheets_without_any_table_are_told(tmp_path: Path) -> None:
    path = sheets(tmp_path / "a.xlsx", notes=NOTES, more=NOTES)
    assert "holds no rows of numbers in any of its 2 sheets" in refusal(path)


def test_a_hidden_table_comes_after_those_that_are_seen(tmp_path: Path) -> None:
    path = sheets(tmp_path / "a.xlsx", lists=MORE, data=DATA)
    made = openpyxl.load_workbook(path)
    made["lists"].sheet_state = "hidden"
    made.save(path)
    assert read_cloud(path).layout.parts == Parts("sheet", ("lists", "data"), "data")


def test_only_a_spreadsheet_has_sheets(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n3,4.5\n")
    np.savez(tmp_path / "a.npz", X=np.eye(4, 2))
    for name in ("a.csv", "a.npz"):
        with pytest.raises(Invalid, match="holds no sheets"):
            read_cloud(tmp_path / name, options=Options(sheet="data"))


def test_rows_of_a_later_sheet_are_numbered_as_in_it(tmp_path: Path) -> None:
    bad = [["x", "y"], [1, 2.5], [3, 4], [5, "six"]]
    assert "Row 4 of a.xlsx has 'six' in “y”" in refusal(
        sheets(tmp_path / "a.xlsx", notes=NOTES, data=bad)
    )


def test_many_sheets_with_cells_far_away_cost_little(tmp_path: Path) -> None:
    path = sheets(tmp_path / "a.xlsx", **{f"s{k}": NOTES for k in range(20)}, data=DATA)
    far = SHEET.format(
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    )
    changed(path, **{f"sheet{k}": far for k in range(1, 21)})
    with within(seconds=8, megabytes=60):
        assert read_cloud(path).layout.parts.taken == "data"


def test_a_spreadsheet_is_known_by_its_content(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", [1, 2], [3.5, 4]).rename(tmp_path / "a.csv")
    assert len(read_cloud(tmp_path / "a.csv").points.points) == 2


def test_rows_are_numbered_as_in_the_sheet(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["x", "y"], [1.5, 2], [], [], [3, "four"])
    assert "Row 5 of a.xlsx has 'four' in “y”" in refusal(path)


def test_columns_are_chosen(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["a", "b", "c"], [1.5, 2, 3.5], [4, 5.5, 6])
    assert "3 columns hold numbers" in refusal(path)
    cloud = read_cloud(path, options=Options(x="c", y="a"))
    assert cloud.points.points.values.tolist() == [[3.5, 1.5], [6, 4]]


@pytest.mark.parametrize("content", [b"PK\x03\x04junk", b"1,2\n3,4\n", b""])
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    assert "a.xlsx" in refusal(tmp_path / "a.xlsx")


def test_any_zip_is_no_spreadsheet(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("x.txt", "1,2")
    assert "is not an XLSX file" in refusal(tmp_path / "a.xlsx")


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "{}</sheetData></worksheet>"
)


@pytest.mark.parametrize(
    "rows",
    [
        # two cells at opposite corners: a dense table of them would take 400 GB
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="9999999999999"><c><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="ZZZZZZ1"><v>2</v></c></row>',
        "<row><c><v>",
        '<row r="-5"><c r="A-5"><v>1</v></c></row>',
    ],
)
def test_cells_far_away_cost_nothing(
    tmp_path: Path, rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "_SPARE", 10_000)  # empty rows, each of which takes its time
    path = changed(book(tmp_path / "a.xlsx", [1, 2]), sheet1=SHEET.format(rows))
    with within(seconds=8, megabytes=60):
        refusal(path)


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a0 "aaaaaaaaaa">{lines}]>'
    path = changed(book(tmp_path / "a.xlsx", [1, 2]), sheet1=xml + SHEET.format("&a9;"))
    with within(seconds=8, megabytes=60):
        refusal(path)


def test_what_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "a.xlsx", [1, 2], [3, 4])
    monkeypatch.setattr(spreadsheet, "_MOST_UNPACKED", 1000)
    assert "unpacks to" in refusal(path)


def test_a_long_sheet_is_read_with_its_progress(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", *([k / 7, k / 3] for k in range(5000)))
    told: list[float] = []
    seen = examine(path, told.append)
    assert seen.cloud is not None
    assert len(seen.cloud.points.points) == 5000
    assert 0 < max(told[:-1]) < 1
    assert told[-1] == 1
