"""Opens the picker for source or target; its thumbnails are computed in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from flowlab.core.document.gallery import GALLERY, named
from flowlab.core.document.shapes import Drawing, Picture, Points, Shape
from flowlab.core.views.query import Samples
from flowlab.ui.base.icons import current_theme
from flowlab.ui.state.engine_link import EngineLink

if TYPE_CHECKING:
    from flowlab.ui.pickers.picker import Picker

POLL_MS = 40


class PickerController(QObject):
    """Controls the picker, which source and target share."""

    chosen = Signal(str, object)  # role, Shape
    import_wanted = Signal(str, str)  # role, "points" or "picture"
    draw_wanted = Signal(str)

    def __init__(self, link: EngineLink, window: QWidget) -> None:
        super().__init__(window)
        self.link, self.window, self.role = link, window, "target"
        self.picker: Picker | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._fetch)

    def open(self, role: str, beside: QWidget, shape: Shape | None = None, at: str = "") -> None:
        """Show the picker beside a widget, with the tile of `shape` marked as in use.

        It begins at that tile, or at the one named `at`.
        """
        self.role = role
        picker = self._make()
        picker.set_theme(current_theme())
        picker.set_role(role)
        for name in picker.wanted():
            self._request(name)
        self._timer.start()
        picker.move(self._place(picker, beside))
        picker.show()
        picker.set_in_use(tile_of(shape))
        if at:
            picker.select(at)

    def close(self) -> None:
        """Stop requesting samples."""
        self._timer.stop()
        if self.picker is not None:
            self.picker.close()

    def _make(self) -> Picker:
        if self.picker is None:
            from flowlab.ui.pickers.picker import Picker  # the first frame doesn't need it

            self.picker = Picker(self.window)
            self.picker.setWindowFlags(Qt.WindowType.Popup)  # a click elsewhere closes it
            self.picker.chosen.connect(self._chosen)
            self.picker.points_requested.connect(lambda: self._file("points"))
            self.picker.picture_requested.connect(lambda: self._file("picture"))
            self.picker.draw_requested.connect(self._draw)
        return self.picker

    def _place(self, picker: QWidget, beside: QWidget) -> QPoint:
        """Return a place right of the panel, inside the window if that is large enough."""
        size, window = picker.sizeHint(), self.window.rect()
        corner = beside.mapTo(self.window, QPoint(beside.width() + 140, -80))
        x = max(8, min(corner.x(), window.width() - size.width() - 8))
        y = max(8, min(corner.y(), window.height() - size.height() - 8))
        return self.window.mapToGlobal(QPoint(x, y))

    def _fetch(self) -> None:
        if self.picker is None or not self.picker.isVisible():
            self._timer.stop()
            return
        for name in self.picker.wanted():
            answer = self.link.answer(Samples, name)
            if answer is not None:
                self.picker.set_cloud(name, answer.value)

    def _request(self, name: str) -> None:
        self.link.ask(Samples(name, named(name)))

    def _chosen(self, name: str) -> None:
        self.chosen.emit(self.role, GALLERY[name][1])

    def _file(self, kind: str) -> None:
        self.import_wanted.emit(self.role, kind)

    def _draw(self) -> None:
        self.draw_wanted.emit(self.role)


def tile_of(shape: Shape | None) -> str:
    """Name of the tile that stands for a shape; empty if it is none of the gallery's."""
    for kind, name in ((Drawing, "draw"), (Points, "points"), (Picture, "picture")):
        if isinstance(shape, kind):
            return name
    return next((name for name, (_, known) in GALLERY.items() if known == shape), "")
