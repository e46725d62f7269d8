"""Text in any encoding, its lines, and the numbers of its rows in the file."""

from __future__ import annotations

import io

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files.tables.text import Text, checked


def text(content: str | bytes, most: int = 100) -> Text:
    raw = content if isinstance(content, bytes) else content.encode()
    return checked(io.BytesIO(raw), len(raw), "a.csv", most, lambda _: None)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(encoding: str, end: str) -> None:
    content = end.join(["größe;y", "1,5;2", "-3;4"]) + end
    rows = list(text(content.encode(encoding)).numbered(";"))
    assert rows == [(1, ["größe", "y"]), (2, ["1,5", "2"]), (3, ["-3", "4"])]


def test_utf_16_with_its_other_mark() -> None:
    content = b"\xfe\xff" + "x\ty\n1\t2\n".encode("utf-16-be")
    assert list(text(content).rows("\t")) == [["x", "y"], ["1", "2"]]


def test_rows_are_numbered_as_in_the_file() -> None:
    content = "# gnuplot\n\nx y\n  # more\n1 2\n\n\n% matlab\n3\t 4\n"
    assert list(text(content).numbered(" ")) == [(3, ["x", "y"]), (5, ["1", "2"]), (9, ["3", "4"])]


def test_a_quoted_cell_may_hold_a_separator_a_quotation_mark_or_the_end_of_a_line() -> None:
    content = '"a,b","say ""so"""\n"1\n2",3\n4,5\n'
    assert list(text(content).numbered(",")) == [
        (1, ["a,b", 'say "so"']),
        (3, ["1\n2", "3"]),
        (4, ["4", "5"]),
    ]
    assert list(text("\"a b\" 'c d' e\n").rows(" ")) == [["a b", "c d", "e"]]


def test_rows_of_empty_cells_are_passed_over() -> None:
    assert list(text(";;\n1;2;\n ; ;\n").numbered(";")) == [(2, ["1", "2", ""])]


def test_an_open_quotation_mark_is_told() -> None:
    with pytest.raises(Invalid, match="a quotation mark that opens is never closed"):
        list(text('1,"2\n' + "3,4\n" * 40_000, 50_000).rows(","))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"1,2\n\x00,4\n", "is not a table of numbers"),
        ("1,2\n\x01,4\n".encode("utf-16"), "is not a table of numbers"),
        ("1,2\n".encode("utf-16") + b"\x00\xdc1\x00\n\x00", "is not a table of numbers"),
        (b"1,2\n" * 100_201, "has over 100,201 lines; thin it out"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        list(text(content).rows(","))


@pytest.mark.parametrize("separator", [",", " "])
def test_long_lines_and_wide_rows_are_refused(separator: str) -> None:
    with pytest.raises(Invalid, match="a line of over 10,000 characters"):
        list(text("1" + separator + "2" * 10_001).rows(separator))
    with pytest.raises(Invalid, match="has 201 columns, of which at most 200 can be read"):
        list(text(separator.join(["1"] * 201)).rows(separator))


def test_the_share_that_is_read_rises_to_one_half_and_on() -> None:
    told: list[float] = []
    content = b"1,2\n" * 50
    list(checked(io.BytesIO(content), len(content), "a.csv", 100, told.append).rows(","))
    assert told[0] == 0.5
    assert all(0.5 <= share <= 1 for share in told)
