"""Numbers as people write them; the values are written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flowlab.files.tables.numbers import decimal_of, floats, is_missing, is_number, number


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1.5", ".", 1.5), (" -2 ", ".", -2), ("+.5", ".", 0.5), ("3.", ".", 3),
        ("1e-3", ".", 0.001),
        ("1.0D+02", ".", 100), ("1,234", ".", 1234), ("1,234,567.25", ".", 1234567.25),
        ("12 345.5", ".", 12345.5), ("12\u202f345", ".", 12345), ("1'234.5", ".", 1234.5),
        ("\u22121.5", ".", -1.5), ("inf", ".", math.inf), ("-Infinity", ".", -math.inf),
        ("1,5", ",", 1.5), ("-,25", ",", -0.25), ("1.234,5", ",", 1234.5), ("1.234", ",", 1234),
        ("0,123", ",", 0.123), ("1 234,5", ",", 1234.5), ("1,5e3", ",", 1500),
        ("2,041E+00", ",", 2.041), ("2.041E+00", ".", 2.041), ("1,234.5e3", ".", 1234500),
        ("1.234,5E-3", ",", 1.2345), ("1,234,567E+00", ".", 1234567),
    ],
)  # fmt: skip
def test_numbers(cell: str, decimal: str, value: float) -> None:
    assert number(cell, decimal) == value
    found = floats([cell], decimal)
    assert isinstance(found, np.ndarray)
    assert found.tolist() == [value]
    assert is_number(cell, decimal)


@pytest.mark.parametrize("cell", ["", "  ", "NA", "nan", "null", "None", "n/a", "-", "?"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_what_stands_for_nothing(cell: str, decimal: str) -> None:
    assert math.isnan(number(cell, decimal) or 0.0)
    assert is_missing(cell)


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [("1_0", "."), ("0x10", "."), ("12,34", "."), ("1,23,456", "."), ("0,123", "."), ("1.5", ","),
     ("1.5.2", "."), ("cat", "."), ("1 2", "."), ("2020-01-01", "."), ("1e", ".")],
)  # fmt: skip
def test_what_is_no_number(cell: str, decimal: str) -> None:
    assert number(cell, decimal) is None
    assert floats(["1", cell], decimal) == 1


def test_what_numbers_become_is_what_python_reads() -> None:
    values = np.random.default_rng(0).normal(size=300) * 10.0 ** np.arange(-150, 150)
    cells = [repr(float(value)) for value in values]
    assert np.array_equal(floats(cells, "."), values)
    assert np.array_equal(floats([c.replace(".", ",") for c in cells], ","), values)


@pytest.mark.parametrize(
    ("cells", "separator", "found"),
    [
        (["1.5", "2"], ",", (".", False)),
        (["1,5", "2"], ";", (",", False)),
        (["1,234", "0,5"], ";", (",", False)),
        (["1,234", "2,345,678"], ";", (".", False)),
        (["1,234", "5,678"], ";", (",", True)),
        (["1,500E+00", "2,041E-01"], ";", (",", False)),
        (["1,500E+00", "2,041E-01"], ",", (",", False)),
        (["1.500E+00", "2.041E-01"], ";", (".", False)),
        (["1,234", "0,041"], ";", (",", False)),
        (["1,234", "-0,041"], ",", (",", False)),
        (["1,234", "12345,678"], ";", (",", False)),
        (["1,234", "1 234,567"], ";", (",", False)),
        (["1,234", "5,678"], ",", (".", True)),
        (["1.234,5"], ";", (",", False)),
        (["1.234", "2.345"], ";", (".", False)),
        (["1", "2"], ";", (".", False)),
        ([], ";", (".", False)),
    ],
)
def test_the_decimal_mark(cells: list[str], separator: str, found: tuple[str, bool]) -> None:
    assert decimal_of(cells, separator) == found
