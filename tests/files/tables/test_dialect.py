"""Separator, decimal mark and header of texts as programs write them."""

from __future__ import annotations

import io

import pytest

from flowlab.files.tables.dialect import Head, common_width, find_separator, read_head
from flowlab.files.tables.text import Text, checked


def text(content: str) -> Text:
    raw = content.encode()
    return checked(io.BytesIO(raw), len(raw), "a.csv", 1000, lambda _: None)


def head(content: str, header: bool | None = None) -> Head:
    return read_head(text(content), None, None, header)


@pytest.mark.parametrize(
    ("content", "separator", "decimal"),
    [
        ("1.5,2\n3,4.5\n", ",", "."),
        ("1.5, 2\n3, 4.5\n", ",", "."),
        ("1,5;2\n3;4,5\n", ";", ","),
        ("1;2\n3;4\n5,5;6\n", ";", ","),
        ("1,5\t2,5\n", "\t", ","),
        ("1,5\t2,5\n3\t4,25\n", "\t", ","),
        ("1,5 2,5\n3 4,25\n", " ", ","),
        ("  1.5e+00   2\n -3.0e+00  4\n", " ", "."),
        ("1|2\n3|4.5\n", "|", "."),
        ("1,234,567.5;2,000\n3,000;4\n", ";", "."),
        ('"1,234.5","2,000"\n"3,000","4"\n', ",", "."),
        ("1.234,5\t2\n3\t4,5\n", "\t", ","),
        ("x\ty\n1\t2.5\n", "\t", "."),
        ("# a, b; c\n# d, e; f\n1 2\n3 4.5\n", " ", "."),
        ("a name, with commas;x;y\nb, c;1,5;2\nd, e;3;4,5\n", ";", ","),
    ],
)
def test_separators_and_decimal_marks(content: str, separator: str, decimal: str) -> None:
    found = head(content)
    assert (found.separator, found.decimal) == (separator, decimal)
    assert find_separator(text(content)) == separator


@pytest.mark.parametrize(
    ("content", "names", "first"),
    [
        ("1,2\n3,4\n", (), ["1", "2"]),
        ("x,y\n1,2\n", ("x", "y"), ["1", "2"]),
        ("x;y\n1,5;2\n", ("x", "y"), ["1,5", "2"]),
        ("0,1\n0.5,2\n3,4\n", ("0", "1"), ["0.5", "2"]),
        (",0,1\n0,0.5,2\n1,3,4\n", ("", "0", "1"), ["0", "0.5", "2"]),
        (",x,y\n0,0.5,2\n1,3,4\n", ("", "x", "y"), ["0", "0.5", "2"]),
        ('"x" "y"\n"1" 0.5 2\n"2" 3 4\n', ("", "x", "y"), ["1", "0.5", "2"]),
        ("My data;;\n;;\nx;y;k\n1;2;a\n3;4;b\n", ("x", "y", "k"), ["1", "2", "a"]),
        ("x,y,\n1,2,\n3,4,\n", ("x", "y"), ["1", "2"]),
        ("a,b\nx,y\n1,2\n3,4\n5,6\n", ("x", "y"), ["1", "2"]),
        ("NA,2\n3,4\n", (), ["NA", "2"]),
    ],
)
def test_headers(content: str, names: tuple[str, ...], first: list[str]) -> None:
    found = head(content)
    assert found.names == names
    assert found.rows[0] == first
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("content", "doubt"),
    [
        ("0,1\n3,4\n5,6\n", "the first row 0, 1 may be a header or a point"),
        ("three,4\n1,2\n3,5\n", "may be a header or, because of '4', a point"),
        ("1,234\t5,678\n2,345\t6,789\n", "a comma as in '1,234' may be a decimal"),
    ],
)
def test_what_only_a_person_can_decide(content: str, doubt: str) -> None:
    assert any(doubt in told for told in head(content).doubts)


@pytest.mark.parametrize("header", [True, False])
def test_whoever_says_whether_there_is_a_header_is_believed(header: bool) -> None:
    found = head("0,1\n3,4\n5,6\n", header)
    assert found.names == (("0", "1") if header else ())
    assert len(found.rows) == 3 - header
    assert found.doubts == ()


def test_the_common_width_leaves_out_empty_ends() -> None:
    assert common_width([["1", "2", ""], ["3", "4"], ["5"]]) == 2
    assert common_width([]) == 0
