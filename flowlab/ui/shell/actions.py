"""All actions of the window with their texts and keys, one method for each menu.

Menus, search box, context menu and list of keys show these same actions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from flowlab.core.document.gallery import preset_names, preset_title
from flowlab.core.views.registry import DEFAULT, ROOMS, VIEWS, room_of
from flowlab.core.views.rows import LAYERS, PAIRS
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.icons import icon
from flowlab.ui.base.key_rows import GROUP
from flowlab.ui.shell.time_bar import step_keys
from flowlab.ui.state.playback import MODES

if TYPE_CHECKING:
    from flowlab.ui.base.afterwards import Afterwards
    from flowlab.ui.shell.command_box import CommandBox
    from flowlab.ui.shell.keys_window import KeysWindow
    from flowlab.ui.shell.runs_controller import RunsController
    from flowlab.ui.shell.session_controller import SessionController
    from flowlab.ui.shell.workspace import Workspace
    from flowlab.ui.state.document_store import DocumentStore
    from flowlab.ui.state.playback import Playback
    from flowlab.ui.state.preferences import Preferences

Key = QKeySequence.StandardKey | str | None


class Host(Protocol):
    """The window's parts and commands that actions use."""

    store: DocumentStore
    preferences: Preferences
    playback: Playback
    room: Workspace
    session: SessionController
    runs: RunsController
    afterwards: Afterwards
    search: CommandBox
    theme: Theme

    def isFullScreen(self) -> bool:  # Qt's name
        """Return True in full screen."""

    def welcome(self, name: str) -> None:
        """Open a preset."""

    def export(self) -> None:
        """Open the export dialog for the present view."""

    def export_numbers(self, name: str) -> None:
        """Save the points, the metrics or the loss that are shown."""

    def copy_picture(self) -> None:
        """Copy the picture to the clipboard."""

    def toggle_theme(self) -> None:
        """Switch between dark and light."""

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""


