"""The window: a bar of rooms and actions, the workspace, and the time bar."""

from __future__ import annotations

import importlib
import pkgutil
import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.document.document import Document
from flowlab.core.views.registry import ROOMS, room_of
from flowlab.scene.base.style import THEMES
from flowlab.ui.base.afterwards import Afterwards
from flowlab.ui.base.notice import Notice, Notices
from flowlab.ui.base.theme import apply_theme, system_theme
from flowlab.ui.pickers.picker_controller import PickerController
from flowlab.ui.shell.actions import Actions
from flowlab.ui.shell.command_box import CommandBox
from flowlab.ui.shell.drops import Drops, copied, files_of
from flowlab.ui.shell.exports import Exports
from flowlab.ui.shell.keys import Keys
from flowlab.ui.shell.notice import EngineNotice
from flowlab.ui.shell.rooms import RoomTabs
from flowlab.ui.shell.runs_controller import RunsController
from flowlab.ui.shell.session_controller import SessionController, record_of
from flowlab.ui.shell.time_bar import TimeBar
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.engine_link import EngineLink
from flowlab.ui.state.playback import Playback
from flowlab.ui.state.preferences import Preferences

if TYPE_CHECKING:
    from flowlab.files.session import Session
    from flowlab.ui.base.dialog_controls import Reach
    from flowlab.ui.shell.finder import Finder

SIZE = (1280, 800)
FRAME = (4, 40)  # px that a desktop's frame and title take
FORMS = ("base.controls", "forms.fields", "forms.tables", "forms.form", "shell.command_list")
SHARED = ("room.equation", "plots.chart", "room.controls", "room.views_left", "room.story_panel")


