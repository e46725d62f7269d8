"""The common part of every room's left panel: its signals."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

LEFT_WIDTH, RIGHT_WIDTH = 248, 256  # px


class SidePanel(QWidget):
    """A left panel: its edits of the document, and the requests of its buttons."""

    edited = Signal(object, str, str)  # document, words for the undo step, merge key
    settled = Signal()
    choose = Signal(str)  # "source" or "target"
    draw = Signal(str)
    train = Signal()
    step = Signal()
    reset = Signal()
