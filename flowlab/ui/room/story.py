"""What the right panel of the room tells of a view: the common part."""

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
    """A column of widgets; each view's story overrides what it has something to tell of."""

    step_wanted = Signal(int)  # 1 or -1

    def __init__(self) -> None:
        super().__init__()
        self.document, self.t = Document(), 0.0
        self.bundle: Bundle | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)

    def show_document(self, document: Document) -> None:
        """What was chosen."""
        self.document = document

    def show_bundle(self, bundle: Bundle) -> None:
        """What came from the engine."""
        self.bundle = bundle
        self.renew()

    def show_t(self, t: float) -> None:
        """Another t is seen."""
        self.t = t
        self.renew()

    def renew(self) -> None:
        """Tell the bundle at t."""

    def show_status(self, status: Status) -> None:
        """What the engine is doing."""

    def show_place(self, place: Place | None) -> None:
        """Where the cursor is, or that it is nowhere."""

    def engine_ready(self) -> None:
        """The engine is there, and whatever is slow to import with it."""

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""


def words(role: str = "") -> QLabel:
    """A sentence that wraps."""
    label = QLabel()
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label


def say(label: QLabel, sentence: str) -> None:
    """Change what has changed; an empty one takes no room."""
    if label.text() != sentence:
        label.setText(sentence)
    if label.parentWidget() is not None:  # else it would be a window of its own
        label.setVisible(bool(sentence))
