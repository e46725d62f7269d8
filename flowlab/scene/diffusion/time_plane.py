"""The samplers' paths along one direction of the plane, against time."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QPainter

from flowlab.core.diffusion.results import denoising_of, plane_of
from flowlab.core.diffusion.settings import DDIM, DDPM, IADB, ODE, SDE, TEXT
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Stage
from flowlab.scene.diffusion.denoising import TITLES, colour_of
from flowlab.scene.furniture import time_processes
from flowlab.scene.furniture.time_key import BROKEN, DOTTED, JAGGED, SMOOTH
from flowlab.scene.furniture.time_plane import paint_time_plane
from flowlab.scene.furniture.time_processes import Known, nearest_of, shown_of

LOOKS = {ODE: SMOOTH, DDPM: JAGGED, SDE: JAGGED, DDIM: BROKEN, IADB: BROKEN, TEXT: DOTTED}


def paint_samplers(painter: QPainter, stage: Stage) -> None:
    """Layer: everything."""
    paint_time_plane(painter, stage, time_processes.plane_of(stage, known_of(stage)))


def nearest(frame: Frame, px: float, py: float, width: float, height: float) -> int | None:
    """The particle whose path, by any sampler, lies nearest to a pixel; None if none is near."""
    return nearest_of(frame, known_of, px, py, width, height)


def known_of(stage: Stage) -> Known:
    """The frame's samplers, and the density that they are to have."""
    frame = stage.frame
    now, before = (denoising_of(bundle) for bundle in (frame.bundle, frame.before))
    panes, old = (() if each is None else each.panes for each in (now, before))
    plane = plane_of(frame.bundle)
    return Known(
        processes=shown_of(panes, old, TITLES, partial(colour_of, stage.theme), LOOKS),
        angle=frame.document.diffusion.angle,
        density=None if plane is None else plane.density,
    )
