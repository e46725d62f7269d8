"""What the actions of the window need of it, and what its menus need of the actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

if TYPE_CHECKING:
    from flowlab.scene.base.style import Theme
    from flowlab.ui.base.afterwards import Afterwards
    from flowlab.ui.shell.command_box import CommandBox
    from flowlab.ui.shell.exports import Exports
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
    exports: Exports
    afterwards: Afterwards
    search: CommandBox
    theme: Theme

    def isFullScreen(self) -> bool:  # Qt's name
        """Return True in full screen."""

    def welcome(self, name: str) -> None:
        """Open a preset."""

    def toggle_theme(self) -> None:
        """Switch between dark and light."""

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""


class Adds(Protocol):
    """The actions, to which a menu adds its own."""

    window: QMainWindow
    host: Host
    group: str  # under which heading the keys of the next actions are listed

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
        """Add an action to a menu of the window."""
