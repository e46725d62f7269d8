"""The user's own notation of numbers, by the locale of the system."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from flowlab.core.written_numbers import Notation


def notation() -> Notation:
    """Return the notation of the user's locale."""
    return notation_of(QLocale())


def notation_of(locale: QLocale) -> Notation:
    """Return the notation of a locale."""
    return Notation(locale.decimalPoint() != ",", locale.exponential())
