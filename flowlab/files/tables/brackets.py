"""Rows of numbers in brackets, as Python, numpy and others print arrays and lists of points."""

from __future__ import annotations

import re

_NAME = r"[A-Za-z_][\w.]*"
_BEFORE = re.compile(rf"^\s*(?:{_NAME}\s*=\s*)?(?:{_NAME}\s*)?(?=[\[({{])")  # "xy = array("
_SCALAR = re.compile(r"\b(?:np\.|numpy\.|torch\.)?[a-z]+\d*\(([^()\[\]]*)\)")  # "np.float64(1.5)"
_AFTER = re.compile(r"[\])}]\s*,?\s*(?:[a-z_]+=|#|//|%).*$")  # ", dtype=float32)", "# comment"
_OPENED = re.compile(r"[\[({][\s\[({]*[-+\u2212]?\.?\d")
_BETWEEN = re.compile(r"[\])}]\s*[,;]?\s*(?=[\[({])")
_ONE_ROW = re.compile(r"\s*[\[({]+([^\[\](){}'\"#/%=]+)[\])}]+,?\s*")  # nearly every line
_AROUND = " \t\r\n,;[](){}"


def in_brackets(line: str) -> bool:
    """True if a line begins with a bracket and a number, perhaps after the name of an array."""
    return _OPENED.match(_bare(line)) is not None


def rows_in_brackets(line: str) -> list[str]:
    """The rows of a line, mostly one, without their brackets and without what is around them."""
    if plain := _ONE_ROW.fullmatch(line):
        return [plain[1].strip(_AROUND)]
    rows = _BETWEEN.split(_AFTER.sub("]", _bare(line)))
    return [_quoted(row.strip(_AROUND)) for row in rows]


def _bare(line: str) -> str:
    """The line from its first bracket on, with plain numbers in it."""
    return (
        _BEFORE.sub("", _SCALAR.sub(r"\1", line)) if "(" in line or "[" in line else line.lstrip()
    )


def _quoted(row: str) -> str:
    """The row with words in the quotation marks that tables have."""
    return row if '"' in row else row.replace("'", '"')