class Window(QMainWindow):
    """FlowLab's one window."""

    closing = Signal()  # no work is unsaved

    def __init__(
        self, preferences: Preferences | None = None, device: str = "auto", *, alone: bool = True
    ) -> None:
        super().__init__()
        self.preferences = preferences or Preferences()
        self.theme = THEMES[self._theme_name()]
        self.store = DocumentStore(Document(), self)
        self.link = EngineLink(device, self, alone=alone)
        self.playback = Playback(self)
        self.room = Workspace(self.store, self.link, self.playback)
        self.time_bar = TimeBar(self.playback)
        self.session = SessionController(
            self.store,
            self.preferences,
            self,
            lambda: self.link.record(self.store.document.network, self.store.branch),
            lambda: {"t": self.playback.t, **self.room.glance()},
        )
        self.picker = PickerController(self.link, self)
        self.exports = Exports(self, self)
        self.runs = RunsController(self.store, self.link, self)
        self.drops = Drops(self, self.room)
        self.afterwards = Afterwards(self)
        self.actions_ = Actions(self, self)
        self.keys = Keys(self, self.room.canvas, self.actions_.press_digit)
        self._finder: Finder | None = None  # created when something is searched for
        self._plays = True  # True if the opened experiment should play
        self._lay_out()
        self._dress()  # last, so that no widget is styled twice
        self._connect()
        self.afterwards.add(self.link.start, *self.actions_.tasks)  # torch comes after a frame
        self.afterwards.add(_make_style, self._import_soon)
        self.resize(*SIZE)
        self.setAcceptDrops(True)
        self._show_title()

    # widgets

    def _lay_out(self) -> None:
        self.search = CommandBox(self)
        self.search.asked.connect(self.actions_.show_state)
        self.search.opened.connect(self._index)
        self.export_button = QPushButton("Export…")
        name = QLabel("FlowLab")
        name.setObjectName("brand")
        self.tabs = RoomTabs()
        top = QWidget()
        top.setObjectName("topBar")
        row = QHBoxLayout(top)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(10)
        row.addWidget(name)
        row.addWidget(self.actions_.menu_bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        row.addWidget(self.search)
        row.addWidget(self.export_button)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((top, 0), (self.room, 1), (self.time_bar, 0)):
            column.addWidget(widget, stretch)
        self.setCentralWidget(centre)
        self._make_notices()

    def _make_notices(self) -> None:
        self.notices = Notices(self.room.canvas, self.room.top_of_picture)
        self.notice = EngineNotice(self.link)
        self.import_notice, self.done_notice = Notice(), Notice()
        for notice in (self.notice, self.import_notice, self.done_notice):
            self.notices.add(notice)
        self.session.tables.show_in(self.import_notice)
        for changed in (self.room.drawing.opened, self.room.drawing.closed):
            changed.connect(lambda *_: self.notices.settle())

    def _connect(self) -> None:
        self.export_button.clicked.connect(lambda: self.exports.open())
        self.room.canvas.first_painted.connect(self.afterwards.start)
        self.playback.ticked.connect(lambda _: self.notice.tick())
        self.session.opened.connect(self._opened)
        self.room.canvas.menu_wanted.connect(self._open_menu)
        self.session.titled.connect(self._show_title)
        self.session.imported.connect(self.room.set_shape)
        self.session.opened.connect(lambda _: self.session.tables.forget())
        self.store.changed.connect(self.session.tables.follow)
        self.room.choose.connect(lambda role: self._choose(role))
        self.tabs.chosen.connect(self.room.enter)
        self.room.viewed.connect(self._viewed)
        self.picker.chosen.connect(self.room.set_shape)
        self.picker.import_wanted.connect(self.session.import_dialog)
        self.picker.draw_wanted.connect(self.room.drawing.open)
        self.store.changed.connect(lambda *_: self._show_title())
        self.room.stated.connect(self._show_title)
        training, moments = self.time_bar.training, self.room.moments
        training.sought.connect(moments.look)
        training.pin_clicked.connect(moments.toggle_pin)
        moments.changed.connect(training.show_line)
        self.room.viewed.connect(moments.show_view)
        self.room.viewed.connect(self.time_bar.show_view)

    def place(self) -> None:
        """Take the size and place of the last time, or at first a size that the screen holds."""
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
            return
        room = self.screen().availableSize() - QSize(*FRAME)
        self.resize(QSize(*SIZE).boundedTo(room.expandedTo(self.minimumSizeHint())))

    # start and end

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Start the clock with the first frame, and torch after it."""
        super().showEvent(event)
        self.room.canvas.setFocus()
        self.playback.start()

    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Ask about unsaved changes, then stop every thread."""
        if not self.session.may_leave():
            event.ignore()
            return
        self.closing.emit()
        self.preferences.geometry = self.saveGeometry()
        self.hide()  # stopping may take a moment
        self.shut_down()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Measure painting; fill a menu early if a key may belong to one of its actions."""
        if event.type() == QEvent.Type.UpdateRequest:
            start = time.perf_counter()
            done = super().event(event)
            self.playback.budget.shown(time.perf_counter() - start)
            return done
        if event.type() == QEvent.Type.ShortcutOverride:
            self.afterwards.finish()
        return super().event(event)

    def shut_down(self) -> None:
        """Stop the clock and the engine; return when all threads have ended."""
        self.playback.stop()
        self.afterwards.drop()
        self.picker.close()
        self.link.close()

    # sessions

    def welcome(self, name: str) -> None:
        """Open a preset as the first view, and play it unless it is a figure at one t."""
        if not self.session.open_preset(name):
            return
        if self._plays:
            self.playback.play()
        else:
            self.playback.pause()

    def _opened(self, content: Session) -> None:
        self.room.drawing.abandon()
        self.link.open(content.document, record_of(content), self.store.branch)
        self.room.show_opened(content.document, content.preview)
        self.room.restore(content.state)
        self.keys.to_canvas()
        self.playback.seek(float(content.state.get("t", self.playback.t)))
        self._plays = content.state.get("playing") is not False
        if not self._plays:
            self.playback.pause()  # a figure at one t, or a session that was saved at rest

    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.session.title}[*] – FlowLab")
        self.setWindowModified(self.session.dirty)

    # pickers

    def choose_shape(self, role: str, name: str) -> None:
        """Open the picker of source or target at a shape, so that Enter takes it."""
        self.room.show_panels(True)
        self._choose(role, name)

    def _choose(self, role: str, name: str = "") -> None:
        card = self.room.panels.card(role)
        self.picker.open(role, card.name, card.shape, name)

    # what the search box and the menus open

    def show_keys(self, reach: Reach | None = None) -> None:
        """Open the list of keys; `reach` is called with it."""
        self.actions_.show_keys(reach)

    def _index(self) -> None:
        """Let the search box know every control, once it is first used."""
        if self._finder is not None:
            self._finder.renew()
            self.afterwards.add(*self._finder.looks())
            self.afterwards.start()
            return
        from flowlab.ui.shell.finder import Finder  # the first frame doesn't need it

        finder = self._finder = Finder(self)
        self.search.controls, self.search.go = finder.controls, finder.go
        self.search.nearness = finder.nearness
        self.afterwards.add(*finder.tasks(), finder.renew, *finder.looks(), self.search.refresh)
        self.afterwards.start()

    def _open_menu(self, at: QPointF) -> None:
        """Open the picture's menu at one of its pixels."""
        from flowlab.ui.shell.canvas_menu import menu_at  # the first frame doesn't need it

        self.afterwards.finish()
        self.actions_.show_state()
        menu = menu_at(self.room, at, self.actions())
        canvas = self.room.canvas
        menu.popup(QCursor.pos() if canvas.underMouse() else canvas.mapToGlobal(at.toPoint()))

    # theme

    def _theme_name(self) -> str:
        preference = self.preferences.theme
        return system_theme() if preference == "system" else preference

    def toggle_theme(self) -> None:
        """Switch between dark and light."""
        name = "light" if self.theme.dark else "dark"
        self.preferences.theme = name
        self.theme = THEMES[name]
        self._dress()

    def _dress(self) -> None:
        """Apply style sheet, palette and font, and the theme's colours where those don't reach."""
        app = QGuiApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, self.theme)
        for widget in (self.room, self.time_bar, self.actions_):
            widget.set_theme(self.theme)

    # drag and drop

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # Qt's name
        """Accept dragged files, and show what dropping them would do."""
        self.drops.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # Qt's name
        """Show what a drop at this place would do."""
        self.drops.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: ARG002  # Qt's name
        """Show the window as it is."""
        self.drops.leave()

    def dropEvent(self, event: QDropEvent) -> None:  # Qt's name
        """Open a session, or import a file as the end that was shown."""
        self.drops.leave()
        paths, role = files_of(event.mimeData()), self.drops.role_at(event.position().toPoint())
        copied(event)
        if paths:
            QTimer.singleShot(0, lambda: self.session.take_file(paths[0], role))

    def _import_soon(self) -> None:
        self.afterwards.add(*(partial(importlib.import_module, name) for name in soon()))

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _viewed(self, view: str) -> None:
        """Adapt playback and actions to the new view."""
        self.tabs.show_room(room_of(view).name)
        self.actions_.show_view(view)


def _make_style() -> None:
    """Make PySide create its class QStyle, whose many enumerations take half a frame."""
    from PySide6.QtWidgets import QStyle  # noqa: F401


def soon() -> list[str]:
    """Modules to import one by one after the first frame, so no form or room waits for them."""
    names = [f"flowlab.ui.{name}" for name in (*FORMS, *SHARED)]
    for room in ROOMS:
        package = importlib.import_module(f"flowlab.ui.{room.name}")
        names += [f"{package.__name__}.{m.name}" for m in pkgutil.iter_modules(package.__path__)]
    return names
