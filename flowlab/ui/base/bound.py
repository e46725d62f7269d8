"""Sentences whose lines never end before a number."""

from __future__ import annotations

import re

_BEFORE_NUMBER = re.compile(r" (?=[−+-]?\d)")
NO_BREAK = "\u00a0"


def bound(sentence: str) -> str:
    """The sentence with each number bound to the word before it."""
    return _BEFORE_NUMBER.sub(NO_BREAK, sentence)
