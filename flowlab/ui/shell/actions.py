"""All actions of the window with their texts and keys, by the menus that they are in.

Menus, search box, context menu and list of keys show these same actions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from flowlab.core.document.limits import also_of
from flowlab.core.document.view import View
from flowlab.core.views.registry import DEFAULT, ROOMS, VIEWS, room_of
from flowlab.core.views.rows import LAYERS, PAIRS
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import APART, call
from flowlab.ui.base.icons import icon
from flowlab.ui.base.key_rows import GROUP, NAME
from flowlab.ui.shell.action_host import Host, Key
from flowlab.ui.shell.command_box import plain
from flowlab.ui.shell.file_menu import FileMenu
from flowlab.ui.shell.run_menu import RunMenu

if TYPE_CHECKING:
    from flowlab.ui.base.dialog_controls import Reach
    from flowlab.ui.shell.keys_window import KeysWindow

NO_LAYER = "The view {} doesn’t have this layer"
NO_SWITCH = "The view {} has one picture only"
NO_UNDO, NO_REDO = "There is nothing to undo", "There is nothing to redo"
NO_PINS = "No path is pinned"
ZOOM = 1.25  # by one key
ENDS = {"source": "prior, base distribution, noise", "target": "data distribution"}


class Actions:
    """The menus, filled by `tasks`; the search box finds the same actions."""

    def __init__(self, window: QMainWindow, host: Host) -> None:
        self.window, self.host = window, host
        self.menu_bar = QMenuBar()
        self.menu_bar.setNativeMenuBar(False)
        self._icons: list[tuple[QAction, str]] = []
        self._layers: list[tuple[QAction, str]] = []  # each with the view's field that it switches
        self._ticks: list[tuple[QAction, Callable[[], bool]]] = []  # each with its state
        self._whys: list[tuple[QAction, Callable[[], str]]] = []  # each with why it can't be done
        self.group = ""
        self._switch: QAction | None = None
        self._lens: QAction | None = None
        self._keys_window: KeysWindow | None = None
        self._view = DEFAULT
        self._theme = DARK
        fill = {
            "File": FileMenu(self).fill,
            "Edit": self._edit_menu,
            "View": self._view_menu,
            "Run": RunMenu(self).fill,
            "Help": self._help_menu,
        }
        menus = {title: self._menu(title) for title in fill}  # the menu bar is complete at once
        self.tasks: list[Callable[[], None]] = [partial(fill[t], menus[t]) for t in menus]

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons in the theme's colours."""
        self._theme = theme
        for menu in self.menu_bar.findChildren(QMenu):
            menu.setProperty("tinted", False)

    def show_view(self, view: str) -> None:
        """Disable the actions that have no effect in this view."""
        self._view = view
        title = VIEWS[view].button or VIEWS[view].title
        for action, layer in self._layers:
            allow(action, "" if layer in VIEWS[view].layers else NO_LAYER.format(title))
        if self._switch is not None:
            allow(self._switch, "" if self.host.room.has_switch else NO_SWITCH.format(title))
        if self._lens is not None:
            allow(self._lens, self.host.room.lens.why)

    def show_state(self) -> None:
        """Tick the actions whose things are on now, and disable those that can't be done."""
        for action, on in self._ticks:
            action.setChecked(on())
        for action, why in self._whys:
            allow(action, why())

    def press_digit(self, digit: int) -> None:
        """Do what the key of this digit does."""
        self.host.afterwards.finish()
        for action, _ in self._layers:
            if action.shortcut() == QKeySequence(str(digit)):
                action.trigger()

    def _open(self, menu: QMenu) -> None:
        self.host.afterwards.finish()
        self._tint(menu)
        self.show_state()

    def _tint(self, menu: QMenu) -> None:
        """Tint a menu's icons when it is first opened in a theme."""
        if menu.property("tinted"):
            return
        menu.setProperty("tinted", True)
        for action, name in self._icons:
            if action in menu.actions():
                action.setIcon(icon(name, self._theme))

    def _menu(self, title: str) -> QMenu:
        menu = self.menu_bar.addMenu(title)
        menu.setToolTipsVisible(True)  # only what isn't an action's text is shown
        menu.aboutToShow.connect(lambda: self._open(menu))
        return menu

    def add(
        self,
        menu: QMenu,
        text: str,
        act: Callable[[], object],
        key: Key = None,
        mark: str = "",
        on: Callable[[], bool] | None = None,
        why: Callable[[], str] | None = None,
        also: str = "",
        does: str = "",
    ) -> QAction:
        """Add an action; with `on`, which returns whether its thing is on, it has a tick.

        `why` returns why it can't be done now, and is asked when a menu opens: an action with a
        key must stay possible until then. For `also` and `does` see `call`.
        """
        action = QAction(text, self.window)
        action.setProperty(GROUP, self.group)
        action.setProperty(NAME, plain(action))
        call(action, also, does, self._place(menu))
        if why is not None:
            self._whys.append((action, why))
        if key is not None:
            action.setShortcut(QKeySequence(key))
        if on is not None:
            action.setCheckable(True)
            self._ticks.append((action, on))
        action.triggered.connect(lambda *_: self._do(act))
        menu.addAction(action)
        self.window.addAction(action)
        if mark and on is None:  # an icon would take the tick's place
            self._icons.append((action, mark))
        return action

    def _place(self, menu: QMenu) -> str:
        top = menu.menuAction() in self.menu_bar.actions()
        parent = menu.parentWidget()
        within = self._place(parent) if not top and isinstance(parent, QMenu) else ""
        return f"{within}{APART}{menu.title()}" if within else f"{menu.title()} menu"

    def _do(self, act: Callable[[], object]) -> None:
        act()
        self.show_state()

    def _edit_menu(self, menu: QMenu) -> None:
        self.group = "Files and editing"
        stack = self.host.store.stack
        keys = QKeySequence.StandardKey
        undo = self.add(menu, "Undo", self.host.store.undo, keys.Undo, "undo", also="back, revert")
        redo = self.add(menu, "Redo", stack.redo, None, "redo", also="repeat")
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        for action, can, changed, why in (
            (undo, stack.canUndo(), stack.canUndoChanged, NO_UNDO),
            (redo, stack.canRedo(), stack.canRedoChanged, NO_REDO),
        ):
            allow(action, "" if can else why)
            changed.connect(lambda on, action=action, why=why: allow(action, "" if on else why))
        stack.undoTextChanged.connect(lambda what: undo.setText(_with("Undo", what)))
        stack.redoTextChanged.connect(lambda what: redo.setText(_with("Redo", what)))
        menu.addSeparator()
        self.add(
            menu,
            "Copy the picture",
            self.host.exports.copy_picture,
            keys.Copy,
            also="screenshot, clipboard, image, copy figure",
        )
        menu.addSeparator()
        room = self.host.room
        for role in ("source", "target"):
            self.add(
                menu,
                f"Choose the {role}…",
                partial(room.choose.emit, role),
                also=f"shape, distribution, data set, dataset, {ENDS[role]}",
            )
            self.add(
                menu,
                f"Draw the {role}",
                partial(room.drawing.open, role),
                mark="brush",
                also="draw, pencil, paint, brush, sketch",
            )
        self.add(
            menu, "Draw matching lines", room.draw_lines, mark="brush", also="draw lines, pairing"
        )
        self.add(menu, "Swap source and target", room.swap_ends, also="exchange, reverse, flip")

    def _view_menu(self, menu: QMenu) -> None:
        self._rooms(menu)
        menu.addSeparator()
        self._layer_switches(menu)
        menu.addSeparator()
        self.group = "View"
        host, room = self.host, self.host.room
        go_round = room.shows.go_round
        self._switch = self.add(
            menu, "Learned, exact, difference", go_round, "X", also="compare, error, ground truth"
        )
        self._lens = self.add(
            menu,
            "Lens",
            room.lens.toggle,
            "L",
            "lens",
            lambda: room.lens.on,
            also="magnifier, magnifying glass, loupe, posterior, pairs through a point",
        )
        for words, factor, keys in (
            ("Zoom in", ZOOM, ("Ctrl++", "Ctrl+=")),
            ("Zoom out", 1 / ZOOM, ("Ctrl+-",)),
        ):
            zoom = self.add(
                menu, words, partial(room.canvas.zoom, factor), also="magnify, scale, camera"
            )
            zoom.setShortcuts([QKeySequence(key) for key in keys])
        self.add(
            menu,
            "Show everything",
            room.canvas.fit,
            "F",
            also="zoom to fit, reset zoom, reset view, fit, home, camera",
        )
        self.add(
            menu,
            "Release all pinned paths",
            room.release_pins,
            why=lambda: "" if room.canvas.pins else NO_PINS,
            also="unpin, pins, clear paths",
        )
        menu.addSeparator()
        self.add(
            menu,
            "Side panels",
            room.toggle_panels,
            "Ctrl+B",
            on=lambda: room.panels_shown,
            also="hide panels, sidebar, presentation, presentation mode",
        )
        self.add(
            menu,
            "Full screen",
            host.toggle_full_screen,
            "F11",
            on=host.isFullScreen,
            also="maximise, projector, presentation, presentation mode, beamer",
        )
        theme = self.add(
            menu,
            "Light theme",
            host.toggle_theme,
            "Ctrl+Shift+L",
            "sun",
            lambda: not host.theme.dark,
            also="theme, dark, light, dark theme, dark mode, light mode, white background, "
            "colours, appearance, colour scheme, black background",
        )
        theme.setToolTip("Light or dark colours")
        menu.addSeparator()
        budget = room.budget
        self.add(
            menu,
            "Frame budget",
            budget.toggle,
            "Ctrl+Shift+F",
            on=lambda: budget.on,
            also="fps, frames per second, performance, speed",
        )
        self.show_view(self._view)

    def _rooms(self, menu: QMenu) -> None:
        self.group = "Rooms"
        host = self.host
        for number, room in enumerate(ROOMS, 1):
            self.add(
                menu,
                f"Room: {room.title}",
                partial(host.room.enter, room.name),
                f"Ctrl+{number}",
                on=partial(self._in_room, room.name),
                also=f"tab, {room.title}",
            )

    def _in_room(self, name: str) -> bool:
        return room_of(self.host.store.document.view.name).name == name

    def _has_layer(self, name: str) -> bool:
        return bool(getattr(self.host.store.document.view, name))

    def _layer_switches(self, menu: QMenu) -> None:
        self.group = "Layers"
        titles = {**LAYERS, PAIRS: "Pairs"}
        for index, (name, title) in enumerate(titles.items(), 1):
            action = self.add(
                menu,
                title,
                partial(self.host.room.toggle_layer, name),
                str(index) if name in LAYERS else None,
                on=partial(self._has_layer, name),
                also=f"layer, {also_of(View, name)}",
                does=f"View.{name}",
            )
            self._layers.append((action, name))

    def _help_menu(self, menu: QMenu) -> None:
        self.group = "Help"
        self.add(
            menu,
            "Keys and gestures",
            self.show_keys,
            QKeySequence.StandardKey.HelpContents,
            also="help, shortcuts, hotkeys, keyboard, mouse, touch, cheat sheet, manual",
        )
        self.add(menu, "About FlowLab", self._show_about, also="version, licence")

    def show_keys(self, reach: Reach | None = None) -> None:
        """Open the list of keys; `reach` is called with it."""
        from flowlab.ui.shell.keys_window import KeysWindow  # the first frame doesn't need it

        self.host.afterwards.finish()
        if self._keys_window is None:
            self._keys_window = KeysWindow(self.window, self.window.findChildren(QAction))
        self._keys_window.start()
        if reach is not None:
            reach(self._keys_window)

    def _show_about(self) -> None:
        from PySide6.QtWidgets import QMessageBox

        from flowlab import __version__

        QMessageBox.about(
            self.window,
            "About FlowLab",
            f"<b>FlowLab {__version__}</b><p>See how generative flows work.</p>"
            "<p>MIT licence. Built on Qt and PySide6 (LGPLv3), PyTorch (BSD), pyqtgraph (MIT), "
            "NumPy and SciPy (BSD), Pillow (MIT-CMU), FFmpeg as a separate program (GPLv3), and "
            "the DejaVu fonts.</p>",
        )


def _with(verb: str, what: str) -> str:
    """Combine "Undo" and "Draw: brush" to "Undo: draw: brush"."""
    return f"{verb}: {what[:1].lower()}{what[1:]}" if what else verb
