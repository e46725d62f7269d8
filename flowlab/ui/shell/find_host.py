"""What the search for controls needs of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from flowlab.ui.base.dialog_controls import Reach
    from flowlab.ui.shell.exports import Exports
    from flowlab.ui.shell.keys import Keys
    from flowlab.ui.shell.runs_controller import RunsController
    from flowlab.ui.shell.session_controller import SessionController
    from flowlab.ui.shell.workspace import Workspace


class FindHost(Protocol):
    """The window's parts in which controls are found, and how its dialogs are opened."""

    @property
    def room(self) -> Workspace:
        """The open room and those opened before."""

    @property
    def keys(self) -> Keys:
        """What gives the focus to a control."""

    @property
    def time_bar(self) -> QWidget:
        """The bar that all rooms share."""

    @property
    def session(self) -> SessionController:
        """Opens the dialog of table imports."""

    @property
    def runs(self) -> RunsController:
        """Opens the list of runs."""

    @property
    def exports(self) -> Exports:
        """Opens the export dialog."""

    def choose_shape(self, role: str, name: str) -> None:
        """Open the picker of source or target at a shape."""

    def show_keys(self, reach: Reach | None = None) -> None:
        """Open the list of keys; `reach` is called with it."""
