"""Leads to any control of any room: opens what it lies in, scrolls to it, and lights it up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QToolTip, QWidget

from flowlab.core.document.shapes import KINDS, Shape
from flowlab.core.views.registry import ROOMS, room_of
from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.in_sight import bring_in_sight
from flowlab.ui.base.opened_by import unfold
from flowlab.ui.base.theme import colour
from flowlab.ui.forms.editable import has_editor
from flowlab.ui.room.views_left import ViewsLeft
from flowlab.ui.shell.control_index import Control, controls_in

if TYPE_CHECKING:
    from flowlab.core.views.rows import Room, ViewRow
    from flowlab.ui.room.panels import Panels
    from flowlab.ui.shell.keys import Keys
    from flowlab.ui.shell.workspace import Workspace

FLASH_MS = 1400
MARGIN = 60  # px that stay visible around the control
NEEDS = "needs"  # property: the widget whose choice decides whether this one is shown
COMMON = {spec.name for spec in dataclasses.fields(Shape)}
ABSENT = "“{}” appears with another choice here than the present one."


class Finder:
    """Knows the controls of all rooms, and goes to one of them."""

    def __init__(self, workspace: Workspace, keys: Keys, shared: QWidget) -> None:
        """Set the rooms, and the bar that all of them share."""
        self.workspace, self.keys, self.shared = workspace, keys, shared
        self._here = 0  # of the newest request
        self._controls: list[Control] | None = None  # None: to be looked up again

    def renew(self) -> None:
        """Look at the panels again when controls are next asked for."""
        self._controls = None

    def tasks(self) -> Iterator[Callable[[], object]]:
        """What creates the panels of rooms and views that nobody has opened yet, in slices."""
        for room in ROOMS:
            if room.name not in self.workspace.opened:
                yield partial(self.workspace.panels_of, room.name)
            for view in room.views:
                yield partial(self._prepare, room.name, view.name)

    def _prepare(self, room: str, view: str) -> None:
        left = self.workspace.panels_of(room).left
        if isinstance(left, ViewsLeft):
            left.prepare(view)

    # index

    def controls(self) -> list[Control]:
        """Every control of the rooms opened or prepared so far, and of the time bar."""
        if self._controls is None:
            self._controls = self._look()
        return self._controls

    def _look(self) -> list[Control]:
        found = [*controls_in(self.shared, ("Time bar",))]
        drawing = self.workspace.drawing
        if drawing.role:
            found += controls_in(drawing.tools.bar, ("Drawing",))
        for room in ROOMS:
            panels = self.workspace.opened.get(room.name)
            if panels is not None:
                found += [replace(c, room=room.name) for c in self._of_room(room, panels)]
        return found

    def _of_room(self, room: Room, panels: Panels) -> Iterator[Control]:
        left, place, here = panels.left, (room.title,), panels is self.workspace.panels
        if not isinstance(left, ViewsLeft):
            yield from controls_in(left, place)
        else:
            for view in room.views:
                yield from _of_view(left, view, room.title)
            yield from controls_in(left, place, left.controls.values()) if here else ()
        if here:
            yield from _of_other_shapes(panels)
        yield from controls_in(panels.right, place)

    def nearness(self, control: Control) -> float:
        """A small bonus for what lies in the room and the view that are open."""
        view = self.workspace.store.document.view.name
        here = not control.room or control.room == room_of(view).name
        return 1.0 * here + 1.0 * (here and control.view in ("", view))

    # going there

    def go(self, control: Control) -> None:
        """Open everything around a control, give it the focus, and light it up."""
        workspace = self.workspace
        if control.room:
            workspace.enter(control.room)
            workspace.show_panels(True)
        left = workspace.panels.left
        other = control.view and control.view != workspace.store.document.view.name
        if other and isinstance(left, ViewsLeft):
            left.choose_view(control.view)
        widget = control.find()
        unfold(widget)
        self._here += 1
        here = self._here
        QTimer.singleShot(0, widget, lambda: self._arrive(control, widget, here))

    def _arrive(self, control: Control, widget: QWidget, here: int) -> None:
        if here != self._here:
            return
        present = visible(widget)
        bring_in_sight(present, MARGIN)
        editor = editor_of(present)
        Flash(present)
        if present is widget and control.option and isinstance(editor, QComboBox):
            open_at(editor, control.option)
            return
        if editor is not None:
            self.keys.go_to(editor)
        note = control.note if present is widget else ABSENT.format(control.title)
        if note:
            QToolTip.showText(present.mapToGlobal(present.rect().bottomLeft()), note, present)


def _of_view(left: ViewsLeft, view: ViewRow, room: str) -> Iterator[Control]:
    """The view itself, and its controls."""
    title, button = view.button or view.title, left.views.buttons[view.name]
    yield Control(title, room, view.tip, lambda: button, view=view.name)
    if view.name in left.controls:
        for control in controls_in(left.controls[view.name], (room, title)):
            yield replace(control, view=view.name)


def _of_other_shapes(panels: Panels) -> Iterator[Control]:
    """The parameters of shapes that are not chosen; they lead to where shapes are."""
    cards = [panels.card(role) for role in ("source", "target")]
    chosen = {type(card.shape) for card in cards}
    for kind in KINDS.values():
        note = f"A parameter of the shape “{kind.title}”, which can be chosen here."
        for spec in dataclasses.fields(kind) if kind not in chosen else ():
            if has_editor(spec) and spec.name not in COMMON:
                title, tip = str(spec.metadata["label"]), str(spec.metadata.get("tip", ""))
                place = f"Shape: {kind.title}"
                yield Control(title, place, tip, lambda: cards[1].name, also=spec.name, note=note)


def visible(widget: QWidget) -> QWidget:
    """The widget if it is visible, otherwise the nearest one before it that stands for it."""
    while not widget.isVisible():
        other = widget.property(NEEDS)
        if isinstance(other, QWidget) and other is not widget:
            return other if other.isVisible() else visible(other)
        parent = widget.parentWidget()
        if parent is None:
            break
        others = [w for w in parent.children() if isinstance(w, QWidget) and w.isVisible()]
        if parent.isVisible() and others:
            above = [w for w in others if editor_of(w) is not None]
            return (above or others)[0]
        widget = parent
    return widget


def editor_of(widget: QWidget) -> QWidget | None:
    """The part of a row that takes the focus."""
    strong = (Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus, Qt.FocusPolicy.TabFocus)
    inside = [widget, *widget.findChildren(QWidget)]
    return next(
        (w for w in inside if w.focusPolicy() in strong and w.isVisible() and w.isEnabled()), None
    )


def open_at(combo: QComboBox, words: str) -> None:
    """Open a list with one of its entries selected, so that Enter takes it."""
    at = combo.findText(words)
    combo.setFocus(Qt.FocusReason.OtherFocusReason)
    combo.showPopup()
    if at >= 0:
        combo.view().setCurrentIndex(combo.model().index(at, combo.modelColumn()))


class Flash(QWidget):
    """A frame around a widget in the accent colour, which goes away by itself."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setGeometry(widget.rect())
        self.show()
        self.raise_()
        QTimer.singleShot(FLASH_MS, self, self.deleteLater)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw the frame."""
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(theme.learned), 2))
        painter.setBrush(colour(theme.learned, 0.15))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 5, 5)
