"""The result of the view `race`: a lane for each solver, and their errors; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flowlab.core.array_types import Floats
from flowlab.core.document.solver import METHODS
from flowlab.core.estimates import Estimate
from flowlab.core.stochastic.settings import SDE_METHODS
from flowlab.core.views.bundle import Bundle

EVALUATIONS = {  # of the velocity in one step
    "euler": 1,
    "midpoint": 2,
    "heun": 2,
    "rk4": 4,
    "euler_maruyama": 1,
    "stochastic_heun": 2,
}
ADAPTIVE = "dopri5"
LANES = {**METHODS, **SDE_METHODS}


@dataclass(frozen=True, eq=False, kw_only=True)
class Lane:
    """One solver, with as many steps as the budget allows."""

    method: str  # a key of `LANES`
    bundle: Bundle  # without particles if not one step fits into the budget
    steps: int  # accepted and rejected ones of Dormand-Prince
    evaluations: int  # that were done for each particle
    tolerance: float | None = None  # of Dormand-Prince, relative and absolute
    cost: float | None = None  # estimated milliseconds of an evaluation of all particles
    distance: Estimate | None = None  # sliced W2 to exact samples; None if some are lost

    @property
    def milliseconds(self) -> float | None:
        """The estimated time; None where it wasn't measured."""
        return None if self.cost is None else self.cost * self.evaluations


@dataclass(frozen=True, eq=False, kw_only=True)
class Order:
    """The errors of one solver against the length h of its steps, with standard errors.

    `values` and `errors` have a row (K,) for each of "rms" and "mean", of the distance to the
    finest path from the same start, and "weak", of the change of E|x|^2. `slopes` are fitted on
    logarithmic axes; None where too few errors differ from chance and rounding.
    """

    method: str
    h: Floats  # (K,), descending
    values: dict[str, Floats]
    errors: dict[str, Floats]
    slopes: dict[str, Estimate | None]


@dataclass(frozen=True, eq=False, kw_only=True)
class Race:
    """The lanes at one budget, samples of the exact p_t beside them, and the solvers' orders."""

    lanes: tuple[Lane, ...]
    fresh: Bundle  # samples of p_t; of the end alone where pairs aren't independent
    fresh_moves: bool
    floor: Estimate  # sliced W2 between two fresh sets
    spread: float  # its standard deviation from pair to pair
    orders: tuple[Order, ...] = ()  # none while they aren't computed yet
    why_no_sde: str = ""
    exact: bool = False  # True if the exact velocity carries the particles

    @property
    def _bundles(self) -> tuple[Bundle, ...]:
        return (*(lane.bundle for lane in self.lanes), self.fresh)

    def compact(self) -> Race:
        """The same with 16 bits for each coordinate of the paths."""
        lanes = tuple(replace(lane, bundle=lane.bundle.compact()) for lane in self.lanes)
        return replace(self, lanes=lanes, fresh=self.fresh.compact())

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all trajectories."""
        return sum(bundle.nbytes for bundle in self._bundles)


def race_of(bundle: Bundle | None) -> Race | None:
    """The race that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Race) else None
