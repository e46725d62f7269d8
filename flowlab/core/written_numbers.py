"""Numbers as people write them: the one reader behind every box, list and command of FlowLab.

Boxes show one notation whatever the locale, that of all figures: a point before decimals and commas
between thousands ("20,000", "0.25", "1e-6"), so that a lecture and a colleague's screen agree. What
is typed or pasted may also be in the user's locale and in any other usual notation: grouped digits
("20,000", "1 000", "1'000", "2,00,000"), decimal commas, fractions ("1/3", "1 1/2", "½"), per cent,
"20k", "4 × 10⁻³", other scripts' digits, typographic minus signs, and units.

A single comma or point before three digits is ambiguous. In a box of whole numbers it separates
thousands. Elsewhere the reading that the box can hold wins; if it can hold both, a point separates
decimals and a comma does what it does in the user's locale. On the command line it separates
thousands there, so that a command means the same on every machine.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

from flowlab.core.document.limits import Invalid

_MINUS = dict.fromkeys(map(ord, "−‐‑‒–—﹣－"), "-")
_PLUS = dict.fromkeys(map(ord, "＋﬩"), "+")
_SLASH = dict.fromkeys(map(ord, "⁄∕／"), "/")
_COMMA = {ord("٫"): ".", ord("，"): ",", ord("．"): "."}
_SIGNS = _MINUS | _PLUS | _SLASH | _COMMA
_RAISED = re.compile("[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_SHORT = 1e-5  # relative error of a number with six digits
_PER_CENT = "%٪％"
_GROUP = "_"  # any mark between thousands that can't be a decimal mark
_GROUPS = dict.fromkeys(map(ord, "'’‘ʼ‛´`＇٬_"), _GROUP)
_POWER = re.compile(r"\s*[×x·*⋅]\s*10\s*(?:\^\s*|\*\*\s*)?([+-]?\d+)$", re.IGNORECASE)
_PURE_POWER = re.compile(r"^([+-]?)10\s*(?:\^|\*\*)\s*([+-]?\d+)$")
_MANY = {"k": 1e3, "K": 1e3, "M": 1e6}
_DIGITS = re.compile(r"\d{1,3}(_\d{3})+|\d{1,2}(_\d{2})*_\d{3}|\d+")  # also as grouped in India
_DECIMALS = re.compile(r"(\d{3}_)*\d*")
_UNITS = {
    "°": ("°", "º", "deg", "degree", "degrees"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "px": ("px", "pixel", "pixels"),
    "fps": ("fps", "hz", "1/s"),
}


@dataclass(frozen=True)
class Notation:
    """The marks of a locale that differ from the program's own."""

    comma_groups: bool = True  # True if a comma separates thousands, not decimals
    exponent: str = "e"


@dataclass(frozen=True)
class Limits:
    """What a box can hold."""

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False
    unit: str = ""

    def holds(self, value: float) -> bool:
        """True if the value lies within the range, or is rounded from its ends in short form."""
        return self.low - _SHORT * abs(self.low) <= value <= self.high + _SHORT * abs(self.high)


def parse(text: str, limits: Limits, marks: Notation) -> float:
    """Return the number that a person wrote, inside the limits or not; raises `Invalid`."""
    try:
        value = _value(_plain(text, limits.unit, marks), limits, marks)
    except Invalid:
        raise
    except (ValueError, OverflowError):
        raise Invalid(f"“{_short(text)}” is not a number.") from None
    except ZeroDivisionError:
        raise Invalid(f"“{_short(text)}” divides by zero.") from None
    if not math.isfinite(value):
        raise Invalid(f"“{_short(text)}” is not a finite number.")
    return value


def fitted(value: float, limits: Limits) -> tuple[float, str]:
    """Return the nearest value that the box can hold, and a sentence if it is another one."""
    if value > limits.high:
        return limits.high, f"The most here is {limits.high:,.12g}."
    if value < limits.low:
        return limits.low, f"The least here is {limits.low:,.12g}."
    nearest = math.floor(value + 0.5) if limits.whole else value
    return nearest, f"Rounded to {nearest:,}, a whole number." if nearest != value else ""


def parse_list(text: str, limits: Limits, marks: Notation) -> tuple[float, ...]:
    """Return the numbers of a list; raises `Invalid` with the word that is none.

    Semicolons, tabs or lines separate numbers that have decimal commas; so do spaces. A comma
    without a space separates numbers only where there is nothing else to do so.
    """
    numbers: list[float] = []
    for chunk in _chunks(text):
        words = [chunk]
        if "," in chunk and (not _is_number(chunk, limits, marks) or chunk == text.strip()):
            words = [word for word in chunk.split(",") if word]
        for word in words:
            if not _is_number(word, limits, marks):
                raise Invalid(f"“{_short(word)}” is not a number.")
            numbers.append(parse(word, limits, marks))
    return tuple(numbers)


def _chunks(text: str) -> list[str]:
    strong = re.split(r"[;\t\r\n|]+", text)
    parts = strong if len(strong) > 1 else re.split(r",\s+|\s+", text)
    return [part.strip().removesuffix(",") for part in parts if part.strip(" ,")]


