"""Entries of menus that can do nothing at present are disabled, and their tooltips say why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.drawing import OWN_AXES, SEVERAL
from flowlab.ui.base.allowed import allow
from flowlab.ui.shell.actions import NO_PINS, NO_REDO, NO_UNDO
from flowlab.ui.shell.exports import NO_PICTURE
from flowlab.ui.shell.file_menu import NO_LOSS, FileMenu
from flowlab.ui.shell.look_back import EARLIEST, NEWEST, NO_NETWORK, Timeline
from flowlab.ui.shell.run_menu import why_no_earlier, why_no_later
from flowlab.ui.shell.window import Window
from flowlab.ui.tools.reflow_controller import UNTRAINED
from tests.helpers.events import settle

POINTS = np.array([[[0, 0], [3, 1]], [[0, 0], [3, 1]]], np.float32)


def action(window: Window, name: str) -> QAction:
    window.actions_.show_state()
    return next(a for a in window.actions() if a.text().startswith(name))


def why(window: Window, name: str) -> str:
    """Why an action can't be done; empty if it can."""
    found = action(window, name)
    return "" if found.isEnabled() else found.toolTip()


WITHOUT_USE = {
    "Undo": NO_UNDO,
    "Redo": NO_REDO,
    "Release all pinned paths": NO_PINS,
    "Reflow": UNTRAINED,
    "Export the points": NO_PICTURE,
    "Export the metrics": NO_PICTURE,
    "Export the loss curve": NO_LOSS,
    "Earlier in training": EARLIEST,
    "To the start of training": EARLIEST,
    "Later in training": NEWEST,
    "To now in training": NEWEST,
}


def test_what_has_no_use_at_the_start(still_window: Window) -> None:
    assert {name: why(still_window, name) for name in WITHOUT_USE} == WITHOUT_USE


def test_pins_can_be_released_once_there_are_some(still_window: Window) -> None:
    room = still_window.room
    room.canvas.show_bundle(
        Bundle(times=np.array([0, 1], np.float32), points=POINTS, source=POINTS[0])
    )
    room.toggle_pin(1)
    assert why(still_window, "Release") == ""
    action(still_window, "Release").trigger()
    assert room.canvas.pins == ()
    assert why(still_window, "Release") == NO_PINS
    assert why(still_window, "Export the points") == ""


def test_undo_and_redo_follow_the_history(still_window: Window) -> None:
    still_window.room.toggle_layer("show_density")
    still_window.room.choose_flow("exact")
    assert why(still_window, "Undo") == NO_UNDO  # what is shown is no step of the history
    still_window.room.swap_ends()
    assert why(still_window, "Undo") == ""
    assert action(still_window, "Undo").toolTip().startswith("Undo")
    still_window.store.undo()
    assert why(still_window, "Undo") == NO_UNDO
    assert why(still_window, "Redo") == ""


def test_moments_of_training_can_be_looked_at_where_there_are_some(still_window: Window) -> None:
    moments = still_window.room.moments
    moments._show(stored=(0, 5, 10), newest=10, known=True)
    assert why(still_window, "Earlier") == ""
    assert why(still_window, "Later") == NEWEST
    moments.to_first()
    assert why(still_window, "Earlier") == EARLIEST
    assert why(still_window, "Later") == ""
    moments.release()
    view = replace(still_window.store.document.view, name="blending")
    still_window.store.edit(replace(still_window.store.document, view=view), "Show", "view")
    assert why(still_window, "Pin this moment") == NO_NETWORK


def test_no_moment_lies_before_the_first_or_after_now() -> None:
    now = Timeline(stored=(0, 5, 10), newest=10)
    assert (why_no_earlier(now), why_no_later(now)) == ("", NEWEST)
    middle = replace(now, step=5)
    assert (why_no_earlier(middle), why_no_later(middle)) == ("", "")
    first = replace(now, step=0)
    assert (why_no_earlier(first), why_no_later(first)) == (EARLIEST, "")
    assert why_no_earlier(Timeline()) == EARLIEST
    assert why_no_earlier(replace(now, idle=True)) == NO_NETWORK


def test_layers_that_a_view_does_not_have_say_so(still_window: Window) -> None:
    still_window.room.enter("blending")
    settle()
    assert why(still_window, "Trails") == "The view Blend doesn’t have this layer"
    assert why(still_window, "Density") == ""
    assert "one picture" in why(still_window, "Learned, exact, difference")


def test_recent_files_that_are_gone_say_so(still_window: Window) -> None:
    still_window.preferences.remember(Path("/nowhere/a.flowlab"))
    menu = QMenu()
    FileMenu(still_window.actions_)._fill_recent(menu)
    entry = menu.actions()[0]
    assert not entry.isEnabled()
    assert "no longer" in entry.toolTip()


def test_a_tooltip_is_the_reason_and_comes_back_afterwards() -> None:
    made = QAction("Do it…")
    allow(made, "Not yet")
    assert (made.isEnabled(), made.toolTip()) == (False, "Not yet")
    allow(made, "")
    assert (made.isEnabled(), made.toolTip()) == (True, "Do it…")
    told = QAction("Do it")
    told.setToolTip("What it does")
    allow(told, "Not yet")
    allow(told, "Not now")
    assert told.toolTip() == "Not now"
    allow(told, "")
    assert told.toolTip() == "What it does"


def test_controls_that_are_disabled_say_why_and_nothing_else(still_window: Window) -> None:
    left = still_window.room.panels.left
    assert left.colour.isEnabled()
    still_window.room.toggle_layer("show_particles")
    still_window.room.toggle_layer("show_trails")
    assert not left.colour.isEnabled()
    assert left.colour.toolTip() == "Show particles or trails first: this is their colour"
    assert left.layers["show_raw"].toolTip() == "Show particles first: these lie beside them"
    still_window.room.toggle_layer("show_particles")
    assert left.colour.toolTip().startswith("What the colour of a particle tells")


def test_the_lens_is_off_with_its_reason_in_views_without_one(still_window: Window) -> None:
    room, store = still_window.room, still_window.store
    room.lens.toggle()
    assert (room.lens.on, why(still_window, "Lens")) == (True, "")
    for view, reason in (("time_plane", OWN_AXES), ("race", SEVERAL), ("characteristics", "")):
        document = store.document
        store.edit(replace(document, view=replace(document.view, name=view)), "Show")
        assert why(still_window, "Lens") == reason
        assert not room.lens.on
        assert room.lens.button.isEnabled() == (not reason)
