"""A heading that shows and hides the content below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.ui.base.opened_by import set_opener
from flowlab.ui.base.theme import SCROLL_BAR


class Section(QWidget):
    """A title with an arrow; a click shows or hides the content."""

    def __init__(self, title: str, content: QWidget, *, opened: bool = False) -> None:
        super().__init__()
        self.content = content
        self.head = QToolButton()
        self.head.setObjectName("sectionHead")
        self.head.setText(title)
        self.head.setCheckable(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.head.toggled.connect(self._show)
        set_opener(content, self.head)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.head)
        column.addWidget(content)
        self.head.setChecked(opened)
        self._show(opened)

    def _show(self, opened: bool) -> None:
        self.content.setVisible(opened)
        self.head.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)


def beside(*sections: Section) -> QWidget:
    """Arrange sections with their headings in one row, and the content of one of them below.

    Opening one closes the others: below another's content it might be out of sight.
    """
    both = QWidget()
    column, heads = QVBoxLayout(both), QHBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    heads.setSpacing(4)
    column.addLayout(heads)
    for section in sections:
        section.setParent(both)
        section.hide()
        heads.addWidget(section.head)
        column.addWidget(section.content)
        section.head.toggled.connect(lambda on, section=section: _alone(sections, section, on))
    return both


def _alone(sections: tuple[Section, ...], opened: Section, on: bool) -> None:
    """Close all sections but the one that has been opened."""
    for section in sections:
        if on and section is not opened:
            section.head.setChecked(False)


class ScrollColumn(QScrollArea):
    """An area that scrolls vertically, whose content is as wide with a scroll bar as without."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.verticalScrollBar().rangeChanged.connect(self._leave_room)
        self._leave_room(0, 0)

    def _leave_room(self, first: int, last: int) -> None:
        self.setViewportMargins(0, 0, 0 if last > first else SCROLL_BAR, 0)


def scrolling(content: QWidget) -> ScrollColumn:
    """Put `content` into an area that scrolls vertically if the window is too low for it."""
    return ScrollColumn(content)
