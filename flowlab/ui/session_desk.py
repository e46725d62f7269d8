"""Opening, saving and importing: everything between the window and a file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from flowlab.core.document import Document
from flowlab.core.gallery import preset, preset_state
from flowlab.core.limits import Invalid
from flowlab.core.shapes import Shape
from flowlab.core.weights import Weights
from flowlab.resources import asset
from flowlab.ui.document_store import DocumentStore
from flowlab.ui.preferences import Preferences

if TYPE_CHECKING:
    from flowlab.files.session import Session

SUFFIX = ".flowlab"
SESSION = f"FlowLab session (*{SUFFIX})"
POINTS = {".csv", ".tsv", ".txt", ".npy", ".npz"}
PICTURES = {".png", ".jpg", ".jpeg", ".webp"}


class SessionDesk(QObject):
    """Knows the file that is open and whether it holds all that there is."""

    opened = Signal(object)  # Session
    titled = Signal()
    imported = Signal(str, object)  # role, Shape

    def __init__(
        self,
        store: DocumentStore,
        preferences: Preferences,
        window: QWidget,
        weights: Callable[[], Weights | None],
        losses: Callable[[], dict[str, Any]],
        state: Callable[[], dict[str, Any]],
        moments: Callable[[], Sequence[Weights]] = tuple,
    ) -> None:
        super().__init__(window)
        self.store, self.preferences, self.window = store, preferences, window
        self._weights, self._losses, self._state = weights, losses, state
        self._moments = moments
        self.path: Path | None = None
        self._saved_step = 0
        store.stack.cleanChanged.connect(lambda _: self.titled.emit())

    # what is open

    @property
    def dirty(self) -> bool:
        """Whether something would be lost."""
        weights = self._weights()
        trained = weights is not None and weights.step != self._saved_step
        return not self.store.stack.isClean() or trained

    @property
    def title(self) -> str:
        """Name of the open file."""
        return self.path.name if self.path is not None else "Untitled"

    # opening

    def open_dialog(self) -> None:
        """Ask which session."""
        name, _ = QFileDialog.getOpenFileName(self.window, "Open", self._folder(), SESSION)
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> bool:
        """Open a session; a bad file is told in a sentence and changes nothing."""
        from flowlab.files import session  # here and below: not needed for the first frame

        try:
            content = session.load(path)
        except Invalid as error:
            self.complain(str(error))
            return False
        if not self.may_leave():
            return False
        self._take(content, path)
        self.preferences.remember(path)
        return True

    def open_preset(self, name: str) -> bool:
        """Open a preset, trained where its weights are bundled; False where the person stays."""
        if not self.may_leave():
            return False
        from flowlab.files import session

        content = session.Session(document=preset(name), state=preset_state(name))
        with contextlib.suppress(Invalid):  # made by another version, or left out: untrained, then
            content = session.load(asset(f"presets/{name}.flowlab"))
        self._take(content, None)
        return True

    def new(self) -> None:
        """Start again from the default document."""
        if self.may_leave():
            from flowlab.files import session

            self._take(session.Session(document=Document()), None)

    def _take(self, content: Session, path: Path | None) -> None:
        self.path = path
        self._saved_step = content.weights.step if content.weights is not None else 0
        self.store.replace(content.document)
        self.opened.emit(content)
        self.titled.emit()

    # saving

    def save(self) -> bool:
        """Save to the open file, or ask for one."""
        return self.save_as() if self.path is None else self.save_to(self.path)

    def save_as(self) -> bool:
        """Ask where to save."""
        start = str(Path(self._folder()) / (self.path.name if self.path else "flow.flowlab"))
        name, _ = QFileDialog.getSaveFileName(self.window, "Save as", start, SESSION)
        if name and not name.endswith(SUFFIX):
            name += SUFFIX
        return bool(name) and self.save_to(Path(name))

    def save_to(self, path: Path) -> bool:
        """Write the session; on failure say why, and keep everything."""
        from flowlab.files import session

        weights = self._weights()
        try:
            session.save(
                path,
                self.store.document,
                weights,
                state=self._state(),
                losses=self._losses(),
                moments=() if weights is None else self._moments(),
            )
        except Invalid as error:
            self.complain(str(error))
            return False
        self.path, self._saved_step = path, weights.step if weights is not None else 0
        self.store.stack.setClean()
        self.preferences.remember(path)
        self.titled.emit()
        return True

    def may_leave(self) -> bool:
        """Ask, where something would be lost; False means stay."""
        if not self.dirty:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self.window,
            "FlowLab",
            f"Save the changes to {self.title}?",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        return answer == buttons.Discard or (answer == buttons.Save and self.save())

    # importing

    def import_dialog(self, role: str, kind: str) -> None:
        """Ask for a "points" or "picture" file."""
        suffixes = POINTS if kind == "points" else PICTURES
        wanted = " ".join(f"*{suffix}" for suffix in sorted(suffixes))
        name, _ = QFileDialog.getOpenFileName(
            self.window,
            f"Import {kind} as the {role}",
            self._folder(),
            f"{kind.title()} ({wanted})",
        )
        if name:
            self.take_file(Path(name), role)

    def take_file(self, path: Path, role: str = "target") -> bool:
        """Open a session, or import points or a picture as the `role`, by the file's suffix."""
        suffix = path.suffix.lower()
        if suffix == SUFFIX:
            return self.open(path)
        try:
            self.imported.emit(role, read_shape(path))
        except Invalid as error:
            self.complain(str(error))
            return False
        return True

    def complain(self, sentence: str) -> None:
        """Tell the person, in one sentence."""
        QMessageBox.warning(self.window, "FlowLab", sentence)

    def _folder(self) -> str:
        recent = self.preferences.recent
        return str(self.path.parent) if self.path else str(Path(recent[0]).parent) if recent else ""


def read_shape(path: Path) -> Shape:
    """Points or a picture, by suffix; raises `Invalid`."""
    suffix = path.suffix.lower()
    if suffix in POINTS:
        from flowlab.files.points import fit, read_points

        return fit(read_points(path))
    if suffix in PICTURES:
        from flowlab.files.pictures import read_picture

        return read_picture(path)
    raise Invalid(
        f"{path.name} is of no kind that FlowLab reads: sessions are .flowlab, points "
        f"{' '.join(sorted(POINTS))}, pictures {' '.join(sorted(PICTURES))}."
    )
