"""The distances of each lane at all budgets that were looked at, for one velocity."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.stochastic.race.results import LANES, Lane, Race
from flowlab.core.stochastic.settings import SDE_METHODS, Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.scene.stochastic.race import INKS
from flowlab.ui.plots.curve import Curve

_ANY = {"race_evaluations": 40, "race_milliseconds": 40.0, "race_measure": "rms"}
_LIMITS = {spec.name: spec.metadata for spec in fields(Stochastic)}
Points = dict[float, tuple[float, float]]  # what was spent -> distance and its error


@dataclass(eq=False)
class History:
    """Points of each lane's curve; forgotten when anything but the budget changes."""

    points: dict[str, Points] = field(default_factory=dict)
    _of: object = None

    def take(self, document: Document, bundle: Bundle, race: Race) -> None:
        """Add the lanes of a race."""
        of = _all_but_the_budget(document), bundle.step, race.exact, race.lanes[0].bundle.count
        if of != self._of:
            self.points, self._of = {}, of
        for lane in race.lanes:
            spent = spent_by(lane)
            if lane.distance is not None and spent:
                place = self.points.setdefault(lane.method, {})
                place[spent] = float(lane.distance), lane.distance.error

    def curves(self, race: Race) -> list[Curve]:
        """Each lane's curve, a dot for each budget, and the distance of fresh samples."""
        drawn = [self._line(lane.method) for lane in race.lanes if lane.method in self.points]
        if drawn:
            limits, floor = np.array(_limits(race)), np.full(2, float(race.floor))
            drawn.insert(0, Curve("fresh samples", limits, floor, "dim", faint=True, level=True))
        return drawn

    def _line(self, method: str) -> Curve:
        xs = np.array(sorted(self.points[method]))
        values = np.array([self.points[method][x] for x in xs])
        dashed = method in SDE_METHODS
        return Curve(
            LANES[method], xs, values[:, 0], INKS[method], width=1.5, dashed=dashed, marked=True
        )


def spent_by(lane: Lane) -> float:
    """The evaluations that a lane did, or the milliseconds that they are estimated to take."""
    time = lane.milliseconds
    return float(lane.evaluations) if time is None else time


def _limits(race: Race) -> tuple[float, float]:
    """The least and the largest budget: the range of the chart."""
    timed = race.lanes[0].cost is not None
    limits = _LIMITS["race_milliseconds" if timed else "race_evaluations"]
    return float(limits["low"]), float(limits["high"])


def _all_but_the_budget(document: Document) -> tuple[object, ...]:
    settings = replace(document.stochastic, **_ANY)
    ends = document.source, document.target, document.path, document.coupling, document.network
    return *ends, settings, document.seed, document.solver.direction