def _is_number(text: str, limits: Limits, marks: Notation) -> bool:
    try:
        parse(text, limits, marks)
    except Invalid:
        return False
    return True


def _short(text: str, most: int = 24) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


# from typography to plain signs


def _plain(text: str, unit: str, marks: Notation) -> str:
    """The text in ASCII digits and signs, without its name ("t = ") and its unit."""
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")  # marks of direction
    if marks.exponent not in ("e", "E", ""):
        text = re.sub(rf"(?<=\d){re.escape(marks.exponent)}(?=\D?\d)", "e", text)
    text = _RAISED.sub(lambda found: f"^{found[0].translate(_LOWERED)}", text)
    text = text.rpartition("=")[2].translate(_SIGNS)
    text = _without_unit("".join(map(_character, text)).strip(), unit)
    return re.sub(r"^([+-])\s+", r"\1", text)


def _character(char: str) -> str:
    """A digit of any script as ASCII, ½ as a quotient, any space as one; others as they are."""
    if char.isspace():
        return " "
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    top, _, bottom = unicodedata.normalize("NFKC", char).partition("⁄")
    return f" {top}/{bottom}" if bottom else char


def _without_unit(text: str, unit: str) -> str:
    for word in sorted({unit, *_UNITS.get(unit, ())}, key=len, reverse=True):
        if word and text.lower().endswith(word.lower()):
            return text[: -len(word)].rstrip()
    return text


# from plain signs to a value


def _value(text: str, limits: Limits, marks: Notation) -> float:
    if text and text[-1] in _PER_CENT:
        _check_share(text, limits)
        share = Limits(100 * limits.low, 100 * limits.high)
        return _value(text[:-1].rstrip(), share, marks) / 100
    if text and text[-1] in _MANY and text[-2:-1].strip().isdigit():
        return _real(text[:-1], Limits(), Notation(comma_groups=False)) * _MANY[text[-1]]
    if "/" in text:
        return _fraction(text, marks)
    power = _PURE_POWER.match(text)
    if power:
        return float(f"{power[1]}1e{power[2]}")
    return _real(_POWER.sub(r"e\1", text), limits, marks)


def _check_share(text: str, limits: Limits) -> None:
    """Raise `Invalid` where per cent of something would be no answer."""
    if limits.whole or limits.unit:
        wanted = f"it in {limits.unit}" if limits.unit else "a whole number"
        raise Invalid(f"“{_short(text)}” is a share; type {wanted}.")


def _fraction(text: str, marks: Notation) -> float:
    """A quotient of two numbers, after a whole number or not."""
    top, bottom = text.split("/")
    mixed = re.match(r"^([+-]?)(\d+) +(\d{1,2})$", top.strip())
    if mixed:
        sign = -1.0 if mixed[1] == "-" else 1.0
        return sign * (int(mixed[2]) + int(mixed[3]) / _real(bottom, Limits(), marks))
    return _real(top, Limits(), marks) / _real(bottom, Limits(), marks)


def _real(text: str, limits: Limits, marks: Notation) -> float:
    """A decimal number with any marks between thousands, and perhaps an exponent."""
    found = re.match(r"^([+-]?)([\d.,_ ]+)(?:[eE]([+-]?\d+))?$", text.strip().translate(_GROUPS))
    if not found:
        raise ValueError(text)
    sign, digits, exponent = found.groups()
    digits = re.sub(r" +", _GROUP, digits.strip())
    readings = _readings(digits, whole=limits.whole and not exponent)
    if exponent:  # after a mantissa, a single comma is a decimal one: "1,500E+00"
        readings = readings[:1]
    values = [float(f"{sign}{reading}e{exponent or 0}") for reading in readings]
    return values[0] if len(values) == 1 else _chosen(values, digits, limits, marks)


def _readings(digits: str, *, whole: bool) -> list[str]:
    """What the digits may mean, as Python writes it: with decimals first, then without."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        decimal = max(".,", key=digits.rfind)
        return [_joined(digits, decimal)]
    mark = "." if points else ","
    if points + commas == 0:
        return [_joined(digits, "")]
    if points + commas > 1:
        return [_joined(digits.replace(mark, _GROUP), "")]
    if not re.fullmatch(rf"[1-9]\d{{0,2}}\{mark}\d{{3}}", digits):
        return [_joined(digits, mark)]
    grouped = digits.replace(mark, "")
    return [grouped] if whole else [digits.replace(mark, "."), grouped]


def _joined(digits: str, decimal: str) -> str:
    """The digits without their groups; raises ValueError unless these are regular."""
    for mark in ".,".replace(decimal, ""):
        digits = digits.replace(mark, _GROUP)
    before, _, after = digits.partition(decimal) if decimal else (digits, "", "")
    regular = _DIGITS.fullmatch(before) if before else after
    if not regular or not _DECIMALS.fullmatch(after):
        raise ValueError(digits)
    return f"{before or '0'}.{after or '0'}".replace(_GROUP, "")


def _chosen(values: list[float], digits: str, limits: Limits, marks: Notation) -> float:
    """The reading that the box can hold; of two, by its mark."""
    held = [value for value in values if limits.holds(value)]
    if len(held) == 1:
        return held[0]
    return values[1] if "," in digits and marks.comma_groups else values[0]
