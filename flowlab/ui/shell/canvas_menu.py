"""The menu of a right click on the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from collections.abc import Callable

    from flowlab.ui.shell.workspace import Workspace

SHARED = (
    "Release all pinned paths",
    "Show everything",
    "",
    "Copy the picture",
    "Export…",
    "Export the points at this t…",
)


def menu_at(room: Workspace, at: QPointF, actions: list[QAction]) -> QMenu:
    """The menu for a pixel of the picture, which is deleted when it closes.

    It has entries for this place, and those of the window's actions that concern the picture.
    """
    menu, canvas = QMenu(room), room.canvas
    index = canvas.hover
    words = "Release this particle" if index in canvas.pins else "Pin this particle"
    pin = _add(menu, words, lambda: None if index is None else room.toggle_pin(index))
    pin.setEnabled(index is not None)
    if index is None:
        pin.setToolTip("No particle lies under the cursor")
    menu.setToolTipsVisible(True)
    if not canvas.has_own_axes:
        place = canvas.plane(at)
        _add(menu, "Centre here", lambda: canvas.centre(place))
    shared = {action.text(): action for action in actions}
    for name in SHARED:
        if name:
            menu.addAction(shared[name])
        else:
            menu.addSeparator()
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _add(menu: QMenu, words: str, act: Callable[[], object]) -> QAction:
    action = menu.addAction(words)
    action.triggered.connect(lambda *_: act())
    return action
