"""Leads to any control of any room: opens what it lies in, scrolls to it, and lights it up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QToolTip, QWidget

from flowlab.core.document.gallery import GALLERY, aliases_of
from flowlab.core.document.shapes import KINDS, Drawing, Shape
from flowlab.core.views.registry import ROOMS, room_of
from flowlab.ui.base.called import APART
from flowlab.ui.base.in_sight import bring_in_sight
from flowlab.ui.base.opened_by import unfold
from flowlab.ui.forms.editable import has_editor
from flowlab.ui.room.views_left import ViewsLeft
from flowlab.ui.shell.absent import absent
from flowlab.ui.shell.control_index import Control, controls_in, without_headings
from flowlab.ui.shell.dialog_index import Dialog, controls_of, dialogs
from flowlab.ui.shell.file_menu import GONE
from flowlab.ui.shell.flash import Flash, open_at
from flowlab.ui.shell.key_table import table

if TYPE_CHECKING:
    from flowlab.core.views.rows import Room, ViewRow
    from flowlab.ui.room.panels import Panels
    from flowlab.ui.shell.find_host import FindHost
    from flowlab.ui.shell.session_controller import SessionController

MODULES = (  # one at a time, so that no frame waits for them
    "files.tables.text",
    "files.tables.dialect",
    "ui.tables.import_fields",
    "ui.shell.runs_dialog",
    "ui.shell.keys_window",
    "ui.tools.sheet",
    "ui.tools.pencil",
    "ui.tools.pencil_bar",
)
PARTS = ("picture", *(room.name for room in ROOMS), "others")  # of the index, by where they are
MARGIN = 60  # px that stay visible around the control
RECENT = "recent, recent files, last files, last session, reopen, previous file, earlier files"
NO_RECENT = "No file has been opened or saved yet"
NEEDS = "needs"  # property: the widget whose choice decides whether this one is shown
COMMON = {spec.name for spec in dataclasses.fields(Shape)}
ABSENT = "“{}” appears with another choice here than the present one."


class Finder:
    """Knows the controls of all rooms, and goes to one of them."""

    def __init__(self, window: FindHost) -> None:
        """Set the window, whose parts it leads to."""
        self.window, self.workspace, self.keys = window, window.room, window.keys
        self._here = 0  # of the newest request
        self._parts: dict[str, list[Control]] = {}  # those looked up since they were last renewed
        self._dialogs: list[Dialog] = []  # once their modules have been imported
        self._draws = False  # True once the drawing bar has been created

    def renew(self) -> None:
        """Look at the panels again when controls are next asked for."""
        self._parts.clear()

    def looks(self) -> Iterator[Callable[[], object]]:
        """What looks up all controls, in slices, so that no key waits for it."""
        return (partial(self._part, name) for name in PARTS)

    def tasks(self) -> Iterator[Callable[[], object]]:
        """What creates the panels of rooms and views that nobody has opened yet, in slices."""
        for room in ROOMS:
            if room.name not in self.workspace.opened:
                yield partial(self.workspace.panels_of, room.name)
            for view in room.views:
                yield partial(self._prepare, room.name, view.name)
        yield from (partial(import_module, f"flowlab.{name}") for name in MODULES)
        yield self._prepare_bar
        yield self._prepare_dialogs

    def _prepare(self, room: str, view: str) -> None:
        left = self.workspace.panels_of(room).left
        if isinstance(left, ViewsLeft):
            left.prepare(view)

    def _prepare_bar(self) -> None:
        self._draws = self.workspace.drawing.tools is not None

    def _prepare_dialogs(self) -> None:
        self._dialogs = [*dialogs(self.window)]

    # index

    def controls(self) -> list[Control]:
        """Every control of the rooms opened or prepared so far, and of all around them."""
        return [control for name in PARTS for control in self._part(name)]

    def _part(self, name: str) -> list[Control]:
        if name not in self._parts:
            self._parts[name] = without_headings([*self._look(name)])
            for control in self._parts[name]:
                control.words.prepare()
        return self._parts[name]

    def _look(self, name: str) -> Iterator[Control]:
        if name == "picture":
            yield from controls_in(self.window.time_bar, ("Time bar",))
            yield from controls_in(self.workspace.shows, ("Picture",))
            yield from self._of_drawing()
        elif name == "others":
            yield from _of_gallery(self.window.choose_shape)
            yield from _of_recent(self.window.session)
            for dialog in self._dialogs:
                yield from controls_of(dialog)
            yield from self._of_gestures() if self._dialogs else ()
            yield from absent()
        elif name in self.workspace.opened:
            room = next(room for room in ROOMS if room.name == name)
            for control in self._of_room(room, self.workspace.opened[name]):
                yield replace(control, room=name)

    def _of_gestures(self) -> Iterator[Control]:
        """The keys and gestures that no action has; the list of keys opens at them."""
        for group, rows in table(()).items():
            for row in rows:
                act = partial(self.window.show_keys, partial(look_up, row.words))
                place = f"Keys and gestures{APART}{group}"
                also = "" if "+" in row.keys else row.keys
                yield Control(
                    row.words, place, "", QWidget, also=also, keys=row.keys, act=act, bonus=-4.0
                )

    def _of_drawing(self) -> Iterator[Control]:
        """The tools of the drawing bar, which opens for them."""
        drawing = self.workspace.drawing
        if not self._draws:
            return
        for control in controls_in(drawing.tools.bar, ("Drawing bar",)):
            yield replace(
                control, act=partial(self._go_drawing, control), why=drawing.why_not, bonus=-0.5
            )

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
        yield from controls_in(panels.right, (*place, "Right panel"))

    def nearness(self, control: Control) -> float:
        """A small bonus for what lies in the room and the view that are open."""
        view = self.workspace.store.document.view.name
        here = not control.room or control.room == room_of(view).name
        return 1.0 * here + 1.0 * (here and control.view in ("", view))

    # going there

    def go(self, control: Control) -> None:
        """Open everything around a control, give it the focus, and light it up."""
        if control.act is not None:
            control.act()
            return
        workspace = self.workspace
        if control.room:
            workspace.enter(control.room)
            workspace.show_panels(True)
        left = workspace.panels.left
        other = control.view and control.view != workspace.store.document.view.name
        if other and isinstance(left, ViewsLeft):
            left.choose_view(control.view)
        self._reach(control)

    def _go_drawing(self, control: Control) -> None:
        drawing, document = self.workspace.drawing, self.workspace.store.document
        if not drawing.role:
            drawn = isinstance(document.source, Drawing) and not isinstance(
                document.target, Drawing
            )
            drawing.open("source" if drawn else "target")
        self._reach(control)

    def _reach(self, control: Control) -> None:
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
        if present is widget and not widget.isEnabled():
            note = widget.toolTip()  # which says why
        if note:
            QToolTip.showText(present.mapToGlobal(present.rect().bottomLeft()), note, present)


def look_up(words: str, keys_window: QWidget) -> None:
    """Show only these words in the list of keys."""
    line = keys_window.findChild(QLineEdit)
    if line is not None:
        line.setText(words)


def _of_view(left: ViewsLeft, view: ViewRow, room: str) -> Iterator[Control]:
    """The view itself, and its controls."""
    title, button = view.button or view.title, left.views.buttons[view.name]
    yield Control(
        title, room, view.tip, lambda: button, view=view.name, names=(view.title,), also=view.also
    )
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
                place = f"Shape{APART}{kind.title}"
                also, find = str(spec.metadata.get("also", "")), lambda: cards[1].name
                yield Control(title, place, tip, find, also=also, note=note, bonus=-3.0)


def _of_gallery(choose: Callable[[str, str], object]) -> Iterator[Control]:
    """The shapes of the picker, for the target and for the source."""
    for role in ("target", "source"):
        for name, (title, _) in GALLERY.items():
            if name != "drawing":  # its tile is "Draw…", which is an action
                place = f"Choose the {role}"
                act, also = partial(choose, role, name), ", ".join((name, *aliases_of(name)))
                names = tuple(title.split(" · ")[:1])
                tip = f"A shape that the {role} can have"
                yield Control(title, place, tip, QWidget, names=names, also=also, act=act)


def _of_recent(session: SessionController) -> Iterator[Control]:
    """The files of the menu “Recent files”; without any, a row that says so."""
    place, names = f"File menu{APART}Recent files", session.preferences.recent
    for path in map(Path, names):
        act, tip = partial(session.open, path), f"Open {path}"
        why = partial(_why_not_there, path)
        yield Control(path.name, place, tip, QWidget, also=RECENT, act=act, why=why, bonus=-2.0)
    if not names:
        none = NO_RECENT.__str__
        yield Control("Recent files", "File menu", "", QWidget, also=RECENT, why=none)


def _why_not_there(path: Path) -> str:
    return "" if path.exists() else GONE


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
