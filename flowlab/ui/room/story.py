"""The common part of the stories: what the right panel says about a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme

if TYPE_CHECKING:
    from flowlab.work.status import Status

Place = tuple[float, float]  # in the plane


class Story(QWidget):
    """A column of widgets; each view's story overrides the methods it needs."""

    step_wanted = Signal(int)  # 1 or -1

    def __init__(self) -> None:
        super().__init__()
        self.document, self.t = Document(), 0.0
        self.bundle: Bundle | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        self.document = document

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a bundle from the engine."""
        self.bundle = bundle
        self.renew()

    def show_t(self, t: float) -> None:
        """Show another t."""
        self.t = t
        self.renew()

    def renew(self) -> None:
        """Update the story for the bundle at t."""

    def show_status(self, status: Status) -> None:
        """Show the engine's status."""

    def show_place(self, place: Place | None) -> None:
        """Show the values at the cursor; None without a cursor."""

    def engine_ready(self) -> None:
        """Create the widgets that need the engine and slow imports."""

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""


def words(role: str = "") -> QLabel:
    """A label for a sentence that wraps."""
    label = QLabel()
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label


def say(label: QLabel, sentence: str) -> None:
    """Set a label's text if it has changed, and hide an empty label."""
    if label.text() != sentence:
        label.setText(sentence)
    if label.parentWidget() is not None:  # without a parent it would become a window
        label.setVisible(bool(sentence))
