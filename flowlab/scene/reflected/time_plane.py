"""Particles between walls along one direction of the plane, against time."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Doubles, Floats, Ints
from flowlab.core.reflected.results import Motion, motion_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.projected_density import direction
from flowlab.scene.base.end_colours import role_colour
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.furniture.time_key import JAGGED
from flowlab.scene.furniture.time_paths import hues_of, name_of, nearest_path
from flowlab.scene.furniture.time_plane import paint_time_plane
from flowlab.scene.furniture.time_values import DensityTable, Strand, TimePlane
from flowlab.scene.layers.paths import emphasised, highlighted
from flowlab.scene.reflected.held import held
from flowlab.scene.reflected.paths import Bounced
from flowlab.scene.reflected.walls import rings_of

TIMES, CELLS = 97, 40  # of the table of densities
MARGIN = 0.06  # of the width between the furthest walls, on each side
MOST = 8001  # points of a path


def paint_motion(painter: QPainter, stage: Stage) -> None:
    """Layer: everything."""
    paint_time_plane(painter, stage, plane_of(stage))


def nearest(frame: Frame, px: float, py: float, width: float, height: float) -> int | None:
    """The particle whose path lies nearest to a pixel; None if none is near."""
    stage = Stage(frame, width / frame.words, height / frame.words, 1.0, False, Scratch())
    plane, index = plane_of(stage), _index(frame)
    if not len(index) or not plane.strands:
        return None
    best = nearest_path(plane, stage, np.array([px, py]) / frame.words)
    return None if best is None else int(index[best])


def plane_of(stage: Stage) -> TimePlane:
    """The frame's particles as arrays."""
    frame, theme = stage.frame, stage.theme
    motion, bundle, index = motion_of(frame.bundle), frame.bundle, _index(frame)
    angle = frame.document.reflected.angle
    low, high = walls_along(frame)
    margin = MARGIN * (high - low)
    known = bundle is not None and motion is not None
    bold = [index.tolist().index(k) for k in _bold(frame)] if known else []
    return TimePlane(
        key=(bundle, tuple(index), tuple(bold), angle, frame.document.reflected.walls, low, high),
        name=name_of(angle),
        reach=(low - margin, high + margin),
        density=_table(frame, bundle, low, high) if known and bundle is not None else None,
        strands=_strands(stage, bundle, index) if known and bundle is not None else [],
        colours=_colours(stage, bundle, index) if known and bundle is not None else [],
        ends=(role_colour(theme, "source"), role_colour(theme, "target")),
        bold=bold,
        marks=_marks(bundle, motion, index, angle) if bundle is not None and motion else [],
        walls=(low, high),
    )


def walls_along(frame: Frame) -> tuple[float, float]:
    """The furthest walls along the document's direction; a unit apart where there are none."""
    rings = rings_of(frame.document.reflected)
    if not rings:
        return -0.5, 0.5
    along = np.concatenate(rings) @ direction(frame.document.reflected.angle)
    return float(along.min()), float(along.max())


def _bold(frame: Frame) -> list[int]:
    return emphasised(frame) if motion_of(frame.bundle) is not None else []


def _index(frame: Frame) -> Ints:
    """The particles with a path: the first few, those that are pinned, and the one pointed at."""
    shown = list(dict.fromkeys([*highlighted(frame), *_bold(frame)]))
    return np.array(shown, np.intp)


def _strands(stage: Stage, bundle: Bundle, index: Ints) -> list[Strand]:
    u = direction(stage.frame.document.reflected.angle).astype(np.float32)
    cloud = stage.now @ u
    few = bundle.select(index)
    return [
        Strand(
            title="particles between walls",
            colour=stage.theme.learned,
            look=JAGGED,
            times=few.times[:MOST],
            paths=np.asarray(few.points)[:MOST] @ u,
            here=cloud[index],
            cloud=cloud,
        )
    ]


def _colours(stage: Stage, bundle: Bundle, index: Ints) -> list[tuple[int, int, int]]:
    places = np.asarray(bundle.select(index).points)[0 if bundle.start == 0.0 else -1]
    middle = np.median(places, axis=0) if len(places) else np.zeros(2)
    return hues_of(places - middle, stage.theme.dark)


def _marks(bundle: Bundle, motion: Motion, index: Ints, angle: float) -> list[Doubles]:
    """The t and the coordinate of each particle's bounces."""
    u = direction(angle)
    paths = [Bounced.of(bundle, motion, int(k)) for k in index]
    return [np.column_stack([path.bounces, path.walls @ u]) for path in paths]


def _table(frame: Frame, bundle: Bundle, low: float, high: float) -> DensityTable:
    angle, width = frame.document.reflected.angle, (high - low) / CELLS
    u, edges = direction(angle).astype(np.float32), np.linspace(low, high, CELLS + 1)
    return DensityTable(
        times=np.linspace(0.0, 1.0, TIMES),
        x=edges[:-1] + width / 2,
        values=_values(bundle, (angle, low, high)),
        now=density_in(bundle.at(frame.t) @ u, edges),
        samples=bundle.count,
    )


def density_in(along: Floats, edges: Doubles) -> Floats:
    """How many of the coordinates (N,) lie in each cell, as a density; those beyond in none."""
    counts = np.histogram(along, edges)[0]
    density: Floats = (counts / (max(1, len(along)) * (edges[1] - edges[0]))).astype(np.float32)
    return density


def _values(bundle: Bundle, key: tuple[float, float, float]) -> Floats:
    """The table, computed anew only for another direction or other walls."""
    made = _made_tables(bundle)
    if key not in made:
        angle, low, high = key
        u, edges = direction(angle).astype(np.float32), np.linspace(low, high, CELLS + 1)
        times = np.linspace(0.0, 1.0, TIMES).tolist()
        rows = [density_in(bundle.at(held(bundle, t)) @ u, edges) for t in times]
        made.clear()
        made[key] = np.stack(rows)
    return made[key]


@memoise
def _made_tables(bundle: Bundle) -> dict[tuple[float, float, float], Floats]:  # noqa: ARG001
    return {}