class Actions:
    """The menus, filled by `tasks`; the search box finds the same actions."""

    def __init__(self, window: QMainWindow, host: Host) -> None:
        self.window, self.host = window, host
        self.menu_bar = QMenuBar()
        self.menu_bar.setNativeMenuBar(False)
        self._icons: list[tuple[QAction, str]] = []
        self._layers: list[tuple[QAction, str]] = []  # each with the view's field that it switches
        self._ticks: list[tuple[QAction, Callable[[], bool]]] = []  # each with its state
        self._group = ""
        self._switch: QAction | None = None
        self._keys_window: KeysWindow | None = None
        self._view = DEFAULT
        self._theme = DARK
        fill = {
            "File": self._file_menu,
            "Edit": self._edit_menu,
            "View": self._view_menu,
            "Run": self._play_menu,
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
        for action, layer in self._layers:
            action.setEnabled(layer in VIEWS[view].layers)
        if self._switch is not None:
            self._switch.setEnabled(self.host.room.has_switch)

    def show_ticks(self) -> None:
        """Tick the actions whose things are on now."""
        for action, on in self._ticks:
            action.setChecked(on())

    def press_digit(self, digit: int) -> None:
        """Do what the key of this digit does."""
        self.host.afterwards.finish()
        for action, _ in self._layers:
            if action.shortcut() == QKeySequence(str(digit)):
                action.trigger()

    def _open(self, menu: QMenu) -> None:
        self.host.afterwards.finish()
        self._tint(menu)
        self.show_ticks()

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
        menu.aboutToShow.connect(lambda: self._open(menu))
        return menu

    def _add(
        self,
        menu: QMenu,
        text: str,
        act: Callable[[], object],
        key: Key = None,
        mark: str = "",
        on: Callable[[], bool] | None = None,
    ) -> QAction:
        """Add an action; with `on`, which returns whether its thing is on, it has a tick."""
        action = QAction(text, self.window)
        action.setProperty(GROUP, self._group)
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

    def _do(self, act: Callable[[], object]) -> None:
        act()
        self.show_ticks()

    def _file_menu(self, menu: QMenu) -> None:
        self._group = "Files"
        session = self.host.session
        keys = QKeySequence.StandardKey
        self._add(menu, "New", session.new, keys.New, "plus")
        self._add(menu, "Open…", session.open_dialog, keys.Open, "open")
        recent = menu.addMenu("Recent files")
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        presets = menu.addMenu("Presets")
        for name in preset_names():
            self._add(presets, preset_title(name), partial(self.host.welcome, name))
        menu.addSeparator()
        self._add(menu, "Save", session.save, keys.Save, "save")
        self._add(menu, "Save as…", session.save_as, keys.SaveAs)
        menu.addSeparator()
        for role in ("source", "target"):
            for kind, words in (("points", "points"), ("picture", "a picture")):
                self._add(
                    menu,
                    f"Import {words} as the {role}…",
                    partial(session.import_dialog, role, kind),
                )
        menu.addSeparator()
        self._add(menu, "Export…", self.host.export, "Ctrl+E", "export")
        for name, words in (
            ("points", "the points at this t"),
            ("metrics", "the metrics"),
            ("loss", "the loss curve"),
        ):
            self._add(menu, f"Export {words}…", partial(self.host.export_numbers, name))
        menu.addSeparator()
        self._add(menu, "Quit", self.window.close, keys.Quit)

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        paths = [Path(name) for name in self.host.preferences.recent]
        for path in paths:
            action = menu.addAction(f"{path.name}  —  {path.parent}")
            action.setEnabled(path.exists())
            action.triggered.connect(lambda *_, path=path: self.host.session.open(path))
        if paths:
            menu.addSeparator()
            menu.addAction("Clear this list").triggered.connect(self.host.preferences.forget)
        else:
            menu.addAction("No files yet").setEnabled(False)

    def _edit_menu(self, menu: QMenu) -> None:
        self._group = "Editing"
        stack = self.host.store.stack
        keys = QKeySequence.StandardKey
        undo = self._add(menu, "Undo", self.host.store.undo, keys.Undo, "undo")
        redo = self._add(menu, "Redo", stack.redo, None, "redo")
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        undo.setEnabled(stack.canUndo())
        redo.setEnabled(stack.canRedo())
        stack.canUndoChanged.connect(undo.setEnabled)
        stack.canRedoChanged.connect(redo.setEnabled)
        stack.undoTextChanged.connect(lambda what: undo.setText(_with("Undo", what)))
        stack.redoTextChanged.connect(lambda what: redo.setText(_with("Redo", what)))
        menu.addSeparator()
        self._add(menu, "Copy the picture", self.host.copy_picture, keys.Copy)
        menu.addSeparator()
        room = self.host.room
        for role in ("source", "target"):
            self._add(menu, f"Choose the {role}…", partial(room.choose.emit, role))
            self._add(menu, f"Draw the {role}", partial(room.drawing.open, role), mark="brush")
        self._add(menu, "Draw matching lines", room.draw_lines, mark="brush")
        self._add(menu, "Swap source and target", room.swap_ends)

    def _view_menu(self, menu: QMenu) -> None:
        self._rooms(menu)
        menu.addSeparator()
        self._layer_switches(menu)
        menu.addSeparator()
        self._group = "View"
        host, room = self.host, self.host.room
        go_round = room.shows.go_round
        self._switch = self._add(menu, "Learned, exact, difference", go_round, "X")
        self._add(menu, "Lens", room.lens.toggle, "L", "lens", lambda: room.lens.on)
        self._add(menu, "Show everything", room.canvas.fit, "F")
        self._add(menu, "Release all pinned paths", room.release_pins)
        menu.addSeparator()
        self._add(menu, "Side panels", room.toggle_panels, "Ctrl+B", on=lambda: room.panels_shown)
        self._add(menu, "Full screen", host.toggle_full_screen, "F11", on=host.isFullScreen)
        theme = self._add(
            menu,
            "Light theme",
            host.toggle_theme,
            "Ctrl+Shift+L",
            "sun",
            lambda: not host.theme.dark,
        )
        theme.setToolTip("Light or dark colours")
        menu.addSeparator()
        budget = room.budget
        self._add(menu, "Frame budget", budget.toggle, "Ctrl+Shift+F", on=lambda: budget.on)
        self.show_view(self._view)

    def _rooms(self, menu: QMenu) -> None:
        self._group = "Rooms"
        host = self.host
        for number, room in enumerate(ROOMS, 1):
            self._add(
                menu,
                f"Room: {room.title}",
                partial(host.room.enter, room.name),
                f"Ctrl+{number}",
                on=partial(self._in_room, room.name),
            )

    def _in_room(self, name: str) -> bool:
        return room_of(self.host.store.document.view.name).name == name

    def _has_layer(self, name: str) -> bool:
        return bool(getattr(self.host.store.document.view, name))

    def _at_end(self, mode: str) -> bool:
        return self.host.playback.mode == mode

    def _layer_switches(self, menu: QMenu) -> None:
        self._group = "Layers"
        titles = {**LAYERS, PAIRS: "Pairs"}
        for index, (name, title) in enumerate(titles.items(), 1):
            action = self._add(
                menu,
                title,
                partial(self.host.room.toggle_layer, name),
                str(index) if name in LAYERS else None,
                on=partial(self._has_layer, name),
            )
            self._layers.append((action, name))

    def _play_menu(self, menu: QMenu) -> None:
        self._training(menu)
        menu.addSeparator()
        self._time(menu)

    def _training(self, menu: QMenu) -> None:
        self._group = "Training"
        room, moments = self.host.room, self.host.room.moments
        self._add(menu, "Train or pause", room.toggle_training, "T")
        self._add(menu, "Train for one step", room.step_once, "Shift+T")
        self._add(menu, "Reset the weights", room.reset, None, "reset")
        self._add(menu, "Runs of this session…", self.host.runs.open)
        self._add(menu, "Reflow: train on pairs of the learned flow", room.reflow.toggle)
        menu.addSeparator()
        self._add(menu, "Earlier in training", partial(moments.move, -1), "Shift+Left")
        self._add(menu, "Later in training", partial(moments.move, 1), "Shift+Right")
        self._add(menu, "To the start of training", moments.to_first, "Shift+Home")
        self._add(menu, "To now in training", partial(moments.look, None), "Shift+End")
        self._add(
            menu,
            "Pin this moment of training",
            moments.toggle_pin,
            "Shift+P",
            on=lambda: moments.line.pinned is not None,
        )

    def _time(self, menu: QMenu) -> None:
        self._group = "Time"
        playback, room = self.host.playback, self.host.room
        self._add(menu, "Play or pause", playback.toggle, "Space", "play")
        self._add(
            menu, "Play backwards", playback.reverse, "R", "reverse", lambda: playback.direction < 0
        )
        self._add(menu, "One step back", partial(room.step_time, -1), "Left")
        self._add(menu, "One step forward", partial(room.step_time, 1), "Right")
        for key, by in step_keys().items():
            words = f"Step {'forward' if by > 0 else 'back'} by {abs(by):g}"
            self._add(menu, words, partial(playback.step, by), key)
        self._add(menu, "To the source, t = 0", lambda: playback.seek(0.0), "Home")
        self._add(menu, "To the target, t = 1", lambda: playback.seek(1.0), "End")
        menu.addSeparator()
        for mode, title in MODES.items():
            self._add(
                menu,
                f"At the end: {title.lower()}",
                partial(playback.set_mode, mode),
                on=partial(self._at_end, mode),
            )

    def _help_menu(self, menu: QMenu) -> None:
        self._group = "Help"
        self._add(menu, "Keys and gestures", self._show_keys, QKeySequence.StandardKey.HelpContents)
        self._add(menu, "About FlowLab", self._show_about)

    def _show_keys(self) -> None:
        from flowlab.ui.shell.keys_window import KeysWindow  # the first frame doesn't need it

        self.host.afterwards.finish()
        if self._keys_window is None:
            self._keys_window = KeysWindow(self.window, self.window.findChildren(QAction))
        self._keys_window.start()

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
