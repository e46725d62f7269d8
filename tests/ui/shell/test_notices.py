"""Notices over the picture: they tell, and nothing beneath them moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from flowlab.ui.base import notice as notices
from flowlab.ui.base.notice import Notice
from flowlab.ui.shell import number_export
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle

LONG = "Source: a.csv: 20 points. Commas between columns, a header, x is “x”, y is “y”. " * 3


def place(window: Window, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


@pytest.mark.parametrize("size", [(1024, 768), (1280, 720), (1920, 1080)])
def test_an_import_moves_nothing(still_window: Window, size: tuple[int, int]) -> None:
    still_window.resize(*size)
    settle()
    room = still_window.room
    fixed = [room.canvas, room.panels.left, room.panels.right, room.shows, room.lens.button]
    fixed.append(still_window.time_bar)
    before = [place(still_window, widget) for widget in fixed]
    still_window.import_notice.tell(LONG)
    settle()
    assert [place(still_window, widget) for widget in fixed] == before
    shown, words = still_window.import_notice, still_window.import_notice.words
    assert shown.isVisible()
    assert words.height() >= words.heightForWidth(words.width())
    over = place(still_window, shown)
    assert place(still_window, room.canvas).contains(over)
    assert not any(over.intersects(place(still_window, w)) for w in (room.shows, room.lens.button))


def test_two_notices_lie_one_below_the_other(still_window: Window) -> None:
    still_window.import_notice.tell(LONG)
    still_window.notice.tell("The engine could not start.")
    settle()
    first, second = (
        place(still_window, n) for n in (still_window.notice, still_window.import_notice)
    )
    assert first.bottom() < second.top()
    still_window.notice.hide()
    settle()
    assert place(still_window, still_window.import_notice).top() == first.top()
    still_window.import_notice.hide()
    settle()
    assert not still_window.notices.isVisible()  # the picture takes the mouse again


def test_a_notice_leaves_the_drawing_tools_free(still_window: Window) -> None:
    room = still_window.room
    still_window.import_notice.tell("A sentence.")
    room.drawing.open("target")
    settle()
    assert place(still_window, still_window.import_notice).top() >= (
        place(still_window, room.canvas).top() + room.canvas.bar_height
    )
    room.drawing.close()


def test_copying_the_picture_says_so_for_a_while(
    still_window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("flowlab.ui.shell.exports.BRIEF_SECONDS", 0.05)
    still_window.exports.copy_picture()
    image, said = QGuiApplication.clipboard().image(), still_window.done_notice
    assert said.isVisible()
    assert f"{image.width()} × {image.height()} px" in said.words.text()
    qtbot.waitUntil(lambda: not said.isVisible())
    assert notices.BRIEF_SECONDS >= 3  # time to read it


def test_exported_numbers_say_where_they_are(
    still_window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(still_window.exports, "columns_of", lambda _: [])
    monkeypatch.setattr(number_export, "save", lambda *_: None)
    still_window.exports.save_numbers("loss")
    assert still_window.done_notice.isHidden()  # cancelled
    monkeypatch.setattr(number_export, "save", lambda *_: tmp_path / "a.csv")
    still_window.exports.save_numbers("loss")
    assert str(tmp_path / "a.csv") in still_window.done_notice.words.text()
    still_window.done_notice.hide()


def test_a_second_sentence_has_its_own_time(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    notice.tell("Brief.", 0.02)
    notice.tell("To stay.")
    qtbot.wait(60)
    assert notice.isVisible()
    notice.hide()


def test_a_brief_notice_stays_while_the_mouse_is_over_it(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    notice.tell("Done.", 0.05)
    at = QPointF(5, 5)
    QApplication.sendEvent(notice, QEnterEvent(at, at, at))
    qtbot.wait(120)
    assert notice.isVisible()
    QApplication.sendEvent(notice, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not notice.isVisible())


def test_the_file_menu_changes_how_points_were_read_after_the_notice_has_gone(
    still_window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flowlab.ui.tables import import_dialog

    (action,) = (
        a for a in still_window.actions() if a.text() == "Change how the points were read…"
    )
    still_window.actions_.show_state()
    assert not action.isEnabled()
    assert action.toolTip() == "Import a file of points first"
    table = tmp_path / "a.csv"
    table.write_text("x,y\n" + "\n".join(f"{k},{k * k % 7}" for k in range(30)))
    assert still_window.session.take_file(table, "target")
    still_window.import_notice.hide()
    asked: list[Path] = []
    monkeypatch.setattr(import_dialog, "chosen_cloud", lambda path, *_: asked.append(path))
    still_window.actions_.show_state()
    assert action.isEnabled()
    action.trigger()
    assert asked == [table]
