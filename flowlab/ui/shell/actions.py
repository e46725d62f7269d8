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

from flowlab.core.document.document import View
from flowlab.core.document.gallery import preset_names, preset_title
from flowlab.core.document.limits import also_of
from flowlab.core.views.registry import DEFAULT, ROOMS, VIEWS, room_of
from flowlab.core.views.rows import LAYERS, PAIRS
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import APART, call
from flowlab.ui.base.icons import icon
from flowlab.ui.base.key_rows import GROUP, NAME
from flowlab.ui.shell.command_box import plain
from flowlab.ui.shell.look_back import EARLIEST, NEWEST, NO_NETWORK, Timeline, places
from flowlab.ui.shell.time_bar import step_keys
from flowlab.ui.state.playback import MODES
from flowlab.ui.tools.reflow_controller import UNTRAINED

if TYPE_CHECKING:
    from flowlab.ui.base.afterwards import Afterwards
    from flowlab.ui.base.dialog_controls import Reach
    from flowlab.ui.shell.command_box import CommandBox
    from flowlab.ui.shell.keys_window import KeysWindow
    from flowlab.ui.shell.runs_controller import RunsController
    from flowlab.ui.shell.session_controller import SessionController
    from flowlab.ui.shell.workspace import Workspace
    from flowlab.ui.state.document_store import DocumentStore
    from flowlab.ui.state.playback import Playback
    from flowlab.ui.state.preferences import Preferences

