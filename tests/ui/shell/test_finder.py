"""The search box knows every control and every entry of a list, and goes there."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Drawing
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.views.registry import ROOMS
from flowlab.ui.base.in_sight import scroll_area_of
from flowlab.ui.forms.fields import Field
from flowlab.ui.forms.lazy_form import LazyForm
from flowlab.ui.room.views_left import ViewsLeft
from flowlab.ui.shell.command_list import SHORTCUT
from flowlab.ui.shell.flash import Flash
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle
from tests.helpers.keys import focused, press

CTRL = Qt.KeyboardModifier.ControlModifier


def search(window: Window, words: str) -> list[str]:
    """Open the box, type, and return the lines that are found."""
    press(Qt.Key.Key_K, CTRL)
    window.afterwards.finish()
    assert focused() is window.search
    window.search.insert(words)
    settle()
    popup = window.search.popup
    assert popup is not None
    return [popup.item(i).text() for i in range(popup.count())]


def go(window: Window, words: str) -> QWidget:
    """Search, press Enter, and return what has the focus then."""
    search(window, words)
    press(Qt.Key.Key_Return)
    return focused()


def seen(widget: QWidget) -> bool:
    """True if the middle of a widget lies in the visible part of what it scrolls in."""
    area = scroll_area_of(widget)
    assert isinstance(area, QScrollArea)
    at = widget.mapTo(area.viewport(), widget.rect().center())
    return widget.isVisible() and area.viewport().rect().contains(at)


@pytest.mark.parametrize(
    ("typed", "name", "room"),
    [
        ("learning rate", "Learning rate", "flow"),
        ("beta 2", "Beta 2", "flow"),  # folded away in a folded section
        ("rtol", "Solver: how particles follow the velocity", "flow"),  # decides if it is shown
        ("matched batch", "Coupling", "flow"),
        ("trail length", "Trail length", "flow"),
        ("std x", "Std x", "flow"),  # a parameter of the source
        ("values of α", "Values of α", "blending"),
        ("followed chain", "Followed chain", "blending"),
        ("number of cells", "Grid", "blending"),
    ],
)
def test_it_goes_to_a_control(still_window: Window, typed: str, name: str, room: str) -> None:
    found = go(still_window, typed)
    assert found.accessibleName() == name
    assert seen(found)
    assert still_window.room.panels is still_window.room.opened[room]


def test_a_frame_lights_it_up_for_a_moment(
    still_window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowlab.ui.shell.flash.FLASH_MS", 1)
    go(still_window, "learning rate")
    qtbot.waitUntil(lambda: not still_window.findChildren(Flash))


@pytest.mark.parametrize(
    ("typed", "entry", "read"),
    [
        ("euler", "Euler", lambda d: d.solver.method == "euler"),
        ("sinkhorn", "Sinkhorn transport", lambda d: d.coupling.kind == "sinkhorn"),
        ("adamw", "AdamW", lambda d: d.training.optimiser == "adamw"),
    ],
)
def test_it_opens_a_list_at_its_entry(
    still_window: Window, typed: str, entry: str, read: object
) -> None:
    view = go(still_window, typed)
    assert view.currentIndex().data() == entry  # type: ignore[attr-defined]
    QTest.keyClick(view, Qt.Key.Key_Return)
    settle()
    assert read(still_window.store.document)  # type: ignore[operator]
    assert QApplication.activePopupWidget() is None
    assert focused() is still_window.room.canvas


def test_actions_are_found_as_before_and_say_if_they_are_on(still_window: Window) -> None:
    assert search(still_window, "theme")[0] == "Light theme"
    popup = still_window.search.popup
    assert popup is not None
    assert popup.item(0).data(SHORTCUT).startswith("o")  # on or off
    dark = still_window.theme.dark
    press(Qt.Key.Key_Return)
    assert still_window.theme.dark is not dark


def test_a_parameter_of_another_shape_leads_to_the_shapes(still_window: Window) -> None:
    assert "Half width" in search(still_window, "half width")
    press(Qt.Key.Key_Return)
    assert focused() is still_window.room.panels.card("target").name
    still_window.room.set_shape("target", Drawing())
    assert go(still_window, "half width").accessibleName() == "Half width"


def test_the_panels_of_other_rooms_are_made_without_their_forms(still_window: Window) -> None:
    search(still_window, "chain")
    left = still_window.room.opened["blending"].left
    assert isinstance(left, ViewsLeft)
    assert set(left.controls) == {view.name for view in ROOMS[1].views}
    assert not left.isVisible()
    assert all(form.form is None for form in left.findChildren(LazyForm))


def test_every_row_of_every_form_and_every_list_is_known(still_window: Window) -> None:
    """Build everything, and look whether the index named it before."""
    search(still_window, "x")
    known = {control.title for control in still_window.search.controls()}
    for panels in still_window.room.opened.values():
        for form in panels.left.findChildren(LazyForm):
            form.build() if form.value is not None else None
        for field in panels.left.findChildren(Field):
            assert field.title in known
        for combo in panels.left.findChildren(QComboBox):
            assert {combo.itemText(i) for i in range(combo.count())} <= known
    for part in (Network, Training, Solver):
        labels = {f.metadata["label"] for f in dataclasses.fields(part) if "low" in f.metadata}
        assert labels <= known
    for part in (Path, Coupling):
        options = [f.metadata.get("options", {}) for f in dataclasses.fields(part)]
        assert {words for each in options for words in each.values()} <= known
