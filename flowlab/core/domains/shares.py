"""Shares of a distribution in words."""

from __future__ import annotations


def percent(share: float) -> str:
    """A share in words, never rounded to nothing."""
    return f"{100 * share:.1f} %" if share >= 0.001 or not share else "Less than 0.1 %"
