"""A text field for values of α, with a sentence below it if they are invalid."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from flowlab.core.blending.settings import Blending
from flowlab.core.document.limits import Invalid
from flowlab.core.written_numbers import Limits, parse_list
from flowlab.ui.base.controls import NameLabel
from flowlab.ui.base.in_sight import bring_in_sight
from flowlab.ui.base.notation import notation

TIP = "An increasing list from 0 to 1 in place of N even steps, for example 0, 0.2, 0.5, 1"


def parsed(text: str) -> tuple[float, ...]:
    """The numbers in a line, however they are separated; raises `Invalid`."""
    try:
        return parse_list(text, Limits(0.0, 1.0), notation())
    except Invalid as error:
        raise Invalid(f"{error} Write values of α like 0, 0.2, 0.5, 1.") from None


def written(alphas: tuple[float, ...]) -> str:
    """The values as text that `parsed` can read."""
    return ", ".join(repr(alpha).removesuffix(".0") for alpha in alphas)


class AlphasField(QWidget):
    """A field that edits `Blending.alphas`; an empty line means N even steps."""

    edited = Signal(object)  # Blending
    settled = Signal()

    def __init__(self, blending: Blending) -> None:
        super().__init__()
        self._blending = blending
        self.line = QLineEdit()
        self.line.setAccessibleName("Values of α")
        self.line.setAccessibleDescription(TIP)
        self.line.setToolTip(f"{TIP}; empty for even steps")
        self.line.setMaxLength(8000)
        self.complaint = QLabel()
        self.complaint.setProperty("role", "warn")
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        name = NameLabel("Values of α", self.line, f"{TIP}; double-click for even steps")
        name.reset.connect(self._clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(3)
        for widget in (name, self.line, self.complaint):
            column.addWidget(widget)
        self.line.editingFinished.connect(self._take)
        self.show_blending(blending)

    def show_blending(self, blending: Blending) -> None:
        """Show the document's values, unless the line is being typed or is invalid."""
        values = (blending.alphas, blending.steps)
        changed = values != (self._blending.alphas, self._blending.steps)
        self._blending = blending
        self.line.setPlaceholderText(f"even: {_few(Blending(steps=blending.steps).knots)}")
        if changed or not (self.line.isModified() or self.complaint.text()):
            self.line.setText(written(blending.alphas))
            self.line.setCursorPosition(0)
            self._say("")

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        """Drop an invalid line, so that it doesn't reappear with another document."""
        super().hideEvent(event)
        if self.complaint.text():
            self.line.setText(written(self._blending.alphas))
            self._say("")

    def _clear(self) -> None:
        self.line.setText("")
        self._take()

    def _take(self) -> None:
        self.line.setModified(False)
        try:
            alphas = parsed(self.line.text())
            steps = len(alphas) - 1 if alphas else self._blending.steps
            blending = replace(self._blending, alphas=alphas, steps=steps)
        except Invalid as error:
            self._say(str(error))
            return
        self._say("")
        if blending != self._blending:
            self._blending = blending
            self.edited.emit(blending)
            self.settled.emit()

    def _say(self, sentence: str) -> None:
        self.complaint.setText(sentence)
        self.complaint.setVisible(bool(sentence))
        room = self.complaint.heightForWidth(max(1, self.width())) if sentence else 0
        self.complaint.setMinimumHeight(room)
        if sentence:
            bring_in_sight(self.complaint)


def _few(knots: tuple[float, ...]) -> str:
    """The first few of many values, and the last one."""
    if len(knots) <= 4:
        return written(tuple(round(a, 3) for a in knots))
    return f"{written(tuple(round(a, 3) for a in knots[:3]))}, …, 1"