IMPORTS = {
    "points": ("points", "points file, CSV, TSV, XLSX, NPY, NPZ, table, data, load"),
    "picture": ("a picture", "image, PNG, JPEG, photo, load"),
}
EXPORTS = "save picture, screenshot, image, video, movie, animation, record, figure"
NO_LAYER = "The view {} doesn’t have this layer"
NO_SWITCH = "The view {} has one picture only"
NO_UNDO, NO_REDO = "There is nothing to undo", "There is nothing to redo"
NO_PINS = "No path is pinned"
NO_LOSS = "There is no loss yet; train first"
ZOOM = 1.25
GONE = "This file is no longer there"

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

    def why_no_export(self) -> str:
        """Return why nothing can be exported now; empty if something can."""

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
        self._whys: list[tuple[QAction, Callable[[], str]]] = []  # each with why it can't be done
        self._moments: list[tuple[QAction, Callable[[Timeline], str]]] = []  # and of training time
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
        title = VIEWS[view].button or VIEWS[view].title
        for action, layer in self._layers:
            allow(action, "" if layer in VIEWS[view].layers else NO_LAYER.format(title))
        if self._switch is not None:
            allow(self._switch, "" if self.host.room.has_switch else NO_SWITCH.format(title))

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

    def _add(
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
        action.setProperty(GROUP, self._group)
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

    def _file_menu(self, menu: QMenu) -> None:
        self._group = "Files"
        session = self.host.session
        keys = QKeySequence.StandardKey
        self._add(menu, "New", session.new, keys.New, "plus", also="start over, empty document")
        self._add(menu, "Open…", session.open_dialog, keys.Open, "open", also="load, file, session")
        recent = menu.addMenu("Recent files")
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        presets = menu.addMenu("Presets")
        for name in preset_names():
            self._add(
                presets,
                preset_title(name),
                partial(self.host.welcome, name),
                also="preset, example, demo",
            )
        menu.addSeparator()
        self._add(menu, "Save", session.save, keys.Save, "save")
        self._add(menu, "Save as…", session.save_as, keys.SaveAs)
        menu.addSeparator()
        for role in ("source", "target"):
            for kind, (words, also) in IMPORTS.items():
                self._add(
                    menu,
                    f"Import {words} as the {role}…",
                    partial(session.import_dialog, role, kind),
                    also=also,
                )
        menu.addSeparator()
        self._add(menu, "Export…", self.host.export, "Ctrl+E", "export", also=EXPORTS)
        for name, words in (
            ("points", "the points at this t"),
            ("metrics", "the metrics"),
            ("loss", "the loss curve"),
        ):
            self._add(
                menu,
                f"Export {words}…",
                partial(self.host.export_numbers, name),
                why=partial(self._why_no_numbers, name),
                also="CSV, NPY, table, numbers, data, save as",
            )
        menu.addSeparator()
        self._add(menu, "Quit", self.window.close, keys.Quit)

    def _why_no_numbers(self, name: str) -> str:
        status = self.host.room.link.status()
        if name == "loss" and (status is None or not len(status.history.steps)):
            return NO_LOSS
        return self.host.why_no_export()

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        paths = [Path(name) for name in self.host.preferences.recent]
        for path in paths:
            action = menu.addAction(f"{path.name}  —  {path.parent}")
            allow(action, "" if path.exists() else GONE)
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
        undo = self._add(menu, "Undo", self.host.store.undo, keys.Undo, "undo", also="back, revert")
        redo = self._add(menu, "Redo", stack.redo, None, "redo", also="repeat")
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
        self._add(
            menu,
            "Copy the picture",
            self.host.copy_picture,
            keys.Copy,
            also="screenshot, clipboard, image, copy figure",
        )
        menu.addSeparator()
        room = self.host.room
        for role in ("source", "target"):
            self._add(
                menu,
                f"Choose the {role}…",
                partial(room.choose.emit, role),
                also="shape, distribution, data set, dataset",
            )
            self._add(
                menu,
                f"Draw the {role}",
                partial(room.drawing.open, role),
                mark="brush",
                also="draw, pencil, paint, brush, sketch",
            )
        self._add(
            menu, "Draw matching lines", room.draw_lines, mark="brush", also="draw lines, pairing"
        )
        self._add(menu, "Swap source and target", room.swap_ends, also="exchange, reverse, flip")

    def _view_menu(self, menu: QMenu) -> None:
        self._rooms(menu)
        menu.addSeparator()
        self._layer_switches(menu)
        menu.addSeparator()
        self._group = "View"
        host, room = self.host, self.host.room
        go_round = room.shows.go_round
        self._switch = self._add(
            menu, "Learned, exact, difference", go_round, "X", also="compare, error, ground truth"
        )
        self._add(
            menu,
            "Lens",
            room.lens.toggle,
            "L",
            "lens",
            lambda: room.lens.on,
            also="magnifier, posterior, pairs through a point",
        )
        for words, factor, keys in (
            ("Zoom in", ZOOM, ("Ctrl++", "Ctrl+=")),
            ("Zoom out", 1 / ZOOM, ("Ctrl+-",)),
        ):
            zoom = self._add(
                menu, words, partial(room.canvas.zoom, factor), also="magnify, scale, camera"
            )
            zoom.setShortcuts([QKeySequence(key) for key in keys])
        self._add(
            menu,
            "Show everything",
            room.canvas.fit,
            "F",
            also="zoom to fit, reset zoom, reset view, fit, home, camera",
        )
        self._add(
            menu,
            "Release all pinned paths",
            room.release_pins,
            why=lambda: "" if room.canvas.pins else NO_PINS,
            also="unpin, pins, clear paths",
        )
        menu.addSeparator()
        self._add(
            menu,
            "Side panels",
            room.toggle_panels,
            "Ctrl+B",
            on=lambda: room.panels_shown,
            also="hide panels, sidebar, presentation",
        )
        self._add(
            menu,
            "Full screen",
            host.toggle_full_screen,
            "F11",
            on=host.isFullScreen,
            also="maximise, projector, presentation",
        )
        theme = self._add(
            menu,
            "Light theme",
            host.toggle_theme,
            "Ctrl+Shift+L",
            "sun",
            lambda: not host.theme.dark,
            also="theme, dark, light, dark theme, dark mode, light mode, colours, appearance",
        )
        theme.setToolTip("Light or dark colours")
        menu.addSeparator()
        budget = room.budget
        self._add(
            menu,
            "Frame budget",
            budget.toggle,
            "Ctrl+Shift+F",
            on=lambda: budget.on,
            also="fps, frames per second, performance, speed",
        )
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
                also=f"tab, {room.title}",
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
                also=f"layer, {also_of(View, name)}",
                does=f"View.{name}",
            )
            self._layers.append((action, name))

    def _play_menu(self, menu: QMenu) -> None:
        self._training(menu)
        menu.addSeparator()
        self._time(menu)

    def _training(self, menu: QMenu) -> None:
        self._group = "Training"
        room = self.host.room
        self._add(
            menu, "Train or pause", room.toggle_training, "T", also="training, learn, fit, stop"
        )
        self._add(menu, "Train for one step", room.step_once, "Shift+T", also="training step")
        self._add(
            menu,
            "Reset the weights",
            room.reset,
            None,
            "reset",
            also="restart, reinitialise, fresh weights, start over, retrain",
        )
        self._add(
            menu,
            "Runs of this session…",
            self.host.runs.open,
            also="history, trainings, earlier weights, experiments",
        )
        self._add(
            menu,
            "Reflow: train on pairs of the learned flow",
            room.reflow.toggle,
            why=self._why_no_reflow,
            also="rectified flow, rectify",
        )
        menu.addSeparator()
        self._looking_back(menu)

    def _looking_back(self, menu: QMenu) -> None:
        moments = self.host.room.moments
        for text, act, key, why, does in (
            ("Earlier in training", partial(moments.move, -1), "Shift+Left", _why_first, ""),
            ("Later in training", partial(moments.move, 1), "Shift+Right", _why_now, ""),
            ("To the start of training", moments.to_first, "Shift+Home", _why_first, ""),
            ("To now in training", partial(moments.look, None), "Shift+End", _why_now, "now"),
        ):
            action = self._add(menu, text, act, key, does=does, also="training time, history")
            self._moments.append((action, why))
        pin = self._add(
            menu,
            "Pin this moment of training",
            moments.toggle_pin,
            "Shift+P",
            on=lambda: moments.line.pinned is not None,
            also="compare, side by side",
            does="pin",
        )
        self._moments.append((pin, lambda line: NO_NETWORK if line.idle else ""))
        moments.changed.connect(self._show_moments)
        self._show_moments(moments.line)

    def _show_moments(self, line: Timeline) -> None:
        for action, why in self._moments:
            allow(action, why(line))

    def _why_no_reflow(self) -> str:
        status = self.host.room.link.status()
        return "" if status is not None and (status.step or status.progress) else UNTRAINED

    def _time(self, menu: QMenu) -> None:
        self._group = "Time"
        playback, room = self.host.playback, self.host.room
        self._add(
            menu,
            "Play or pause",
            playback.toggle,
            "Space",
            "play",
            also="animate, animation, stop, run",
            does="play",
        )
        self._add(
            menu,
            "Play backwards",
            playback.reverse,
            "R",
            "reverse",
            lambda: playback.direction < 0,
            also="reverse, rewind",
            does="reverse",
        )
        self._add(menu, "One step back", partial(room.step_time, -1), "Left", also="previous frame")
        self._add(menu, "One step forward", partial(room.step_time, 1), "Right", also="next frame")
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
                does=f"end={mode}",
            )

    def _help_menu(self, menu: QMenu) -> None:
        self._group = "Help"
        self._add(
            menu,
            "Keys and gestures",
            self.show_keys,
            QKeySequence.StandardKey.HelpContents,
            also="help, shortcuts, hotkeys, keyboard, cheat sheet, manual",
        )
        self._add(menu, "About FlowLab", self._show_about, also="version, licence")

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


def _why_first(line: Timeline) -> str:
    """Why no earlier moment of training can be looked at; empty if one can."""
    if line.idle:
        return NO_NETWORK
    return EARLIEST if places(line)[0] == line.step else ""


def _why_now(line: Timeline) -> str:
    """Why no later moment of training can be looked at; empty if one can."""
    return NEWEST if line.step is None else ""


def _with(verb: str, what: str) -> str:
    """Combine "Undo" and "Draw: brush" to "Undo: draw: brush"."""
    return f"{verb}: {what[:1].lower()}{what[1:]}" if what else verb
