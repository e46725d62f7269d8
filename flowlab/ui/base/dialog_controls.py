"""How a dialog says which controls it has before it exists, and how one of them is reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

Reach = Callable[[QWidget], None]  # is called with the dialog once it is open


@dataclass(frozen=True)
class DialogControl:
    """A control of a dialog: the dialog's attribute, its name, other names, and its entries."""

    attribute: str
    title: str
    tip: str = ""
    also: str = ""
    options: tuple[str, ...] = ()


def soon(dialog: QWidget, reach: Reach | None) -> None:
    """Reach a control of a dialog once it is open, which may be inside its `exec`."""
    if reach is not None:
        QTimer.singleShot(0, dialog, lambda: reach(dialog))
