"""What is said while files are dragged over the window, and that a drop does just that."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragMoveEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from flowlab.ui.base.theme import colour
from flowlab.ui.shell.drop_overlay import DropOverlay
from flowlab.ui.shell.drops import Drops, drop_of, files_of

CANVAS, SOURCE, TARGET, BAR = QPoint(250, 300), QPoint(50, 40), QPoint(50, 160), QPoint(400, 590)


class Places:
    """A canvas of 600 x 560 px beside two cards."""

    def __init__(self, window: QWidget) -> None:
        self.canvas = QWidget(window)
        self.canvas.setGeometry(200, 0, 600, 560)
        self.cards = {"source": QWidget(window), "target": QWidget(window)}
        self.cards["source"].setGeometry(10, 10, 180, 100)
        self.cards["target"].setGeometry(10, 120, 180, 100)
        self.panels = SimpleNamespace(card=self.cards.__getitem__)
        self.drawing = SimpleNamespace(role="")


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(800, 600)
    return made


@pytest.fixture
def places(window: QWidget) -> Places:
    return Places(window)


@pytest.fixture
def drops(window: QWidget, places: Places) -> Drops:
    window.show()
    return Drops(window, places)


def event(at: QPoint, *names: str) -> QDragMoveEvent:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/home/a/{name}") for name in names])
    event.data = data  # type: ignore[attr-defined]  # the event has only a pointer to it
    none = Qt.KeyboardModifier.NoModifier
    offered = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    return QDragMoveEvent(at, offered, data, Qt.MouseButton.LeftButton, none)


def test_cards_and_halves_of_the_canvas_stand_for_the_ends(drops: Drops, places: Places) -> None:
    found = [drops.role_at(at) for at in (SOURCE, TARGET, CANVAS, CANVAS + QPoint(400, 0), BAR)]
    assert found == ["source", "target", "source", "target", "target"]
    places.cards["source"].hide()  # side panels are off
    assert drops.role_at(SOURCE) == "target"
    places.drawing.role = "source"
    assert [drops.role_at(at) for at in (CANVAS + QPoint(400, 0), TARGET)] == ["source", "target"]


@pytest.mark.parametrize(
    ("name", "words", "role"),
    [
        ("moons.csv", "Drop to use moons.csv as the target", "target"),
        ("A.NPY", "Drop to use A.NPY as the target", "target"),
        ("photo.JPEG", "Drop to use photo.JPEG as the target", "target"),
        ("run.flowlab", "Drop to open run.flowlab", ""),
    ],
)
def test_what_can_be_read_says_what_it_would_do(
    drops: Drops, name: str, words: str, role: str
) -> None:
    move = event(TARGET, name)
    drops.enter(move)
    assert move.isAccepted()
    assert move.dropAction() == Qt.DropAction.CopyAction  # whoever offers it keeps the file
    assert isinstance(drops.overlay, DropOverlay)
    assert drops.overlay.isVisible()
    assert (drops.overlay.drop.words, drops.overlay.drop.role) == (words, role)  # type: ignore[union-attr]
    assert drops.overlay.accessibleName() == words
    drops.leave()
    assert not drops.overlay.isVisible()


@pytest.mark.parametrize("name", ["talk.docx", "noending"])
def test_what_can_not_be_read_is_refused_with_a_sentence(drops: Drops, name: str) -> None:
    move = event(CANVAS, name)
    drops.enter(move)
    assert not move.isAccepted()
    assert move.dropAction() == Qt.DropAction.IgnoreAction
    words = drops.overlay.drop.words  # type: ignore[union-attr]
    assert words.startswith("FlowLab can't read")
    assert ".csv" in words
    assert ".flowlab" in words


def test_what_is_no_file_is_left_alone(drops: Drops) -> None:
    data = QMimeData()
    data.setText("words")
    none = Qt.KeyboardModifier.NoModifier
    move = QDragMoveEvent(CANVAS, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    move.ignore()
    drops.enter(move)
    assert not move.isAccepted()
    assert drops.overlay is None


def test_the_first_of_several_files_is_named() -> None:
    paths = [Path("/a/one.csv"), Path("/a/two.csv")]
    assert drop_of(paths, "source").words == (
        "Drop to use one.csv, the first of 2 files, as the source"
    )
    sessions = [Path("/a/one.flowlab"), Path("/a/two.csv")]
    assert drop_of(sessions, "source").words == "Drop to open one.flowlab, the first of 2 files"
    assert files_of(event(CANVAS, "one.csv", "ü #%.csv").mimeData())[1] == Path("/home/a/ü #%.csv")


def test_the_place_that_would_be_replaced_is_lit(drops: Drops, window: QWidget) -> None:
    window.setStyleSheet("background: black")

    def lit(at: QPoint) -> dict[str, int]:
        drops.move(event(at, "a.csv"))
        image = window.grab().toImage()
        spots = {"source": QPoint(330, 100), "target": QPoint(730, 100)}
        return {role: image.pixelColor(spot).lightness() for role, spot in spots.items()}

    left, right = lit(CANVAS), lit(CANVAS + QPoint(400, 0))
    assert left["source"] > left["target"]
    assert right["target"] > right["source"]
    assert colour((0, 0, 0)).lightness() == left["target"] == right["source"]
