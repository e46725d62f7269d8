"""The processes along one direction of the plane, against time."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QPainter

from flowlab.core.stochastic.results import CHURN, NAIVE, ODE, SDE, TITLES, processes_of
from flowlab.core.stochastic.time_plane_result import time_plane_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Stage
from flowlab.scene.furniture import time_processes
from flowlab.scene.furniture.time_key import BROKEN, DOTTED, JAGGED, SMOOTH
from flowlab.scene.furniture.time_plane import paint_time_plane
from flowlab.scene.furniture.time_processes import Known, nearest_of, shown_of
from flowlab.scene.furniture.time_values import TimePlane
from flowlab.scene.stochastic.processes import colour_of

LOOKS = {ODE: SMOOTH, CHURN: BROKEN, SDE: JAGGED, NAIVE: DOTTED}


def paint_processes(painter: QPainter, stage: Stage) -> None:
    """Layer: everything."""
    paint_time_plane(painter, stage, plane_of(stage))


def nearest(frame: Frame, px: float, py: float, width: float, height: float) -> int | None:
    """The particle whose path, by any process, lies nearest to a pixel; None if none is near."""
    return nearest_of(frame, known_of, px, py, width, height)


def plane_of(stage: Stage, *, present: bool = True) -> TimePlane:
    """The frame's processes as arrays; not those at t unless `present`."""
    return time_processes.plane_of(stage, known_of(stage), present=present)


def known_of(stage: Stage) -> Known:
    """The frame's processes, and the density that they share."""
    frame = stage.frame
    now, before = (processes_of(bundle) for bundle in (frame.bundle, frame.before))
    panes, old = (() if each is None else each.panes for each in (now, before))
    plane = time_plane_of(frame.bundle)
    return Known(
        processes=shown_of(panes, old, TITLES, partial(colour_of, stage.theme), LOOKS),
        angle=frame.document.stochastic.angle,
        density=None if plane is None else plane.density,
    )
