"""Numbers as people write them: decimal commas, grouped thousands, empty cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from flowlab.core.array_types import Doubles

NAN = float("nan")
_MISSING = {"", "na", "n/a", "nan", "null", "none", "nil", "?", "-", "--", "."}
_EXPONENT = r"(?:[eEdD][+-]?[0-9]{1,4})?"
_GROUPED = {  # "1,234,567.8", and with the other decimal mark "1.234.567,8"
    decimal: re.compile(
        rf"[+-]?[1-9][0-9]{{0,2}}(?:([{other} \u00a0\u2009\u202f'’])[0-9]{{3}})(?:\1[0-9]{{3}})*"
        rf"(?:{re.escape(decimal)}[0-9]*)?{_EXPONENT}"
    )
    for decimal, other in ((".", ","), (",", "."))
}
_PLAIN = {
    decimal: re.compile(
        rf"[+-]?(?:[0-9]+(?:{re.escape(decimal)}[0-9]*)?|{re.escape(decimal)}[0-9]+){_EXPONENT}"
    )
    for decimal in ".,"
}
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)


def number(cell: str, decimal: str) -> float | None:
    """The number in a cell, NaN for an empty one, None for other text."""
    word = cell.strip().replace("\u2212", "-")
    if word.casefold() in _MISSING:
        return NAN
    if _PLAIN[decimal].fullmatch(word) or _INFINITE.fullmatch(word):
        return _value(word, decimal)
    if (grouped := _GROUPED[decimal].fullmatch(word)) and not _is_mantissa(word, grouped[1]):
        return _value(word.replace(grouped[1], ""), decimal)
    return None


def _is_mantissa(word: str, mark: str) -> bool:
    """True for "1,500E+00": before an exponent, a single comma or point is a decimal mark."""
    single = word.count(".") + word.count(",") == 1
    return mark in ".," and single and any(letter in word for letter in "eEdD")


def _value(word: str, decimal: str) -> float:
    return float(word.replace(decimal, ".").replace("D", "e").replace("d", "e"))


def is_number(cell: str, decimal: str) -> bool:
    """True for a number; an empty cell is none."""
    value = number(cell, decimal)
    return value is not None and (value == value or cell.strip().casefold() == "nan")


def is_missing(cell: str) -> bool:
    """True for an empty cell, and for what programs write in its place."""
    return cell.strip().casefold() in _MISSING


def floats(cells: Sequence[str], decimal: str) -> Doubles | int:
    """The numbers of cells, NaN for empty ones; or the index of the first that isn't a number."""
    try:
        words = _dotted(cells) if decimal == "," else cells
        if "_" in "".join(words):  # Python would take 1_0 for ten
            raise ValueError
        return np.fromiter(map(float, words), np.float64, len(words))
    except ValueError:
        return _patient(cells, decimal)


def _dotted(cells: Sequence[str]) -> list[str]:
    if "." in "".join(cells):  # thousands
        raise ValueError
    return [cell.replace(",", ".") for cell in cells]


def _patient(cells: Sequence[str], decimal: str) -> Doubles | int:
    values = np.empty(len(cells))
    for k, cell in enumerate(cells):
        value = number(cell, decimal)
        if value is None:
            return k
        values[k] = value
    return values


def decimal_of(cells: Sequence[str], separator: str) -> tuple[str, bool]:
    """The decimal mark of cells, and whether it may as well be the mark of thousands.

    "1,234" can be both: between commas (in quotes) it is taken for thousands, elsewhere not.
    """
    dots = sum(number(cell, ".") is not None for cell in cells)
    commas = sum(number(cell, ",") is not None for cell in cells)
    if dots != commas:
        return (".", False) if dots > commas else (",", False)
    if not any("," in cell for cell in cells if number(cell, ",") is not None):
        return ".", False
    return ("." if separator == "," else ","), True
