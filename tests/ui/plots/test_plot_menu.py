"""The context menu: copying the numbers to the clipboard, saving the picture in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from flowlab.core.document.limits import Invalid
from flowlab.scene.base.style import DARK
from flowlab.ui.base import messages
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.plot import Plot
from flowlab.ui.plots.plot_menu import DENSITY, file_name, save, save_as

TEXT = "t\tup\n0\t1\n0.5\t1.5\n1\t2\n"


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("error", "t", theme=DARK)
    qtbot.addWidget(made)
    made.resize(222, made.height())
    made.show()
    made.show_curves(Curve("up", np.array([0, 0.5, 1.0]), np.array([1, 1.5, 2.0]), "learned"))
    return made


def choose(plot: Plot, words: str) -> None:
    menu = plot.menu()
    next(a for a in menu.actions() if a.text().startswith(words)).trigger()
    menu.deleteLater()


def answer(monkeypatch: pytest.MonkeyPatch, name: object, kind: str = "") -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(name), kind))


def test_the_numbers_are_copied_as_a_table(qtbot: QtBot, plot: Plot) -> None:
    QGuiApplication.clipboard().clear()
    choose(plot, "Copy data")
    assert QGuiApplication.clipboard().text() == TEXT
    QGuiApplication.clipboard().clear()
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == TEXT


def test_the_menu_opens_and_offers_what_can_be_done(plot: Plot) -> None:
    place = plot.box().center().toPoint()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, plot.mapToGlobal(place))
    QApplication.sendEvent(plot.viewport(), event)
    menu = plot.findChild(QMenu)
    assert menu is not None
    assert menu.isVisible()
    able = {a.text().split("\t")[0]: a.isEnabled() for a in menu.actions() if a.text()}
    assert able == {"Show all": False, "Copy data": True, "Save as picture…": True}
    menu.close()
    plot.zoom(0.5)
    choose(plot, "Show all")
    assert not plot.zoomed
    plot.show_curves()
    menu = plot.menu()
    assert [a.isEnabled() for a in menu.actions() if a.text().startswith("Copy")] == [False]


def test_a_picture_is_saved_sharper_than_the_screen(
    plot: Plot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, tmp_path / "loss", "PNG picture (*.png)")
    choose(plot, "Save as picture")
    image = QImage(str(tmp_path / "loss.png"))
    assert image.size() == plot.size() * DENSITY
    assert image.pixelColor(3, 3).getRgb()[:3] == DARK.raised
    spot = (plot.spot(0.5, 1.5) * DENSITY).toPoint()
    near = [image.pixelColor(spot + QPoint(0, dy)).getRgb()[:3] for dy in range(-4, 5)]
    assert DARK.learned in near


def test_a_drawing_is_saved_as_lines(
    plot: Plot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, tmp_path / "loss", "SVG drawing (*.svg)")
    save_as(plot)
    text = (tmp_path / "loss.svg").read_text()
    assert "<polyline" in text or "<path" in text
    assert "<image" not in text
    assert QSvgRenderer(str(tmp_path / "loss.svg")).isValid()


def test_what_follows_the_cursor_is_not_in_the_file(plot: Plot, tmp_path: Path) -> None:
    save(plot, tmp_path / "without.png")
    plot.readout.show(plot.reading(0.5))
    save(plot, tmp_path / "with.png")
    assert QImage(str(tmp_path / "with.png")) == QImage(str(tmp_path / "without.png"))
    assert plot.readout.label.isVisible()


def test_what_cannot_be_written_is_told_in_a_sentence(
    plot: Plot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(messages, "tell", lambda _of, words: said.append(words))
    answer(monkeypatch, tmp_path / "nowhere" / "loss.png")
    save_as(plot)
    (sentence,) = said
    assert sentence.startswith(f"{tmp_path / 'nowhere' / 'loss.png'} cannot be written:")
    assert sentence.count("\n") == 0
    with pytest.raises(Invalid):
        save(plot, tmp_path / "nowhere" / "loss.svg")


def test_nothing_is_written_when_nothing_is_chosen(
    plot: Plot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "")
    monkeypatch.chdir(tmp_path)
    save_as(plot)
    assert list(tmp_path.glob("*.png")) == []


def test_the_file_is_named_after_what_is_plotted(plot: Plot) -> None:
    assert file_name(plot) == "error-against-t.png"
