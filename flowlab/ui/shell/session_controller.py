"""Files of a session: opening, saving and importing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset, preset_state, preset_title
from flowlab.core.document.glance import opened_at
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.learning.weights import TrainingRecord
from flowlab.ui.base import messages
from flowlab.ui.base.messages import BOX
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.preferences import Preferences
from flowlab.ui.tables.import_controller import ImportController

if TYPE_CHECKING:
    from flowlab.files.session import Session

T = TypeVar("T")
Progress = Callable[[float], None]

SUFFIX = ".flowlab"
UNTITLED = "Untitled"
BUSY = "FlowLab is still reading or writing a file; try again when it is done."
SESSION = f"FlowLab session (*{SUFFIX})"
POINTS = {".csv", ".tsv", ".txt", ".dat", ".tab", ".xlsx", ".npy", ".npz"}
PICTURES = {".png", ".jpg", ".jpeg", ".webp"}
_START = Document()


class Work(NamedTuple):
    """What a person would miss: not what is shown of it, nor where the camera is, nor t."""

    document: Document
    branch: int
    step: int
    pins: tuple[tuple[str, tuple[int, ...]], ...]  # of every view that has some


class SessionController(QObject):
    """Holds the open file's path, and whether it contains all changes."""

    opened = Signal(object)  # Session
    saved = Signal()  # also after opening: nothing is unsaved then
    titled = Signal()
    imported = Signal(str, object)  # role, Shape

    def __init__(
        self,
        store: DocumentStore,
        preferences: Preferences,
        window: QWidget,
        record: Callable[[], TrainingRecord | None],
        state: Callable[[], dict[str, Any]],
    ) -> None:
        """Set the parent; `record` returns the training, `state` the playback."""
        super().__init__(window)
        self.store, self.preferences, self.window = store, preferences, window
        self._record, self._state = record, state
        self.path: Path | None = None
        self._name = UNTITLED  # while there is no file
        self._names: dict[int, str] = {}  # under which each training began, by its number
        store.changed.connect(self._follow)
        self._recovered = False  # True if its present state was never saved
        self._busy = False  # True while reading or writing a file
        self.tables = ImportController(
            window, self._work, lambda: (store.document.source, store.document.target)
        )
        self.tables.imported.connect(self.imported)
        self._saved = self._work_now()

    # open file

    @property
    def dirty(self) -> bool:
        """True if there is anything that saving would keep, training included."""
        return self._recovered or self._work_now() != self._saved

    def _work_now(self) -> Work:
        record, document, pins = self._record(), self.store.document, self._state().get("pins", {})
        step = 0 if record is None else record.weights.step
        pinned = tuple((view, tuple(indices)) for view, indices in pins.items())
        return Work(opened_at(document, _START), self.store.branch.number, step, pinned)

    @property
    def export_path(self) -> Path:
        """A path for exports, without suffix: beside the session, by its title or its shapes'."""
        from flowlab.files.free_name import file_stem  # the first frame doesn't need them
        from flowlab.ui.room.cards import title_of

        words, document = self.title.removesuffix(SUFFIX), self.store.document
        if self.path is None and words == UNTITLED:
            ends = (title_of(shape).split(" · ")[0] for shape in (document.source, document.target))
            words = " to ".join(ends)
        folder = Path.home() if self.path is None else self.path.parent
        return folder / file_stem(words)

    @property
    def title(self) -> str:
        """The name of the open file, or of the preset that it began with."""
        return self.path.name if self.path is not None else self._name

    def _follow(self) -> None:
        """Without a file, take the name under which the present training began."""
        before = self._name
        self._name = self._names.setdefault(self.store.branch.number, before)
        if self._name != before:
            self.titled.emit()

    # opening

    def open_dialog(self) -> None:
        """Ask for a session file and open it."""
        name, _ = QFileDialog.getOpenFileName(self.window, "Open", self._folder(), SESSION)
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> bool:
        """Open a session; if the file is bad, tell the user in a sentence and change nothing."""
        content = self.read(path)
        if content is None or not self.may_leave():
            return False
        self._take(content, path)
        self.preferences.remember(path)
        for remark in content.remarks:
            self.complain(f"{path.name}: {remark}")
        return True

    def read(self, path: Path) -> Session | None:
        """Return a file's session; None if the user stopped it or was told that it is bad."""
        from flowlab.files import session  # here and below: not needed for the first frame

        return self._work(f"Reading {path.name} …", lambda tell: session.load(path, tell))

    def _work(
        self, words: str, work: Callable[[Progress], T], *, stoppable: bool = True
    ) -> T | None:
        """Return the result of `work` on a thread; None if it failed, which the user is told."""
        from flowlab.ui.base.job import Stopped, wait_for

        if self._is_busy():
            return None
        self._busy = True
        try:
            return wait_for(work, words, self.window, stoppable=stoppable)
        except Stopped:
            return None
        except Invalid as error:
            self.complain(str(error))
            return None
        finally:
            self._busy = False

    def _is_busy(self) -> bool:
        """Return True, and tell the user, if a file is being read or written."""
        if self._busy:
            self.complain(BUSY)
        return self._busy

    def open_preset(self, name: str) -> bool:
        """Open a preset, trained if its weights are bundled; return False if the user cancels."""
        if self._is_busy() or not self.may_leave():
            return False
        from flowlab.files import session
        from flowlab.files.bundled_presets import load_bundled

        content = session.Session(document=preset(name), state=preset_state(name))
        with contextlib.suppress(Invalid):  # no weights, or of another version
            content = load_bundled(name)
        self._take(content, None, preset_title(name))
        return True

    def new(self) -> None:
        """Start again with the default document."""
        if not self._is_busy() and self.may_leave():
            from flowlab.files import session

            self._take(session.Session(document=Document()), None)

    def _take(self, content: Session, path: Path | None, name: str = UNTITLED) -> None:
        self.path, self._recovered = path, False
        self._name = name if path is None else path.stem
        self.store.replace(content.document)
        self.opened.emit(content)
        self._saved = self._work_now()
        self.saved.emit()
        self.titled.emit()

    def recover(self, content: Session, path: Path | None) -> None:
        """Continue with unsaved work; `path` is its original file, if it has one."""
        self._take(content, path, str(content.state.get("name") or UNTITLED))
        self._recovered = True
        self.titled.emit()

    # saving

    def save(self) -> bool:
        """Save to the open file, or ask for one."""
        return self.save_as() if self.path is None else self.save_to(self.path)

    def save_as(self) -> bool:
        """Ask for a file and save to it."""
        name = self.path.name if self.path else f"{self._name}{SUFFIX}"
        start = str(Path(self._folder()) / name)
        chosen, _ = QFileDialog.getSaveFileName(self.window, "Save as", start, SESSION)
        if chosen and not chosen.endswith(SUFFIX):
            chosen += SUFFIX  # a name that the dialog hasn't asked about
            if Path(chosen).exists() and not self._may_replace(Path(chosen)):
                return False
        return bool(chosen) and self.save_to(Path(chosen))

    def _may_replace(self, path: Path) -> bool:
        question = f"{path.name} exists already. Replace it?"
        words = {BOX.Yes: "Replace", BOX.No: "Keep it"}
        return messages.ask(self.window, question, BOX.Yes | BOX.No, BOX.No, words) == BOX.Yes

    def save_to(self, path: Path) -> bool:
        """Write the session; if that fails, tell the user and change nothing."""
        content = self.content()
        step = 0 if content.weights is None else content.weights.step
        work = self._work_now()._replace(step=step)  # it may be edited while it is written
        words = f"Saving {path.name} …"
        written = self._work(words, lambda _: write(content, path), stoppable=False)
        if written is None:
            return False
        self.path, self._recovered = path, False
        self._saved = work
        self.preferences.remember(path)
        self.saved.emit()
        self.titled.emit()
        return True

    def content(self) -> Session:
        """Return everything that Save would write now, by reference."""
        from flowlab.files.session import Session

        record, document, state = self._record(), self.store.document, self._state()
        if record is None:
            return Session(document=document, state=state)
        return Session(
            document=document,
            weights=record.weights,
            losses=record.losses,
            snapshots=record.snapshots,
            state=state,
        )

    def may_leave(self) -> bool:
        """Ask if there are unsaved changes; return False to stay."""
        if not self.dirty:
            return True
        answer = messages.ask(
            self.window,
            f"Save the changes to {self.title}?",
            BOX.Save | BOX.Discard | BOX.Cancel,
            BOX.Save,
        )
        return answer == BOX.Discard or (answer == BOX.Save and self.save())

    # importing

    def import_dialog(self, role: str, kind: str) -> None:
        """Ask for a "points" or "picture" file and import it."""
        suffixes = POINTS if kind == "points" else PICTURES
        patterns = " ".join(f"*{suffix}" for suffix in sorted(suffixes))
        name, _ = QFileDialog.getOpenFileName(
            self.window,
            f"Import {kind} as the {role}",
            self._folder(),
            f"{kind.title()} ({patterns})",
        )
        if name:
            self.take_file(Path(name), role)

    def take_file(self, path: Path, role: str = "target") -> bool:
        """Open a session, or import points or a picture as the `role`, depending on the suffix."""
        suffix = path.suffix.lower()
        if suffix == SUFFIX:
            return self.open(path)
        if suffix in POINTS:
            return self.tables.take(path, role)
        shape = self._work(f"Reading {path.name} …", lambda tell: read_other(path, tell))
        if shape is not None:
            self.imported.emit(role, shape)
        return shape is not None

    def complain(self, sentence: str) -> None:
        """Tell the user a problem in one sentence."""
        messages.tell(self.window, sentence)

    @property
    def folder(self) -> Path:
        """The folder of the open file, or of the one opened last; otherwise the user's."""
        return Path(self._folder() or Path.home())

    def _folder(self) -> str:
        recent = self.preferences.recent
        return str(self.path.parent) if self.path else str(Path(recent[0]).parent) if recent else ""


