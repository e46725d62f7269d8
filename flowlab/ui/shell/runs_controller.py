"""Opens the list of this session's trainings, and takes up the one that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from flowlab.core.array_types import Floats
from flowlab.core.document.shapes import Shape
from flowlab.core.views.query import Samples
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.engine_link import EngineLink

if TYPE_CHECKING:
    from flowlab.ui.base.dialog_controls import Reach
    from flowlab.ui.shell.runs_dialog import Row, RunsDialog

POLL_MS = 400
ROLES = ("source", "target")


class RunsController(QObject):
    """Fills the list while it is open; its thumbnails are computed in the background."""

    def __init__(self, store: DocumentStore, link: EngineLink, window: QWidget) -> None:
        super().__init__(window)
        self.store, self.link, self.window = store, link, window
        self.dialog: RunsDialog | None = None
        self._asked: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.refresh)

    def open(self, reach: Reach | None = None) -> None:
        """Show the list beside the window; `reach` is called with it."""
        if self.dialog is None:
            from flowlab.ui.shell.runs_dialog import RunsDialog  # the first frame doesn't need it

            self.dialog = RunsDialog(self.window)
            self.dialog.chosen.connect(self.take_up)
            self.dialog.finished.connect(self._timer.stop)
        self.refresh()
        self._timer.start()
        self.dialog.show()
        self.dialog.raise_()
        if reach is not None:
            reach(self.dialog)

    def refresh(self) -> None:
        """Show what the engine knows of all trainings."""
        rows = self.rows()
        if self.dialog is None:
            return
        self.dialog.show_rows(rows)
        for row in rows:
            self._show_clouds(row)

    def rows(self) -> list[Row]:
        """The trainings that can be opened, the newest first."""
        from flowlab.ui.shell.runs_dialog import Row, listed

        status, present = self.link.status(), self.store.branch.number
        if status is None:
            return []
        known = [(self.store.document_of(f.number), f) for f in listed(status.runs, present)]
        return [Row(doc, f, f.number == present) for doc, f in known if doc is not None]

    def take_up(self, number: int) -> None:
        """Go to a training's document and weights; undo returns."""
        self.store.take_up(number, "Open a run")
        self.refresh()

    def _show_clouds(self, row: Row) -> None:
        assert self.dialog is not None
        number, clouds = row.facts.number, dict[str, tuple[Floats, Shape]]()
        for role in ROLES:
            shape = getattr(row.document, role)
            key = f"{role} of run {number}, {hash(shape)}"
            if key not in self._asked:
                self._asked.add(key)
                self.link.ask(Samples(key, shape))
            answer = self.link.answer(Samples, key)
            if answer is not None:
                clouds[role] = answer.value, shape
        self.dialog.show_clouds(number, clouds)
