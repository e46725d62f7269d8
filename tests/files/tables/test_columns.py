"""Which columns are x, y and the class, by their names and by what is in them."""

from __future__ import annotations

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.files.tables.columns import columns_of, roles_of
from flowlab.files.tables.dialect import head_of


def columns(header: str, *rows: str):
    cells = [row.split(",") for row in ((header,) if header else ()) + rows]
    return columns_of(head_of(cells, ",", ".", bool(header)))


def found(header: str, *rows: str, **wanted):
    roles = roles_of(columns(header, *rows), "a.csv", **wanted)
    return roles.x, roles.y, roles.label, roles.doubts


NINE = [f"{k},{k / 7},{k / 3},{k % 3}" for k in range(9)]  # index, x, y, class


@pytest.mark.parametrize(
    ("header", "rows", "roles"),
    [
        ("", ["1,2", "3,4"], (0, 1, None)),
        ("", ["1.5,2,0", "3,4,1"], (0, 1, 2)),
        ("", ["1.5,2,cat", "3,4,dog"], (0, 1, 2)),
        ("", ["cat,1.5,2", "dog,3,4"], (1, 2, 0)),
        ("", [f"{k},{k / 7},{k / 3}" for k in range(9)], (1, 2, None)),
        (",x,y", [f"{k},{k / 7},{k % 2}" for k in range(9)], (1, 2, None)),
        (",a,b", [f"{k},{k / 7},{k % 2}" for k in range(9)], (1, 2, None)),
        ("id,a,b,kind", NINE, (1, 2, 3)),
        ("class,x,y", ["0,1.5,2", "1,3,4"], (1, 2, 0)),
        ("y,x", ["1,2", "3,4"], (1, 0, None)),
        ("X,Y,Z", ["1.5,2.5,3.5", "3,4,5"], (0, 1, None)),
        ("x1,x2,y", ["1.5,2.5,0", "3,4,1"], (0, 1, 2)),
        ("lat,lon", ["50,8", "51,9"], (1, 0, None)),
        ("t,x,y,label,name", ["0.5,1,2,b,q", "0.7,3,4,a,r"], (1, 2, 3)),
        ("weight,height,species", ["1.5,2,setosa", "3,4,virginica"], (0, 1, 2)),
    ],
)
def test_tables_with_one_meaning(header: str, rows: list[str], roles: tuple) -> None:
    assert found(header, *rows) == (*roles, ())


@pytest.mark.parametrize(
    ("header", "rows", "doubt"),
    [
        ("", ["1.5,2.5,3.5", "3,4,5"], "3 columns hold numbers (column 1, column 2, column 3)"),
        ("a,b,c,d,e", ["1.5,2.5,3.5,4.5,5.5"] * 2, "5 columns hold numbers (“a”, “b”, “c”, “d”, …"),
        ("", [f"{k},{k / 7},{k % 2}" for k in range(9)], "the first column may be x or the number"),
        ("", [f"0.5,{k / 7},{k % 40}" for k in range(90)], "column 3 holds more than 8 classes"),
        ("x,y,class", [f"0.5,{k / 7},{k % 9}" for k in range(90)], "“class” holds more than 8"),
        ("x,y,class", [f"0.5,{k / 7},w{k % 9}" for k in range(90)], "“class” holds more than 8"),
        ("x,y,one,two", ["1,2,a,b", "3,4,c,d"], "the class may be “one” or “two”"),
        ("id,value", ["1,2.5", "2,3.5"], "one column of numbers seems to number the rows"),
    ],
)  # fmt: skip
def test_tables_with_several_meanings(header: str, rows: list[str], doubt: str) -> None:
    *_, doubts = found(header, *rows)
    assert len(doubts) == 1
    assert doubt in doubts[0]


@pytest.mark.parametrize("x", ["column 2", "Column 2", "column2", " col 2 ", "2", 2])
def test_a_column_is_called_as_messages_call_it(x: str | int) -> None:
    roles = roles_of(columns("", "1.5,2.5", "3,4.5", "5,7"), "a.csv", x, "column 1")
    assert (roles.x, roles.y) == (1, 0)


def test_a_name_comes_before_a_number() -> None:
    named = columns("column 2,column 1", "1.5,2.5", "3,4.5", "5,7")
    assert roles_of(named, "a.csv", "column 2", "“column 1”").x == 0
    assert roles_of(named, "a.csv", 2, 1).x == 1


def test_columns_that_are_wanted_are_taken_without_a_doubt() -> None:
    rows = ["1.5,2.5,3.5,a", "3,4,5,b"]
    assert found("p,q,r,k", *rows, x="r", y="P") == (2, 0, 3, ())
    assert found("p,q,r,k", *rows, x=2, y="3") == (1, 2, 3, ())
    assert found("p,q,r,k", *rows, x="q", y="r", label=False) == (1, 2, None, ())
    assert found("p,q,k,l", "1.5,2,a,c", "3,4,b,d", label="l") == (0, 1, 3, ())
    assert found("p,q,r", "1.5,2.5,3.5", "3,4,5", x="r", label=False)[0] == 2


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"x": "z"}, "a.csv has no column 'z'; it has p, q."),
        ({"x": 3}, "a.csv has no column '3'; it has p, q."),
        ({"x": 0}, "no column '0'"),
        ({"x": True}, "no column 'True'"),
        ({"x": "p", "y": 1}, "must be two columns, not both “p”"),
    ],
)
def test_columns_that_are_not_there(wanted: dict, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        found("p,q", "1,2", "3,4", **wanted)


def test_too_few_numbers_are_told() -> None:
    with pytest.raises(Invalid, match=r"one column of numbers \(2 columns in all\)"):
        found("a,b", "1.5,cat", "3,dog")
    with pytest.raises(Invalid, match=r"no column of numbers \(1 column in all\)"):
        found("a", "cat", "dog")
