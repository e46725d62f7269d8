"""From the target to the source and back: at every t where a particle was, and where it is now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate, to_error
from flowlab.core.stochastic.results import SDE, TITLES
from flowlab.core.stochastic.trip_results import LINES, RoundTrips, Trip, trip_of, trips_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.furniture.pictures import Picture, Pictures, alone, refusal
from flowlab.scene.furniture.reach import reach_around
from flowlab.scene.layers.paths import SAMPLES, highlighted
from flowlab.scene.stochastic.processes import colour_of

RING, DOT = 3.2, 1.8  # radii, logical pixels


def _is_tiled(frame: Frame) -> bool:
    return trips_of(frame.bundle) is not None


def _trips(frame: Frame) -> RoundTrips:
    trips = trips_of(frame.bundle)
    assert trips is not None
    return trips


def _pictures(frame: Frame) -> list[Picture]:
    trips = _trips(frame)
    refused = [SDE] if trips.refused else []
    return [
        *(_way(frame, trips, k) for k in range(len(trips.ways))),
        *(_no_way(frame, trips, kind) for kind in refused),
    ]


def _way(frame: Frame, trips: RoundTrips, k: int) -> Picture:
    way = trips.ways[k]
    shown = alone(frame, way, _before(frame, trips, k))
    return Picture(
        frame=replace(shown, legend=frame.legend and k == 0),
        title=TITLES[_trip(way).kind],
        lines=_lines(way),
        dot=colour_of(frame.theme, _trip(way).kind),
    )


def _no_way(frame: Frame, trips: RoundTrips, kind: str) -> Picture:
    dot = colour_of(frame.theme, kind)
    return refusal(frame, trips.ways[0], TITLES[kind], trips.refused, dot)


def _reach(frame: Frame) -> Extent:
    return reach_around(_trips(frame).ways[0])


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def _trip(way: Bundle) -> Trip:
    trip = trip_of(way)
    assert trip is not None
    return trip


def _before(frame: Frame, trips: RoundTrips, k: int) -> Bundle | None:
    """The bundle that a picture still moves away from, while new weights or noise bend it."""
    old = trips_of(frame.blend_from)
    return None if old is None or len(old.ways) != len(trips.ways) else old.ways[k]


def _lines(way: Bundle) -> list[str]:
    error = returned(way)
    known = "lost particles" if error is None else f"{to_error(error, error.error)} from the start"
    return [f"back at t = 1: {known}"]


@memoise
def returned(way: Bundle) -> Estimate | None:
    """The mean distance of the returned particles from where they started."""
    return _trip(way).error(way, 1.0)


def paint_ways(painter: QPainter, stage: Stage) -> None:
    """Layer: where some particles were on the way there, joined to where they are now."""
    bundle, trip = stage.frame.bundle, trip_of(stage.frame.bundle)
    if bundle is None or trip is None or not stage.view.show_paths:
        return
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _paint_ways_there(painter, stage, trip)
    now, then = _both(stage, bundle, trip)
    painter.setPen(stage.pen(stage.theme.text, 0.45))
    painter.drawPath(path_of(np.stack([then, now], 1)))
    painter.setPen(stage.pen(stage.theme.text, 0.8))
    _circles(painter, then, RING)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(stage.theme.text, 0.9))
    _circles(painter, now, DOT)
    painter.restore()


def _both(stage: Stage, bundle: Bundle, trip: Trip) -> tuple[Floats, Floats]:
    """Pixels (n, 2) of some particles at t, now and on the way there; finite ones only."""
    index = np.arange(min(LINES, bundle.points.shape[1]))
    some = stage.scratch.cached(
        "ways", bundle, lambda: (bundle.select(index), trip.there.select(index))
    )
    now, then = (stage.pixels(part.at(stage.frame.t)) for part in some)
    known = np.isfinite(now).all(1) & np.isfinite(then).all(1)
    return now[known], then[known]


def _paint_ways_there(painter: QPainter, stage: Stage, trip: Trip) -> None:
    """Draw the highlighted particles' ways to the source, dashed."""
    index = highlighted(stage.frame)
    if not index:
        return
    times = np.linspace(0.0, 1.0, SAMPLES)
    some = trip.there.select(np.array(index))
    lines = np.stack([stage.pixels(some.at(float(t))) for t in times], 1)
    pen = stage.pen(stage.theme.text, 0.7)
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawPath(path_of(lines[np.isfinite(lines).all((1, 2))]))


def _circles(painter: QPainter, places: Floats, radius: float) -> None:
    for x, y in places.tolist():
        painter.drawEllipse(QPointF(x, y), radius, radius)
