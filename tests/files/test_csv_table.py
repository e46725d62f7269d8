"""Tables in text: separators, headers, what is passed over, and which row is wrong."""

from __future__ import annotations

import io

import numpy as np
import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files.csv_table import read_csv


def table(text: str | bytes, most: int = 100) -> np.ndarray:
    content = text if isinstance(text, bytes) else text.encode()
    return read_csv(io.BytesIO(content), len(content), "a.csv", most, lambda _: None)


@pytest.mark.parametrize("mark", [",", ";", "\t", " ", "  "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_ends_of_lines(mark: str, end: str) -> None:
    rows = [["1", "2.5"], ["-3e2", "4"]]
    found = table(end.join(mark.join(row) for row in rows))
    assert found.tolist() == [[1, 2.5], [-300, 4]]


def test_a_header_remarks_empty_lines_quotes_and_a_mark_of_order_are_passed_over() -> None:
    text = '\ufeffx,"y"\n# of 2020\n\n"1","2"\n  \n3,4\n'
    assert table(text).tolist() == [[1, 2], [3, 4]]
    assert table("name; of what\n1,2\n").tolist() == [[1, 2]]
    assert table("größe;y\n1;2\n".encode("latin-1")).tolist() == [[1, 2]]


def test_decimal_commas_stand_between_semicolons() -> None:
    assert table("1,5;2,25;1\n-0,5;3;2").tolist() == [[1.5, 2.25, 1], [-0.5, 3, 2]]


def test_an_empty_place_is_not_a_number() -> None:
    found = table("1,2\n,4\n5,")
    np.testing.assert_array_equal(found, [[1, 2], [np.nan, 4], [5, np.nan]])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no rows of numbers"),
        ("x,y\n", "holds no rows of numbers"),
        ("1,2,3,4\n", "must have 2 or 3 columns .* not 4 columns"),
        ("1,2\n3,four\n", "Row 2 of a.csv is not numbers: '3,four'"),
        ("x,y\n1,2\n3,4,5\n", "Row 2 of a.csv has 3 columns, the first 2"),
        (b"1,2\n\x00,4\n", "is not a table of numbers"),
        ("1,2\n" * 101, "holds over 100 points; thin it out"),
        ("1," + "2" * 10_001, "has a line of over 10,000 characters"),
    ],
)
def test_what_is_wrong_is_told(text: str | bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        table(text)


def test_the_share_that_is_read_rises_to_one_half_and_on() -> None:
    told: list[float] = []
    content = b"1,2\n" * 50
    read_csv(io.BytesIO(content), len(content), "a.csv", 100, told.append)
    assert told[0] == 0.5
    assert all(0.5 <= share <= 1 for share in told)
