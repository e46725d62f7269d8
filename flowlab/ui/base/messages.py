"""Asking and telling: the one place that opens message boxes."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from flowlab.ui.base.theme import set_role

TITLE = "FlowLab"
BOX = QMessageBox.StandardButton


def tell(parent: QWidget, sentence: str) -> None:
    """Tell a problem in a sentence; it is plain text, since it may hold a file's name."""
    _box(parent, QMessageBox.Icon.Warning, sentence).exec()


def ask(
    parent: QWidget,
    question: str,
    buttons: BOX,
    default: BOX,
    words: Mapping[BOX, str] | None = None,
) -> BOX:
    """Ask, and return the button that was pressed, Cancel if none; `words` renames buttons."""
    box = _box(parent, QMessageBox.Icon.Question, question)
    box.setStandardButtons(buttons)
    box.setDefaultButton(default)
    for which, text in (words or {}).items():
        box.button(which).setText(text)
    set_role(box.button(default), "primary")
    answer = box.exec()
    return BOX(answer) if answer > 0 else BOX.Cancel  # closed without an answer


def _box(parent: QWidget, mark: QMessageBox.Icon, words: str) -> QMessageBox:
    box = QMessageBox(mark, TITLE, words, BOX.Ok, parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setMinimumWidth(360)
    return box
