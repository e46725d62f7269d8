"""Single pictures in a file: PNG, or the vector formats SVG and PDF."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from flowlab.scene.base.frame import Frame
from flowlab.scene.canvas import paint

TITLE = "FlowLab: flow at t = {:.3f}"
DOTS_PER_INCH = 96


def write_png(path: Path, image: QImage) -> None:
    """Write an opaque PNG; raises OSError."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt a str
    path.write_bytes(bytes(buffer.data().data()))


def write_svg(path: Path, frame: Frame, size: tuple[int, int], scale: float) -> None:
    """Write an SVG of `size` pixels, drawn `scale` times larger than on the screen."""
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(*size))
    generator.setViewBox(QRectF(0, 0, *size))
    generator.setResolution(DOTS_PER_INCH)
    generator.setTitle(TITLE.format(frame.t))
    generator.setDescription(frame.caption)
    painter = QPainter(generator)
    _paint(painter, frame, size, scale)
    painter.end()
    path.write_bytes(bytes(buffer.data().data()))


def write_pdf(path: Path, frame: Frame, size: tuple[int, int], scale: float) -> None:
    """Write a PDF of one page of `size` pixels at 96 to the inch."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_PER_INCH)
    points = QSizeF(size[0] * 72 / DOTS_PER_INCH, size[1] * 72 / DOTS_PER_INCH)
    page = QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    writer.setTitle(TITLE.format(frame.t))
    painter = QPainter(writer)
    _paint(painter, frame, size, scale)
    painter.end()
    path.write_bytes(bytes(buffer.data().data()))


def _paint(painter: QPainter, frame: Frame, size: tuple[int, int], scale: float) -> None:
    painter.scale(scale, scale)
    paint(painter, size[0] / scale, size[1] / scale, frame, dpr=scale)
