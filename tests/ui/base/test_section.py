"""Headings that show and hide the content below them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from flowlab.ui.base.section import Section, beside, scrolling
from tests.helpers.events import settle


def test_a_click_shows_and_hides_the_content(qtbot: QtBot) -> None:
    content = QLabel("within")
    section = Section("Path", content)
    qtbot.addWidget(section)
    section.show()
    assert section.head.text() == "Path"
    assert not content.isVisible()
    assert section.head.arrowType() == Qt.ArrowType.RightArrow
    qtbot.mouseClick(section.head, Qt.MouseButton.LeftButton)
    assert content.isVisible()
    assert section.head.arrowType() == Qt.ArrowType.DownArrow
    qtbot.mouseClick(section.head, Qt.MouseButton.LeftButton)
    assert not content.isVisible()


def test_one_may_begin_opened(qtbot: QtBot) -> None:
    section = Section("Path", QLabel("within"), opened=True)
    qtbot.addWidget(section)
    section.show()
    assert section.content.isVisible()
    assert section.head.isChecked()


def test_heads_stand_in_one_row_and_the_opened_one_shows_its_content_below(qtbot: QtBot) -> None:
    sections = [Section(name, QLabel(name)) for name in ("one", "two")]
    both = beside(*sections)
    qtbot.addWidget(both)
    both.resize(300, 200)
    both.show()
    heads = [section.head.mapTo(both, QPoint()) for section in sections]
    assert heads[0].y() == heads[1].y()
    assert heads[0].x() < heads[1].x()
    places = []
    for section, other in (sections, reversed(sections)):
        qtbot.mouseClick(section.head, Qt.MouseButton.LeftButton)
        settle()
        assert section.content.isVisible()
        assert not other.content.isVisible()
        assert not other.head.isChecked()
        places.append(section.content.mapTo(both, QPoint()).y())
        assert places[-1] > section.head.mapTo(both, QPoint()).y()
    assert places[0] == places[1]
    qtbot.mouseClick(sections[1].head, Qt.MouseButton.LeftButton)
    assert not [section for section in sections if section.content.isVisible()]


def test_what_is_too_high_scrolls_up_and_down_only(qtbot: QtBot) -> None:
    content = QLabel("\n" * 40)
    area = scrolling(content)
    qtbot.addWidget(area)
    area.resize(120, 100)
    area.show()
    settle()
    assert area.verticalScrollBar().maximum() > 0
    assert not area.horizontalScrollBar().isVisible()
    assert content.width() == area.viewport().width()
