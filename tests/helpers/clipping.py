"""What of a window's widgets is cut off: words, children, and rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QScrollArea,
    QScrollBar,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)

from flowlab.ui.base.controls import WordsCombo
from flowlab.ui.base.elided import ElidedButton, ElidedLabel

BORDER, INDICATOR = 1, 21  # px in the style sheet: around a button, and before a box's words
SENTENCE = 4  # words from which a text is one that need not be said twice


def faults(root: QWidget) -> list[str]:
    """Everything visible below `root` that is cut, as sentences with the place."""
    found = []
    for widget in visible(root):
        for fault in (*words_cut(widget), *reach(widget), *height_cut(widget)):
            found.append(f"{place(widget)}: {fault}")
    return found


def visible(root: QWidget) -> Iterator[QWidget]:
    """All visible widgets below `root`, without the inside of Qt's own compound widgets."""
    for child in root.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            yield child
            if not isinstance(child, QComboBox | QAbstractSpinBox):
                yield from visible(child)


def place(widget: QWidget) -> str:
    """The widget's words or name, and its class."""
    words = widget.property("text") or widget.accessibleName() or widget.objectName()
    return f"{type(widget).__name__} {str(words)[:60]!r}"


def words_cut(widget: QWidget) -> Iterator[str]:
    """Words that are wider than their widget, unless it shortens them and says all in a tooltip."""
    if isinstance(widget, ElidedLabel) and widget.shortened:
        if not widget.toolTip().startswith(widget.plain):
            yield "is shortened, and its tooltip doesn't tell all of it"
    elif isinstance(widget, QLabel) and not widget.wordWrap() and widget.pixmap().isNull():
        room, wide = widget.contentsRect().width(), text_width(widget)
        if wide > room + 0.5:
            yield f"its words need {wide:.0f} px and have {room}"
    elif isinstance(widget, ElidedButton | WordsCombo):
        if not widget.toolTip():
            yield "shortens its words, and has no tooltip"
    elif isinstance(widget, QAbstractButton):
        wide, room = button_width(widget), widget.width() - 2 * BORDER
        if wide > room:
            yield f"its words need {wide} px and have {room}"
    elif isinstance(widget, QComboBox):
        wide, room = (
            widget.fontMetrics().horizontalAdvance(widget.currentText()),
            combo_room(widget),
        )
        if wide > room:
            yield f"its words need {wide} px and have {room}"
    elif isinstance(widget, QAbstractSpinBox):
        line = widget.lineEdit()
        wide = widget.fontMetrics().horizontalAdvance(line.text())
        if wide > line.contentsRect().width():
            yield f"its number needs {wide} px and has {line.contentsRect().width()}"


def button_width(button: QAbstractButton) -> int:
    """The width of a button's words and its mark."""
    wide = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
    if isinstance(button, QCheckBox):
        wide += INDICATOR
    elif button.text() and not button.icon().isNull():
        wide += button.iconSize().width()
    return wide


def text_width(label: QLabel) -> float:
    """The width of a label's longest line, in its font."""
    return width_in(label.text(), label.font().toString())


@lru_cache(maxsize=4096)
def width_in(text: str, font: str) -> float:
    """The width of a text's longest line in a font, cached: most labels say the same again."""
    document, described = QTextDocument(), QFont()
    described.fromString(font)
    document.setDocumentMargin(0)
    document.setDefaultFont(described)
    if "<" in text:
        document.setHtml(text)
    else:
        document.setPlainText(text)
    return document.idealWidth()


def combo_room(box: QComboBox) -> int:
    """The width that a combo box has for its words."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    control = QStyle.ComplexControl.CC_ComboBox
    return box.style().subControlRect(control, option, part, box).width()


def reach(widget: QWidget) -> Iterator[str]:
    """How far a child reaches beyond its parent; in a scroll area, only sideways."""
    parent = widget.parentWidget()
    inside, mine = parent.rect(), widget.geometry()
    if is_scrolled(widget):
        inside = QRect(inside.left(), mine.top(), inside.width(), mine.height())
    if not inside.contains(mine):
        yield f"reaches beyond its parent: {mine.getRect()} in {inside.getRect()}"


def is_scrolled(widget: QWidget) -> bool:
    """True if a scroll area moves this widget."""
    area = widget.parentWidget().parentWidget() if widget.parentWidget() else None
    return isinstance(area, QScrollArea) and area.widget() is widget


def height_cut(widget: QWidget) -> Iterator[str]:
    """What is lower than its words or its parts need."""
    if isinstance(widget, QAbstractScrollArea | QScrollBar):
        return
    needs = widget.minimumHeight() or widget.minimumSizeHint().height()
    if isinstance(widget, QLabel) and widget.text():
        needs = widget.sizeHint().height()
        if widget.wordWrap():
            needs = widget.heightForWidth(widget.width())
    if widget.maximumHeight() < needs:
        needs = widget.maximumHeight()
    if widget.height() < needs:
        yield f"is {widget.height()} px high and needs {needs}"


def doubled(root: QWidget, *others: str) -> list[str]:
    """Sentences that stand more than once in visible labels and in `others`."""
    shown = (w.text() for w in visible(root) if isinstance(w, QLabel))
    labels = [re.sub("<[^>]*>", "", text) for text in shown]  # marks are no words
    said = Counter(text for text in (*labels, *others) if len(text.split()) >= SENTENCE)
    return [text for text, times in said.items() if times > 1]
