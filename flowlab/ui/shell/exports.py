"""Everything that leaves the window: films, pictures, numbers, and the clipboard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from flowlab.core.document.limits import Invalid
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.framing import fitted
from flowlab.scene.base.style import THEMES, Theme
from flowlab.scene.furniture.side_by_side import middle_of
from flowlab.ui.base.notice import BRIEF_SECONDS, Notice
from flowlab.ui.canvas.snapshot import as_shown

if TYPE_CHECKING:
    from flowlab.files.number_table import Column
    from flowlab.ui.base.dialog_controls import Reach
    from flowlab.ui.shell.export_dialog import ExportDialog, FrameAt
    from flowlab.ui.shell.session_controller import SessionController
    from flowlab.ui.shell.workspace import Workspace
    from flowlab.ui.state.document_store import DocumentStore
    from flowlab.ui.state.engine_link import EngineLink
    from flowlab.ui.state.playback import Playback

NO_PICTURE = "There is nothing to export yet; the first picture is on its way."


class ExportHost(Protocol):
    """The parts of the window whose contents are exported."""

    store: DocumentStore
    link: EngineLink
    playback: Playback
    room: Workspace
    session: SessionController
    done_notice: Notice
    theme: Theme


class Exports:
    """Exports what the window shows; a notice says what is seen nowhere else."""

    def __init__(self, window: QWidget, host: ExportHost) -> None:
        self.window, self.host = window, host

    def why_not(self) -> str:
        """Return why nothing can be exported now; empty if something can."""
        return NO_PICTURE if self.host.room.canvas.bundle is None else ""

    def open(self, reach: Reach | None = None) -> None:
        """Open the export dialog for the present view; `reach` is called with it."""
        bundle = self.host.room.canvas.bundle
        if bundle is None:
            self.host.session.complain(NO_PICTURE)
            return
        from flowlab.ui.base.dialog_controls import soon

        dialog = self.dialog_of(bundle)
        soon(dialog, reach)
        dialog.exec()
        dialog.deleteLater()

    def dialog_of(self, bundle: Bundle) -> ExportDialog:
        """Return the dialog that exports the view of a bundle, once it is whole."""
        from flowlab.ui.shell.export_dialog import ExportDialog  # the first frame doesn't need it
        from flowlab.ui.shell.export_wait import late_of

        host, frames = self.host, self.frames_of(bundle)
        late = late_of(host.room, bundle, self.frames_of)
        t, theme, path = host.playback.t, host.theme.name, host.session.export_path
        return ExportDialog(frames, t, theme, self.window, proposal=path, late=late)

    def frames_of(self, bundle: Bundle) -> FrameAt:
        """Return the present view of a bundle as a function of t, theme and size."""
        canvas = self.host.room.canvas
        frame = replace(canvas.frame(), card_top=0.0, card_right=0.0, corner=0.0)
        own_camera = canvas.has_own_camera
        view = frame.view
        still = replace(frame, bundle=bundle, quality="export", blend_from=None, blend=1.0)
        still = replace(still, hovered=None, lens=None)

        def frame_at(t: float, theme: str, width: int, height: int) -> Frame:
            one = width if frame.beside is None else round(middle_of(width))
            camera = frame.camera if own_camera else fitted(bundle, view, one, height)
            return replace(still, t=t, theme=THEMES[theme], camera=camera)

        return frame_at

    def save_numbers(self, name: str) -> None:
        """Save the points, the metrics or the loss that are shown, as CSV or NPY."""
        from flowlab.ui.shell import number_export  # the first frame doesn't need it

        session = self.host.session
        title = session.title if session.path is None else session.path.stem
        if name == "points":
            title += f" t{self.host.playback.t:.3f}"
        try:
            columns = self.columns_of(name)
            written = number_export.save(self.window, columns, name, session.folder, title)
        except Invalid as error:
            session.complain(str(error))
            return
        if written is not None:
            self._tell(f"Written to {written}.")

    def columns_of(self, name: str) -> list[Column]:
        """Return the columns of "points", "metrics" or "loss"; raises `Invalid`."""
        from flowlab.ui.shell import number_export

        host = self.host
        bundle, status = host.room.canvas.bundle, host.link.status()
        if bundle is None or status is None:
            raise Invalid(NO_PICTURE)
        if name == "points":
            return number_export.points(bundle, host.playback.t, host.store.document)
        return number_export.loss(status) if name == "loss" else number_export.metrics(status)

    def copy_picture(self) -> None:
        """Copy the picture to the clipboard, as it is shown."""
        image = as_shown(self.host.room.canvas)
        QGuiApplication.clipboard().setImage(image)
        self._tell(f"The picture is copied: {image.width()} × {image.height()} px.")

    def _tell(self, sentence: str) -> None:
        self.host.done_notice.tell(sentence, BRIEF_SECONDS)
