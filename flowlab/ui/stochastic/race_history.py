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

_LIMITS = {spec.name: spec.metadata for spec in fields(Stochastic)}
Points = dict[float, tuple[float, float]]  # what was spent -> distance and its error


@dataclass(eq=False)
class History:
    """Points of each lane's curve; forgotten when anything but the budget changes.

    Those of few particles, while the budget is dragged, have a larger noise floor: a set of curves
    of their own.
    """

    _by_count: dict[int, dict[str, Points]] = field(default_factory=dict)
    _of: object = None
    _count: int = 0  # of the particles in the race taken last

    @property
    def points(self) -> dict[str, Points]:
        """The points of each lane with as many particles as the race taken last."""
        return self._by_count.setdefault(self._count, {})

    def take(self, document: Document, bundle: Bundle, race: Race) -> None:
        """Add the lanes of a race."""
        timed = race.lanes[0].cost is not None
        of = _all_but_the_budget(document), bundle.step, race.exact, timed
        if of != self._of:
            self._by_count, self._of = {}, of
        self._count = race.fresh.count
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
    settings = replace(
        document.stochastic, race_evaluations=40, race_milliseconds=40.0, race_measure="rms"
    )
    ends = document.source, document.target, document.path, document.coupling, document.network
    return *ends, settings, document.seed, document.solver.direction
