"""Data noised step by step above, noise carried back below, each at the same noise levels."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from flowlab.core.diffusion.results import Strips, strips_of
from flowlab.core.diffusion.settings import PROCESSES
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.colours import moving
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import rgba
from flowlab.scene.diffusion.denoising import REFUSED
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.pane_heading import EDGE
from flowlab.scene.furniture.pictures import Picture, Pictures
from flowlab.scene.furniture.reach import reach_around

FRAME = 2.0  # logical pixels


def _is_tiled(frame: Frame) -> bool:
    return strips_of(frame.bundle) is not None or REFUSED.is_tiled(frame)


def _pictures(frame: Frame) -> list[Picture]:
    strips = strips_of(frame.bundle)
    if strips is None:
        return REFUSED.pictures(frame)
    nearest = int(np.argmin(np.abs(strips.times - frame.t)))
    rows = (("← noised", strips.forward), (f"{PROCESSES[strips.process]} →", strips.backward))
    return [
        _picture(frame, strips, bundle, t, row="" if k else row, mark=k == nearest)
        for row, bundle in rows
        for k, t in enumerate(strips.times.tolist())
    ]


def _picture(
    frame: Frame, strips: Strips, bundle: Bundle, t: float, *, row: str, mark: bool
) -> Picture:
    """One picture, of the first of a row with what the row is."""
    alone = replace(
        frame, bundle=bundle, t=t, blend_from=None, blend=1.0, beside=None, probe=None, lens=None,
        legend=False,
    )  # fmt: skip
    return Picture(
        frame=alone,
        title=f"k = {strips.schedule.k(t):,}",
        dot=moving(frame.theme, t),
        first=partial(_write, frame=frame, row=row, mark=mark),
        still=True,
    )


def _write(
    painter: QPainter, width: float, height: float, *, frame: Frame, row: str, mark: bool
) -> None:
    """Name the row at the foot of its first picture; frame those nearest to the play head."""
    if row:
        painter.save()
        painter.scale(frame.words, frame.words)
        painter.setFont(small_font())
        painter.setPen(rgba(frame.theme.text))
        painter.drawText(QPointF(EDGE, height / frame.words - EDGE), row)
        painter.restore()
    if mark and frame.quality == "live":
        painter.setPen(QPen(rgba(frame.theme.learned), FRAME))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = FRAME / 2
        painter.drawRect(QRectF(inset, inset, width - FRAME, height - FRAME))


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    return reach_around(frame.bundle)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach, bands=2)
