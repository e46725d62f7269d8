"""Pictures of the canvas: a small one, by which users recognise a session, and one to copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QPainter

from flowlab.scene import canvas as scene
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch

if TYPE_CHECKING:
    from flowlab.ui.canvas.canvas_view import CanvasView

SIZE = (320, 200)

Picture = Callable[[], bytes]


def snapshot(canvas: CanvasView) -> Picture:
    """Record what the canvas shows; return a function that paints it small, on any thread."""
    frame = replace(canvas.frame(), hovered=None, lens=None, legend=False, card=False)
    return lambda: painted(frame)


def as_shown(canvas: CanvasView) -> QImage:
    """The picture as the canvas shows it, without what follows the cursor."""
    dpr = canvas.devicePixelRatioF()
    width, height = canvas.width(), canvas.height()
    image = QImage(round(width * dpr), round(height * dpr), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(dpr)
    painter = QPainter(image)
    frame = replace(canvas.frame(), hovered=None)
    scene.paint(painter, width, height, frame, scratch=Scratch(), dpr=dpr)
    painter.end()
    return image


def painted(frame: Frame) -> bytes:
    """A small PNG of a frame; empty if there is nothing to show or painting fails."""
    if frame.bundle is None:
        return b""
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        scene.paint(painter, *SIZE, frame, scratch=Scratch())
    except Exception:  # saving the work matters more than its picture
        return b""
    finally:
        painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt a str
    return bytes(buffer.data().data())
