"""Imports a table of points: at once where it has one meaning, else by the dialog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape

if TYPE_CHECKING:
    from flowlab.files.points import Cloud, Examined
    from flowlab.ui.base.dialog_controls import Reach
    from flowlab.ui.base.notice import Notice

NO_TABLE = "Import a file of points first"
READING_SECONDS = 20.0  # after which the picture is free again; the File menu can change it still

Progress = Callable[[float], None]
Work = Callable[[str, Callable[[Progress], "Examined"]], "Examined | None"]


MOST_LEFT_OUT = 0.1  # of the rows, without a question


class ImportController(QObject):
    """Reads tables on a thread, and remembers the last one for the way back to the dialog."""

    imported = Signal(str, object)  # role, Shape

    def __init__(
        self, window: QWidget, work: Work, ends: Callable[[], tuple[Shape, Shape]]
    ) -> None:
        """`work` does a job on a thread and returns its result, or None if it failed.

        `ends` returns the document's source and target.
        """
        super().__init__(window)
        self.window, self._work, self._ends = window, work, ends
        self.notice: Notice | None = None
        self._last: tuple[Path, str, Cloud] | None = None
        self._shape: Shape | None = None  # what was imported last

    def show_in(self, notice: Notice) -> None:
        """Tell in this notice what was assumed, with a way to say otherwise."""
        self.notice = notice
        notice.add_button(
            "Change…", lambda: self.change(), "Choose columns, separator and decimal mark"
        )
        notice.add_button("Close", notice.hide)

    def take(self, path: Path, role: str) -> bool:
        """Import a file as source or target; return False if it wasn't."""
        examined = self._work(f"Reading {path.name} …", lambda tell: _examined(path, tell))
        if examined is None:
            return False
        if examined.cloud is not None and not examined.layout.doubts and not _thinned(examined):
            self._import(path, role, examined.cloud)
            return True
        return self._ask(path, role, examined)

    def why_no_change(self) -> str:
        """Return why `change` has no file to open the dialog for; empty if it has."""
        return NO_TABLE if self._last is None else ""

    def change(self, reach: Reach | None = None) -> None:
        """Open the dialog for the file that was imported last; `reach` is called with it."""
        if self._last is not None:
            from flowlab.files.points import Examined

            path, role, cloud = self._last
            examined = Examined(cloud.layout, cloud, empty=cloud.layout.left_out)
            self._ask(path, role, examined, reach)

    def follow(self, _before: Document, after: Document) -> None:
        """Hide the notice once the import is undone, or replaced."""
        ends = after.source, after.target
        if self._shape is not None and all(self._shape is not end for end in ends):
            self.forget()

    def forget(self) -> None:
        """Another document is open: what was imported before is of no interest."""
        self._last = self._shape = None
        if self.notice is not None:
            self.notice.hide()

    def _ask(self, path: Path, role: str, examined: Examined, reach: Reach | None = None) -> bool:
        from flowlab.ui.tables.import_dialog import chosen_cloud

        cloud = chosen_cloud(path, role, examined, self.window, reach)
        if cloud is None:
            return False
        self._import(path, role, cloud)
        return True

    def _import(self, path: Path, role: str, cloud: Cloud) -> None:
        self._last, self._shape = (path, role, cloud), None
        self.imported.emit(role, cloud.fitted)
        if cloud.fitted not in self._ends():
            self.forget()  # refused, which its card says
            return
        self._shape = cloud.fitted
        if self.notice is not None:
            self.notice.tell(f"{role.capitalize()}: {cloud.told}", READING_SECONDS)


def _examined(path: Path, tell: Progress) -> Examined:
    """What the table holds; raises `Invalid` where no other choice of columns can help."""
    from flowlab.files.points import examine
    from flowlab.files.tables.table import SKIP, Options

    examined = examine(path, tell, Options(empty=SKIP))
    layout = examined.layout
    if examined.cloud is None and len(layout.columns) <= 2 and len(layout.parts.names) < 2:
        raise Invalid(examined.problem)
    return examined


def _thinned(examined: Examined) -> bool:
    """True if so many rows have empty cells that a person should see it before they go."""
    count = 0 if examined.cloud is None else len(examined.cloud.points.points)
    return examined.empty > MOST_LEFT_OUT * (examined.empty + count)
