"""The sheet under the pencil: a drawing and its unfinished stroke as one small picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from flowlab.core.array_types import Singles
from flowlab.core.distributions.drawing import CELLS, apply, rasterise
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Drawing, Stroke
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.style import DARK, Colour, Theme

HINT = "Draw here, or drop a picture"


class DrawingSheet:
    """Stores a drawing's layers and paints them; a growing stroke only costs its last piece.

    Ink has the colour of its class, which doesn't change when another class joins; the sheet's edge
    has the colour of the role.
    """

    def __init__(self) -> None:
        self.drawing, self.role, self.theme = Drawing(), "target", DARK
        self.preview: Stroke | None = None
        self._base: Singles = rasterise((), self.drawing.half_width)
        self._cover: Singles = self._base[0]  # of the unfinished brush stroke,
        self._done = 0  # of its path, up to this many points
        self._layers: Singles = self._base
        self._image: QImage | None = None

    @property
    def layers(self) -> Singles:
        """Density of each class with the unfinished stroke, rows upwards; read-only."""
        return self._layers

    @property
    def empty(self) -> bool:
        """True if nothing is drawn."""
        return not self.drawing.strokes and self.preview is None

    def set_drawing(self, drawing: Drawing, role: str | None = None) -> None:
        """Show another drawing, without an unfinished stroke."""
        self.drawing, self.role = drawing, role or self.role
        self._base = rasterise(drawing.strokes, drawing.half_width)
        self._forget()

    def _forget(self) -> None:
        self.preview, self._done = None, 0
        self._layers, self._image = self._base, None

    def set_preview(self, stroke: Stroke | None) -> None:
        """Show this unfinished stroke over the drawing; None removes it."""
        if stroke is None:
            self._forget()
            return
        if stroke.tool in ("brush", "eraser"):
            self._layers = self._brushed(stroke)
        else:
            self._done = 0
            self._layers = apply(self._base, stroke, self.drawing.half_width)
        self.preview, self._image = stroke, None

    def _brushed(self, stroke: Stroke) -> Singles:
        """Apply a stroke like `apply`, but compute only the path added since the last preview.

        A brush stroke has the maximum of the coverage along its path, so pieces combine by their
        maximum. The last point is the pointer's, and may differ next time.
        """
        n, done = len(stroke.path), self._continued(stroke)
        if not done:
            self._cover = np.zeros(self._base.shape[1:], np.float32)
        if n - 1 > done:
            np.maximum(self._cover, self._covered(stroke, done - 1, n - 1), out=self._cover)
        self._done = n - 1
        cover = np.maximum(self._cover, self._covered(stroke, n - 2, n))
        if stroke.tool == "eraser":
            return self._base * (1 - np.float32(stroke.strength) * cover)
        missing = max(0, stroke.label + 1 - len(self._base))
        layers = np.concatenate([self._base, np.zeros((missing, *cover.shape), np.float32)])
        layer = layers[stroke.label]
        layer += np.float32(stroke.strength) * cover * (1 - layer)
        return layers

    def _covered(self, stroke: Stroke, start: int, stop: int) -> Singles:
        """Return the coverage of the brush between two points of its path."""
        piece = Array(stroke.path.values[max(0, start) : stop])
        full = replace(stroke, tool="brush", path=piece, label=0, strength=1.0)
        cover: Singles = apply(np.zeros_like(self._base[:1]), full, self.drawing.half_width)[0]
        return cover

    def _continued(self, stroke: Stroke) -> int:
        """Return how many points of this path are covered already; 0 for another stroke."""
        last, done = self.preview, self._done
        if last is None or not 0 < done <= len(stroke.path):
            return 0
        old, new = last.path.values, stroke.path.values
        same = np.array_equal(old[0], new[0]) and np.array_equal(old[done - 1], new[done - 1])
        settings = (last.tool, last.size, last.mirror)
        return done if same and settings == (stroke.tool, stroke.size, stroke.mirror) else 0

    # painting

    def colours(self) -> tuple[Colour, ...]:
        """Return the colour of each layer: of its class."""
        return tuple(class_colour(self.theme, label) for label in range(len(self._layers)))

    def image(self, theme: Theme | None = None) -> QImage:
        """Return the sheet as a picture with a transparent background, top row first."""
        if theme is not None and theme != self.theme:
            self.theme, self._image = theme, None
        if self._image is None:
            self._image = _picture(self._layers, self.colours())
        return self._image

    def paint(
        self, painter: QPainter, camera: Camera, width: int, height: int, theme: Theme
    ) -> None:
        """Draw the sheet and its edge as the camera sees them."""
        half = self.drawing.half_width
        corners = np.array([[-half, half], [half, -half]], np.float32)
        (x0, y0), (x1, y1) = camera.to_screen(corners, width, height)
        area = QRectF(float(x0), float(y0), float(x1 - x0), float(y1 - y0))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, self.image(theme))
        role = theme.source if self.role == "source" else theme.target
        painter.setPen(QPen(QColor(*role), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        if self.empty:
            _paint_hint(painter, area, theme)
        painter.restore()


def _paint_hint(painter: QPainter, area: QRectF, theme: Theme) -> None:
    """Say what to do at the lower edge, where hardly any particle passes."""
    width = painter.fontMetrics().horizontalAdvance(HINT) + 24
    height = painter.fontMetrics().height() + 10
    chip = QRectF(area.center().x() - width / 2, area.bottom() - height - 10, width, height)
    painter.setPen(QColor(*theme.line))
    painter.setBrush(QColor(*theme.panel))
    painter.drawRoundedRect(chip, 6, 6)
    painter.setPen(QColor(*theme.text))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, HINT)


def _picture(layers: Singles, colours: tuple[Colour, ...]) -> QImage:
    if len(layers) == 1:
        steps = np.arange(256)[:, None] / 255
        bgra = steps * np.array([*colours[0][::-1], 255])
        table = np.ascontiguousarray(bgra.round().astype(np.uint8)).view(np.uint32).ravel()
        pixels = table[(layers[0, ::-1] * 255 + 0.5).clip(0, 255).astype(np.uint8)]
    else:
        alpha = layers[:, ::-1].clip(0, 1)
        ink = np.tensordot(np.array(colours, np.float32)[:, ::-1].T, alpha, 1)  # (3, rows, columns)
        covered = 1 - np.prod(1 - alpha, axis=0)
        bgra = np.empty((*covered.shape, 4), np.float32)
        bgra[..., :3] = np.moveaxis(ink * (covered / np.maximum(alpha.sum(axis=0), 1e-6)), 0, -1)
        bgra[..., 3] = covered * 255
        pixels = np.ascontiguousarray((bgra + 0.5).astype(np.uint8)).view(np.uint32)[..., 0]
    pixels = np.ascontiguousarray(pixels)
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, CELLS, CELLS, 4 * CELLS, form).copy()
