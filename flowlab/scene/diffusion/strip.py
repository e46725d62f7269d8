"""Data noised step by step above, noise carried back below, each at the same noise levels."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from flowlab.core.diffusion.results import Strips, strips_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.colours import moving
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import rgba
from flowlab.scene.furniture.pictures import Picture, Pictures
from flowlab.scene.furniture.reach import reach_around

FRAME = 2.0  # logical pixels


def _is_tiled(frame: Frame) -> bool:
    return strips_of(frame.bundle) is not None


def _pictures(frame: Frame) -> list[Picture]:
    strips = strips_of(frame.bundle)
    assert strips is not None
    nearest = int(np.argmin(np.abs(strips.times - frame.t)))
    rows = (("q", strips.forward), ("p", strips.backward))
    return [
        _picture(frame, strips, name, bundle, t, mark=k == nearest)
        for name, bundle in rows
        for k, t in enumerate(strips.times.tolist())
    ]


def _picture(
    frame: Frame, strips: Strips, name: str, bundle: Bundle, t: float, *, mark: bool
) -> Picture:
    """One picture: q of what is noised, p of what is carried back."""
    alone = replace(
        frame, bundle=bundle, t=t, blend_from=None, blend=1.0, beside=None, probe=None, lens=None,
        legend=False,
    )  # fmt: skip
    return Picture(
        frame=alone,
        title=f"{name}, k = {strips.schedule.k(t):,}",
        dot=moving(frame.theme, t),
        first=partial(_mark, frame=frame) if mark else None,
        still=True,
    )


def _mark(painter: QPainter, width: float, height: float, *, frame: Frame) -> None:
    """Frame the pictures that are nearest to the play head."""
    if frame.quality == "live":
        painter.setPen(QPen(rgba(frame.theme.learned), FRAME))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = FRAME / 2
        painter.drawRect(QRectF(inset, inset, width - FRAME, height - FRAME))


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    return reach_around(frame.bundle)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach, bands=2)
