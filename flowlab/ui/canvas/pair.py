"""Two pictures on one canvas: which of them the pointer is in, and where in it."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame
from flowlab.scene.furniture.side_by_side import left_of, middle_of


class Pair:
    """Another moment of training beside the one seen; without one, the canvas is one picture."""

    def __init__(self) -> None:
        self.bundle: Bundle | None = None
        self.titles = ("", "")  # of it and of the one seen
        self._edge = 0.0  # px: where the picture under the pointer begins

    def show(self, bundle: Bundle | None, titles: tuple[str, str]) -> bool:
        """Take another moment, or none; says whether the number of pictures has changed."""
        changed = (bundle is None) != (self.bundle is None)
        self.bundle, self.titles = bundle, titles
        if changed:
            self._edge = 0.0
        return changed

    def width(self, whole: int) -> int:
        """Pixels across one picture of a canvas that is `whole` pixels wide."""
        return whole if self.bundle is None else round(middle_of(whole))

    def local(self, at: QPointF, whole: int, *, held: bool) -> QPointF:
        """A place of the canvas in its picture; of what is held, in the one where it began."""
        if not held:
            middle = self.width(whole)
            self._edge = middle if self.bundle is not None and at.x() >= middle else 0.0
        return QPointF(at.x() - self._edge, at.y())

    def pointed(self, frame: Frame) -> Frame:
        """The picture under the pointer, of a frame of both."""
        return left_of(frame) if self.bundle is not None and not self._edge else frame
