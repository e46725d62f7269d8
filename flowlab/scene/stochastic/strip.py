"""The interpolant at several times, side by side; the one nearest to the play head is framed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from flowlab.core.stochastic.strip_results import strip_of
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.colours import moving
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import rgba
from flowlab.scene.furniture.pictures import Picture, Pictures
from flowlab.scene.furniture.reach import reach_around

FRAME = 2.0  # logical pixels


def _is_tiled(frame: Frame) -> bool:
    return strip_of(frame.bundle) is not None


def _pictures(frame: Frame) -> list[Picture]:
    strip = strip_of(frame.bundle)
    assert strip is not None
    nearest = int(np.argmin(np.abs(strip.times - frame.t)))
    return [
        Picture(
            frame=_alone(frame, t),
            title=f"t = {t:.3g}",
            dot=moving(frame.theme, t),
            first=partial(_mark, frame=frame) if k == nearest else None,
            still=True,
        )
        for k, t in enumerate(strip.times.tolist())
    ]


def _alone(frame: Frame, t: float) -> Frame:
    return replace(
        frame, t=t, blend_from=None, blend=1.0, beside=None, probe=None, lens=None, legend=False
    )


def _mark(painter: QPainter, width: float, height: float, *, frame: Frame) -> None:
    """Frame the picture that is nearest to the play head."""
    if frame.quality == "live":
        painter.setPen(QPen(rgba(frame.theme.learned), FRAME))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = FRAME / 2
        painter.drawRect(QRectF(inset, inset, width - FRAME, height - FRAME))


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    return reach_around(frame.bundle)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)