def write(content: Session, path: Path) -> Path:
    """Save a session; raises `Invalid`."""
    from flowlab.files import session

    session.save(
        path,
        content.document,
        content.weights,
        state=content.state,
        losses=content.losses,
        snapshots=content.snapshots,
    )
    return path


def record_of(content: Session) -> TrainingRecord | None:
    """A session's training; None if it has no weights."""
    if content.weights is None:
        return None
    weights, losses, snapshots = content.weights, content.losses, content.snapshots
    return TrainingRecord(weights=weights, losses=losses, snapshots=snapshots)


def _usable(shape: Shape, name: str) -> Shape:
    """The shape; raises `Invalid` with the file's name if it describes no distribution."""
    from flowlab.core.distributions.refusals import check_shape
    from flowlab.files.reading import one_line

    try:
        check_shape(shape)
    except Invalid as error:
        raise Invalid(f"{one_line(name)}: {error}") from None
    return shape


def read_other(path: Path, progress: Progress) -> Shape:
    """A picture; raises `Invalid` for every other kind of file."""
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        from flowlab.files.pictures import read_picture

        return _usable(read_picture(path, progress), path.name)
    raise Invalid(
        f"{path.name} is of no kind that FlowLab reads: sessions are .flowlab, points "
        f"{' '.join(sorted(POINTS))}, pictures {' '.join(sorted(PICTURES))}."
    )
