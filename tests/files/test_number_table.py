"""Columns as CSV and NPY: everything reads back as it was."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.core.document.limits import Invalid
from flowlab.files.number_table import Column, as_csv, free_name, write_numbers
from flowlab.files.points import read_points

PLACES = np.array([[0.1, -2.5], [1e-12, 3e15], [np.pi, 0.0]], np.float32)


@pytest.fixture
def columns() -> list[Column]:
    return [
        Column("x", PLACES[:, 0]),
        Column("time", PLACES[:, 1].astype(float), "s"),
        Column("name", np.array(["a,b", 'c"d', "é"])),
    ]


def test_csv_has_a_header_with_units_and_reads_back(tmp_path: Path, columns: list[Column]) -> None:
    write_numbers(tmp_path / "a.csv", columns)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["x", "time (s)", "name"]
    assert [np.float32(row[0]) for row in rows] == PLACES[:, 0].tolist()
    assert [float(row[1]) for row in rows] == PLACES[:, 1].tolist()
    assert [row[2] for row in rows] == ["a,b", 'c"d', "é"]


def test_npy_has_a_field_for_each_column(tmp_path: Path, columns: list[Column]) -> None:
    write_numbers(tmp_path / "a.NPY", columns)
    table = np.load(tmp_path / "a.NPY", allow_pickle=False)
    assert table.dtype.names == ("x", "time (s)", "name")
    np.testing.assert_array_equal(table["x"], PLACES[:, 0])
    assert table["name"].tolist() == ["a,b", 'c"d', "é"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_reads_back_exactly(value: float) -> None:
    _, row = as_csv([Column("x", np.array([value]))]).decode().splitlines()
    assert float(row) == value


def test_what_is_not_known_is_an_empty_cell() -> None:
    text = as_csv([Column("x", np.array([np.nan, 1.0])), Column("n", np.array([1, 2]))])
    assert text.decode().splitlines() == ["x,n", ",1", "1,2"]


def test_points_can_be_opened_again(tmp_path: Path) -> None:
    classes = Column("class", np.array([1, 2, 1]))
    places = [Column("x", PLACES[:, 0] / 10), Column("y", np.array([1.0, 2.0, 3.0])), classes]
    write_numbers(tmp_path / "a.csv", places)
    read = read_points(tmp_path / "a.csv")
    assert read.points is not None
    assert read.labels is not None
    np.testing.assert_allclose(read.points.values[:, 1], [1, 2, 3])
    assert read.labels.values.tolist() == [0, 1, 0]


def test_other_suffixes_and_uneven_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="\\.csv or \\.npy"):
        write_numbers(tmp_path / "a.xlsx", [Column("x", np.zeros(2))])
    with pytest.raises(ValueError, match="one length"):
        write_numbers(tmp_path / "a.csv", [Column("x", np.zeros(2)), Column("y", np.zeros(3))])


def test_a_proposed_name_is_free(tmp_path: Path) -> None:
    assert free_name(tmp_path, "moons", ".csv").name == "moons.csv"
    for name in ("moons.csv", "moons-2.csv"):
        (tmp_path / name).touch()
    assert free_name(tmp_path, "moons", ".csv").name == "moons-3.csv"
