"""Numbers as people write them: every notation of every locale is read back as it was meant."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from flowlab.core.document.limits import Invalid
from flowlab.core.written_numbers import Limits, Notation, fitted, parse, parse_list
from flowlab.ui.base.notation import notation_of
from flowlab.ui.base.scale import Scale

PARTICLES = Limits(1, 1_000_000, whole=True)
SHARE = Limits(0.0, 1.0)
ANY = Limits()
ENGLISH, GERMAN = Notation(), Notation(comma_groups=False)
FEW = settings(max_examples=40, deadline=None)
LOCALES = ["C", "en_US", "de_DE", "fr_FR", "de_CH", "hi_IN", "pt_BR", "sv_SE", "ar_EG", "fa_IR"]


def of(name: str) -> tuple[QLocale, Notation]:
    return QLocale(name), notation_of(QLocale(name))


@pytest.mark.parametrize("marks", [ENGLISH, GERMAN])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20,000", 20_000),
        ("20.000", 20_000),
        ("20 000", 20_000),
        ("20\u202f000", 20_000),
        ("20\u00a0000", 20_000),
        ("20’000", 20_000),
        ("20'000", 20_000),
        ("20_000", 20_000),
        ("2,00,000", 200_000),
        ("1.000", 1000),
        ("1.000.000", 1_000_000),
        ("20k", 20_000),
        ("1.5k", 1500),
        ("1M", 1_000_000),
        ("2e4", 20_000),
        ("20,000.00", 20_000),
        ("20.000,00", 20_000),
        ("8/2", 4),
        ("१२", 12),
        ("１２", 12),
    ],
)
def test_a_box_of_whole_numbers_reads_groups(text: str, value: float, marks: Notation) -> None:
    assert parse(text, PARTICLES, marks) == value


@pytest.mark.parametrize("marks", [ENGLISH, GERMAN])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,25", 0.25),
        ("0.25", 0.25),
        (".25", 0.25),
        (",25", 0.25),
        ("0,250", 0.25),
        ("1.000", 1.0),
        ("1,000", 1.0),
        ("1/3", 1 / 3),
        ("1 / 3", 1 / 3),
        ("1⁄3", 1 / 3),
        ("½", 0.5),
        ("⅔", 2 / 3),
        ("25 %", 0.25),
        ("12,5%", 0.125),
        ("1e-3", 1e-3),
        ("1E−3", 1e-3),
        ("4 × 10⁻³", 4e-3),
        ("1·10^-2", 1e-2),
        ("10⁻³", 1e-3),
        ("t = 0.25", 0.25),
        ("α = 0,25", 0.25),
        ("0.123 456", 0.123456),
        ("٠٫٢٥", 0.25),
        ("\u200e0.25\u200f", 0.25),
    ],
)
def test_a_box_from_0_to_1_reads_decimals(text: str, value: float, marks: Notation) -> None:
    assert parse(text, SHARE, marks) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("marks", [ENGLISH, GERMAN])
@pytest.mark.parametrize(
    ("text", "value"),
    [("2,041E+00", 2.041), ("2.041E+00", 2.041), ("1,500e3", 1500), ("1,5 × 10²", 150),
     ("1,250 × 10³", 1250), ("1,234.5e1", 12345), ("1.234,5e1", 12345), ("0,041", 0.041)],
)  # fmt: skip
def test_before_an_exponent_and_after_a_zero_a_mark_is_a_decimal_one(
    text: str, value: float, marks: Notation
) -> None:
    assert parse(text, ANY, marks) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("minus", list("-−‐‑‒–—－"))
def test_every_minus_sign_is_one(minus: str) -> None:
    assert parse(f"{minus}1.5", ANY, ENGLISH) == -1.5
    assert parse(f"{minus} 1/4", ANY, ENGLISH) == -0.25
    assert parse(f"1e{minus}3", ANY, ENGLISH) == 1e-3


def test_a_comma_before_three_digits_is_resolved_by_the_range_then_the_locale() -> None:
    assert parse("20,000", ANY, ENGLISH) == 20_000
    assert parse("20,000", ANY, GERMAN) == 20
    assert parse("20,000", Limits(0, 100), ENGLISH) == 20
    assert parse("20,000", Limits(1000, 1e6), GERMAN) == 20_000
    assert parse("20.000", ANY, GERMAN) == 20  # the program's own notation comes first
    assert parse("20.000", Limits(1000, 1e6), GERMAN) == 20_000


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("-90 °", "°", -90),
        ("90deg", "°", 90),
        ("4 s", "s", 4),
        ("4,5 seconds", "s", 4.5),
        ("1280 px", "px", 1280),
    ],
)
def test_a_pasted_unit_is_left_out(text: str, unit: str, value: float) -> None:
    assert parse(text, Limits(-1e6, 1e6, unit=unit), ENGLISH) == value


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [(PARTICLES, "a whole number"), (Limits(0, 4000, whole=True, unit="px"), "it in px")],
)
def test_per_cent_where_it_means_nothing_is_said(limits: Limits, wanted: str) -> None:
    with pytest.raises(Invalid, match=f"“5 %” is a share; type {wanted}"):
        parse("5 %", limits, ENGLISH)


def test_mixed_numbers() -> None:
    assert parse("1 1/2", ANY, ENGLISH) == parse("1½", ANY, ENGLISH) == 1.5
    assert parse("-2 3/4", ANY, ENGLISH) == -2.75


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "abc", "1.2.3", "1,2,3", "1 2", "12 34", "0x10", "1/2/3", "1/", "--1", "1e"),
        *("5²", "1,0000,000", "nan", "inf", "-Infinity", "1e400", "1/0", "10 kg", "½½", "1,,2"),
    ],
)
def test_nonsense_is_refused_in_a_sentence_that_names_it(text: str) -> None:
    with pytest.raises(Invalid) as error:
        parse(text, ANY, ENGLISH)
    assert str(error.value).startswith(f"“{text.strip()}” ")
    assert str(error.value).endswith(".")


def test_per_cent_of_a_whole_number_means_nothing() -> None:
    with pytest.raises(Invalid):
        parse("50 %", PARTICLES, ENGLISH)


def test_what_the_box_cannot_hold_becomes_the_nearest_that_it_can() -> None:
    assert fitted(2e6, PARTICLES) == (1_000_000, "The most here is 1,000,000.")
    assert fitted(0, PARTICLES) == (1, "The least here is 1.")
    assert fitted(2.5, PARTICLES) == (3, "Rounded to 3, a whole number.")
    assert fitted(0.25, SHARE) == (0.25, "")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0, 0.2, 0.5, 1", (0, 0.2, 0.5, 1)),
        ("0,0.2,0.5,1", (0, 0.2, 0.5, 1)),
        ("0; 0,2; 0,5; 1", (0, 0.2, 0.5, 1)),
        ("0 0,2 0,5 1", (0, 0.2, 0.5, 1)),
        ("0, 0,2, 0,5, 1", (0, 0.2, 0.5, 1)),
        ("0\t0,2\t0,5\t1", (0, 0.2, 0.5, 1)),
        ("0 1/4 ½ 1", (0, 0.25, 0.5, 1)),
        ("0,1", (0, 1)),
        ("", ()),
    ],
)
@pytest.mark.parametrize("marks", [ENGLISH, GERMAN])
def test_a_list_is_separated_by_what_is_no_decimal_mark(
    text: str, values: tuple[float, ...], marks: Notation
) -> None:
    assert parse_list(text, SHARE, marks) == values


def test_a_list_names_the_word_that_is_no_number() -> None:
    with pytest.raises(Invalid, match="“half”"):
        parse_list("0, half, 1", SHARE, ENGLISH)


# properties


def _rounded(value: float, decimals: int) -> float:
    """As Qt rounds, away from zero."""
    return float(QLocale.c().toString(value, "f", decimals).replace(",", ""))


@pytest.mark.parametrize("name", LOCALES)
@FEW
@given(number=st.integers(1, 1_000_000))
def test_a_whole_number_of_any_locale_is_read_in_a_box_of_whole_numbers(
    name: str, number: int
) -> None:
    locale, marks = of(name)
    assert parse(locale.toString(number), PARTICLES, marks) == number


@pytest.mark.parametrize("name", LOCALES)
@FEW
@given(thousandths=st.integers(0, 1000), decimals=st.integers(3, 6))
def test_a_share_of_any_locale_is_read_in_a_box_from_0_to_1(
    name: str, thousandths: int, decimals: int
) -> None:
    locale, marks = of(name)
    text = locale.toString(thousandths / 1000, "f", decimals)
    assert parse(text, SHARE, marks) == pytest.approx(thousandths / 1000, abs=1e-12)


@pytest.mark.parametrize("name", LOCALES)
@FEW
@given(value=st.floats(-1e9, 1e9), decimals=st.sampled_from([0, 1, 2, 4, 5, 6]))
def test_decimals_of_any_locale_are_read_everywhere(name: str, value: float, decimals: int) -> None:
    """But for a point between thousands alone, which the program itself writes before decimals."""
    locale, marks = of(name)
    assume(decimals or locale.groupSeparator() != ".")
    text = locale.toString(value, "f", decimals)
    assert parse(text, ANY, marks) == pytest.approx(_rounded(value, decimals), rel=1e-12)


@pytest.mark.parametrize("name", ["C", "en_US", "fr_FR", "hi_IN", "de_CH"])
@FEW
@given(value=st.floats(-1e9, 1e9))
def test_three_decimals_are_read_where_a_comma_is_what_the_locale_says(
    name: str, value: float
) -> None:
    locale, marks = of(name)
    text = locale.toString(value, "f", 3)
    assert parse(text, ANY, marks) == pytest.approx(_rounded(value, 3), rel=1e-12)


@pytest.mark.parametrize("name", LOCALES)
@FEW
@given(value=st.floats(1e-12, 1e12), digits=st.sampled_from([1, 2, 4, 6, 12]))
def test_exponents_of_any_locale_are_read(name: str, value: float, digits: int) -> None:
    locale, marks = of(name)
    text = locale.toString(value, "e", digits)
    assert parse(text, ANY, marks) == pytest.approx(value, rel=10.0**-digits)


@FEW
@given(
    low=st.floats(1e-9, 1e3),
    ratio=st.floats(1.5, 1e9),
    share=st.floats(0, 1),
    log=st.booleans(),
    whole=st.booleans(),
    comma_groups=st.booleans(),
)
def test_what_a_box_says_is_read_as_the_same_number_under_every_locale(
    low: float, ratio: float, share: float, log: bool, whole: bool, comma_groups: bool
) -> None:
    low = max(1, round(low)) if whole else low
    high = math.ceil(low * ratio) if whole else low * ratio
    scale = Scale(low, high, log=log, whole=whole)
    text = scale.text(scale.at(share))
    limits = Limits(low, high, whole)
    read, remark = fitted(parse(text, limits, Notation(comma_groups)), limits)
    assert scale.text(read) == text
    assert not whole or remark == ""


@FEW
@given(top=st.integers(-999, 999), bottom=st.integers(1, 999))
def test_fractions_are_divided(top: int, bottom: int) -> None:
    assert parse(f"{top}/{bottom}", ANY, ENGLISH) == top / bottom


@FEW
@given(text=st.text(max_size=30), whole=st.booleans())
def test_any_text_is_a_finite_number_or_a_sentence(text: str, whole: bool) -> None:
    try:
        value = parse(text, Limits(0, 10, whole), ENGLISH)
    except Invalid:
        return
    assert math.isfinite(value)
