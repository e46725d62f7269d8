"""Rooms as tabs: one document, one canvas, and the panels of the current view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QSettings, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.blending.views import ROOM
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.registry import ROOMS
from flowlab.files import session
from flowlab.scene.blending.chain_state import BeadState
from flowlab.ui.shell.rooms import RoomTabs
from flowlab.ui.shell.window import Window
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.engine_link import EngineLink
from flowlab.ui.state.preferences import Preferences
from tests.ui.blending.conftest import deliver, show
from tests.ui.blending.made import blend_bundle, chain_bundle

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot) -> Iterator[Window]:
    monkeypatch.setattr(EngineLink, "start", lambda _: None)
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    made = Window(Preferences(settings))
    made.session.may_leave = lambda: True  # type: ignore[method-assign]
    qtbot.addWidget(made)
    made.show()
    made.afterwards.finish()
    yield made
    made.shut_down()
    made.hide()


def tab(tabs: RoomTabs, room: str) -> QPoint:
    return tabs.tabRect([one.name for one in ROOMS].index(room)).center()


def view_of(window: Window) -> str:
    return window.store.document.view.name


def test_the_panels_are_made_when_the_room_is_first_opened(window: Window, qtbot: QtBot) -> None:
    room = window.room
    assert "blending" not in room.opened
    assert window.time_bar.name.text() == "t ="
    qtbot.mouseClick(window.tabs, Qt.MouseButton.LeftButton, pos=tab(window.tabs, "blending"))
    assert "blending" in room.opened
    assert room.opened["blending"].left.isVisible()
    assert room.opened["blending"].right.isVisible()
    assert window.time_bar.name.text() == "t = α ="  # which in other rooms is the source's weight
    assert not room.opened["flow"].left.isVisible()
    assert not room.opened["flow"].right.isVisible()
    assert set(room.opened["blending"].left.controls) == {"blending"}  # other views: later
    assert room.canvas.isVisible()


def test_a_tab_returns_to_the_view_that_its_room_was_left_with(window: Window) -> None:
    tabs, room = window.tabs, window.room
    tabs.setCurrentIndex(1)
    assert view_of(window) == "blending"
    room.opened["blending"].left.views.buttons["chain"].click()
    assert view_of(window) == "chain"
    tabs.setCurrentIndex(0)
    assert view_of(window) == "trajectories"
    assert room.opened["flow"].left.isVisible()
    tabs.setCurrentIndex(1)
    assert view_of(window) == "chain"


def test_a_visit_is_no_undo_step_and_undo_stays_in_the_room(window: Window) -> None:
    store = window.store
    store.edit(store.document.with_parts(seed=5), "Change seed")
    window.tabs.setCurrentIndex(1)
    window.room.opened["blending"].left.views.buttons["chain"].click()
    assert store.stack.count() == 1
    store.stack.undo()
    assert store.document.seed == 0
    assert (window.tabs.currentIndex(), view_of(window)) == (1, "chain")
    store.stack.redo()
    assert store.document.seed == 5
    assert (window.tabs.currentIndex(), view_of(window)) == (1, "chain")


def test_a_room_is_no_change_to_be_saved_and_a_setting_is(window: Window) -> None:
    assert not window.session.dirty
    window.tabs.setCurrentIndex(1)
    window.room.choose_flow("exact")
    assert not window.session.dirty
    assert not window.isWindowModified()
    window.room.toggle_layer("show_ends")
    assert window.isWindowModified()  # which saving would keep
    window.room.toggle_layer("show_ends")
    assert not window.isWindowModified()
    store = window.store
    store.edit(store.document.with_parts(seed=5), "Change seed")
    assert window.session.dirty
    assert window.isWindowModified()
    store.stack.undo()
    assert not window.session.dirty


def test_keys_open_rooms(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_2, CTRL)
    assert view_of(window) == "blending"
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_1, CTRL)
    assert view_of(window) == "trajectories"
    window.keys.go_to(window.tabs)
    qtbot.keyClick(window.tabs, Qt.Key.Key_Right)
    assert view_of(window) == "blending"
    assert window.playback.t == 0.0


def test_tabs_have_names_for_who_cannot_see_them(window: Window) -> None:
    face = QAccessible.queryAccessibleInterface(window.tabs)
    names = [face.child(i).text(QAccessible.Text.Name) for i in range(len(ROOMS))]
    titles = ["Flow", "(De)blending", "ODE / SDE", "Diffusion", "Reflected"]
    assert names == [f"Room: {title}" for title in titles]
    assert window.tabs.accessibleName() == "Rooms"
    assert "Ctrl+2" in window.tabs.tabToolTip(1)


@pytest.mark.parametrize("view", [row.name for row in ROOM.views if row.name != "conditions"])
def test_a_session_opens_the_room_of_its_view(window: Window, tmp_path: Path, view: str) -> None:
    document = replace(Document(), view=View(name=view))
    session.save(tmp_path / "a.flowlab", document, None, state={"t": 0.25}, losses={})
    assert window.session.open(tmp_path / "a.flowlab")
    assert window.tabs.currentIndex() == 1
    assert "blending" in window.room.opened
    assert window.room.opened["blending"].left.views.buttons[view].isChecked()
    assert window.room.canvas.view.name == view
    assert window.playback.t == 0.25
    window.session.new()
    assert window.tabs.currentIndex() == 0


def test_both_panels_of_any_room_make_way_for_the_picture(window: Window, qtbot: QtBot) -> None:
    window.tabs.setCurrentIndex(1)
    room = window.room
    assert "blending" in room.opened
    qtbot.keyClick(room.canvas, Qt.Key.Key_B, CTRL)
    assert not room.opened["blending"].left.isVisible()
    window.tabs.setCurrentIndex(0)
    assert not room.opened["flow"].left.isVisible()
    qtbot.keyClick(room.canvas, Qt.Key.Key_B, CTRL)
    assert room.opened["flow"].left.isVisible()
    assert room.opened["flow"].right.isVisible()
    assert not room.opened["blending"].left.isVisible()


def test_what_would_change_nothing_is_greyed(window: Window) -> None:
    def enabled(words: str) -> bool:
        return next(a for a in window.actions() if a.text() == words).isEnabled()

    assert enabled("Grid")
    assert enabled("Learned, exact, difference")
    show(window.room, "chain")
    assert not enabled("Grid")
    assert not enabled("Learned, exact, difference")
    assert enabled("Density")
    show(window.room, "mapping")
    assert enabled("Learned, exact, difference")
    window.tabs.setCurrentIndex(0)
    assert enabled("Grid")


def test_keys_of_layers_change_the_document_that_is_shown(window: Window, qtbot: QtBot) -> None:
    window.welcome("chain_of_6_steps")  # the panel of the Flow room still shows what was before
    before = window.store.document
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_1)
    changed = replace(before.view, show_particles=not before.view.show_particles)
    assert window.store.document == replace(before, view=changed)
    assert not window.store.stack.canUndo()  # what is shown is no step of the history
    assert window.session.dirty  # but saving would keep it
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_1)
    assert window.store.document == before
    assert not window.session.dirty
    window.tabs.setCurrentIndex(0)
    qtbot.keyClick(window.room.canvas, Qt.Key.Key_1)
    assert not window.store.document.view.show_particles
    assert window.store.document.target == before.target


def test_without_a_network_there_are_no_moments_of_training(window: Window) -> None:
    training, moments = window.time_bar.training, window.room.moments
    window.welcome("chain_of_6_steps")
    assert not training.pin.isEnabled()
    assert not training.slider.isEnabled()
    window.room.canvas.show_bundle(chain_bundle(6))
    moments.toggle_pin()
    moments.look(0)
    assert (moments.line.pinned, moments.line.step) == (None, None)
    window.tabs.setCurrentIndex(0)
    assert training.pin.isEnabled()
    moments.toggle_pin()
    assert moments.line.pinned == 0


def test_the_switch_of_flows_is_where_there_are_three(room: Workspace) -> None:
    for view, seen in (("chain", False), ("mapping", True), ("blending", False)):
        show(room, view)
        room.playback.ticked.emit(0.0)
        assert room.shows.isVisible() is seen


def test_a_picture_of_another_view_that_comes_late_is_drawn(room: Workspace) -> None:
    deliver(room, chain_bundle())
    show(room, "tangent_field")
    deliver(room, chain_bundle())
    room.grab()
    show(room, "chain")
    deliver(room, blend_bundle(50))
    room.grab()
    assert "blending" in room.opened
    story = room.opened["blending"].right.stories["chain"]
    assert story.sentence.text() == "The chains are on their way."  # type: ignore[attr-defined]


def test_no_other_window_is_shown_for_a_moment_while_the_room_is_made(window: Window) -> None:
    shown: list[str] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            seen = event.type() == QEvent.Type.Show and isinstance(watched, QWidget)
            if seen and watched is not window and watched.isWindow():  # type: ignore[attr-defined]
                shown.append(repr(watched))
            return False

    watch, app = Watch(), QApplication.instance()
    assert app is not None
    app.installEventFilter(watch)
    for view in [row.name for row in ROOM.views][:4]:
        show(window.room, view)
    window.room.opened["blending"].engine_ready()
    app.removeEventFilter(watch)
    assert shown == []


def test_an_export_is_of_what_is_seen(window: Window) -> None:
    show(window.room, "chain")
    bundle = chain_bundle()
    window.room.show_opened(window.store.document, bundle)
    window.room.step_time(1)
    frame = window.exports.frames_of(bundle)(0.0, "light", 400, 300)
    assert frame.view.name == "chain"
    assert frame.room_state == BeadState(deblended=True)
    assert frame.document.blending == window.store.document.blending
    assert frame.quality == "export"
    assert frame.caption.startswith("20 chains")
