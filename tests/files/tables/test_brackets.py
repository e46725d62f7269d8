"""Points as programs print them: brackets around rows, and what else stands around the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.files.points import read_cloud
from flowlab.files.tables.brackets import in_brackets, rows_in_brackets

XY = np.random.default_rng(3).normal(size=(7, 2))
PAIRS = [(float(x), float(y)) for x, y in XY]


def lines(rows: object) -> str:
    return "\n".join(map(str, rows))  # type: ignore[call-overload]


PRINTED = {
    "tuples": lines(PAIRS),
    "lists": lines(map(list, PAIRS)),
    "rows of an array": lines(XY),
    "tuples of numpy numbers": lines(map(tuple, XY)),
    "an array": str(XY),
    "the code of an array": repr(XY),
    "the code of an array of another type": repr(XY.astype(np.float32)),
    "a tensor": repr(torch.tensor(XY)),
    "a list in one line": str(PAIRS),
    "a list of lists in one line": str(XY.tolist()),
    "a list of numpy numbers in one line": str(list(map(tuple, XY))),
    "a variable": f"points = [\n{''.join(f'    {pair},' + chr(10) for pair in PAIRS)}]\n",
    "nested braces": "{" + ",\n".join(f"{{{x}, {y}}}" for x, y in PAIRS) + "}",
    "with comments": "\n".join(f"{pair}  # a point" for pair in PAIRS),
    "decimal commas": "\n".join(f"({x}; {y})".replace(".", ",") for x, y in PAIRS),
    "blank lines and a title": "# mine\n\n" + "\n\n".join(map(str, PAIRS)),
}


@pytest.mark.parametrize("kind", PRINTED)
def test_printed_points_are_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.txt").write_text(PRINTED[kind])
    cloud = read_cloud(tmp_path / "a.txt")
    assert np.allclose(cloud.points.points.values, XY, atol=6e-5)  # a tensor shows 4 decimals
    assert cloud.layout.assumed.startswith("Rows in brackets, ")


def test_a_header_and_classes_in_brackets(tmp_path: Path) -> None:
    rows = [("x", "y", "kind"), (1.5, 2, "a cat"), (3, 4.5, "a dog"), (5, 6.5, "a cat")]
    (tmp_path / "a.txt").write_text(lines(rows))
    cloud = read_cloud(tmp_path / "a.txt")
    assert cloud.points.points.values.tolist() == [[1.5, 2], [3, 4.5], [5, 6.5]]
    assert cloud.classes == ("a cat", "a dog")


def test_a_long_list_in_one_line_is_read(tmp_path: Path) -> None:
    many = np.random.default_rng(0).normal(size=(2000, 2))
    (tmp_path / "a.txt").write_text(str(many.tolist()))
    assert np.allclose(read_cloud(tmp_path / "a.txt").points.points.values, many)


def test_a_print_with_rows_left_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(str(np.random.default_rng(0).normal(size=(2000, 2))))
    with pytest.raises(Invalid, match=r"a\.txt is a shortened print \(“...” in line 4\)"):
        read_cloud(tmp_path / "a.txt")


def test_a_wrong_row_has_the_number_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("(1.5, 2)\n(3, 4)\n(5, six)\n")
    with pytest.raises(Invalid, match=r"Row 3 of a\.txt has 'six' in column 2"):
        read_cloud(tmp_path / "a.txt")


@pytest.mark.parametrize("line", ["1.5, 2", "x, y", "a(b), c", "", "name [mm], y", "[mm], 3"])
def test_other_lines_are_in_no_brackets(line: str) -> None:
    assert not in_brackets(line)


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("(1, 2)\n", ["1, 2"]),
        ("[[1. 2.]\n", ["1. 2."]),
        (" [3. 4.]])", ["3. 4."]),
        ("[(1, 2), (3, 4)]", ["1, 2", "3, 4"]),
        ("points = [", [""]),
        ("]", [""]),
        ("[np.float32(1.5), np.float64(-2e-3)],", ["1.5, -2e-3"]),
        ("(1, 2, 'it')", ['1, 2, "it"']),
    ],
)
def test_rows_without_their_brackets(line: str, rows: list[str]) -> None:
    assert rows_in_brackets(line) == rows


def test_brackets_in_a_table_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x [mm],y [mm],kind\n1.5,2,(a)\n3,4,(b)\n5,6,(a)\n")
    cloud = read_cloud(tmp_path / "a.csv")
    assert cloud.classes == ("(a)", "(b)")
    assert "x is “x [mm]”" in cloud.told
