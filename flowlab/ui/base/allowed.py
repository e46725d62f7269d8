"""Disabling a widget or an action with the reason as its tooltip, in place of its explanation."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

_OWN = "own_tip"  # property: the tooltip while it is enabled


def allow(thing: QWidget | QAction, why: str) -> None:
    """Disable a thing and show why, or enable it again if `why` is empty."""
    if thing.property(_OWN) is None:
        thing.setProperty(_OWN, _tip_of(thing))
    thing.setEnabled(not why)
    thing.setToolTip(why or str(thing.property(_OWN)))


def _tip_of(thing: QWidget | QAction) -> str:
    """The tooltip; that of an action is its text where it has none of its own."""
    tip = thing.toolTip()
    if isinstance(thing, QAction) and tip.rstrip("….") == thing.text().replace("&", "").rstrip(
        "…."
    ):
        return ""
    return tip
