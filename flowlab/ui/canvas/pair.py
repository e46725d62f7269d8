"""Two pictures on one canvas: which one contains the pointer, and where."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame
from flowlab.scene.furniture.side_by_side import left_of, middle_of


class Pair:
    """A second moment of training at the left of the current one; without it, one picture."""

    def __init__(self) -> None:
        self.bundle: Bundle | None = None
        self.titles = ("", "")  # of the left and of the current picture
        self._edge = 0.0  # px: where the picture under the pointer begins

    def show(self, bundle: Bundle | None, titles: tuple[str, str]) -> bool:
        """Set the second moment, or None; return True if the number of pictures has changed."""
        changed = (bundle is None) != (self.bundle is None)
        self.bundle, self.titles = bundle, titles
        if changed:
            self._edge = 0.0
        return changed

    def width(self, canvas_width: int) -> int:
        """Return the width of one picture on a canvas `whole` pixels wide."""
        return canvas_width if self.bundle is None else round(middle_of(canvas_width))

    def local(self, at: QPointF, canvas_width: int, *, held: bool) -> QPointF:
        """Return a canvas place in its picture's pixels; `held`: where the drag's picture began."""
        if not held:
            middle = self.width(canvas_width)
            self._edge = middle if self.bundle is not None and at.x() >= middle else 0.0
        return QPointF(at.x() - self._edge, at.y())

    def pointed(self, frame: Frame) -> Frame:
        """Return the frame of the picture under the pointer."""
        return left_of(frame) if self.bundle is not None and not self._edge else frame
