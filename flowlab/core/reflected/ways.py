"""The plan of the view `ways_to_stay`: the same noise, and several ways to stay between walls.

Thresholding, as guided samplers do it, projects the mean that a model predicts and then adds the
noise, which leaks (Lou and Ermon 2023, arXiv:2304.04740, section 2; Saharia et al. 2022). To
project the whole step leaves an atom on the walls. Only reflection keeps the uniform law.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Floats
from flowlab.core.document.document import Document
from flowlab.core.domains import Domain
from flowlab.core.domains.noise_levels import step_deviations
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.motion import noises, starts
from flowlab.core.reflected.results import Way, Ways
from flowlab.core.reflected.settings import Reflected
from flowlab.core.reflected.starts import check_memory
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

THRESHOLD, PROJECT, REFLECT = "threshold", "project", "reflect"
_BENT = 1.165  # how the atom of projection bends with the step, measured to 1 %

# Positions (n, 2), the share outside, that on the walls, and how many had too many to meet.
Step = tuple[Doubles, float, float, int]


def _threshold(domain: Domain, x: Doubles, steps: Iterable[Doubles]) -> Iterator[Step]:
    """Project the predicted mean, which is x itself where nothing pulls; then add the noise."""
    mean = x
    for step in steps:
        x = mean + step
        mean = domain.within(x)
        away = np.hypot(*(x - mean).T)
        yield x, _share(away > domain.slack), 0.0, 0


def _project(domain: Domain, x: Doubles, steps: Iterable[Doubles]) -> Iterator[Step]:
    """Project where the whole step ends."""
    for step in steps:
        free = x + step
        x = domain.within(free)
        yield x, *_measured(domain, x, (x != free).any(axis=1)), 0


def _reflect(domain: Domain, x: Doubles, steps: Iterable[Doubles]) -> Iterator[Step]:
    """Turn the step at every wall that it meets."""
    for step in steps:
        paths = domain.follow(x, step)
        x = paths.points
        yield x, *_measured(domain, x, paths.bounces > 0), paths.stopped


def _measured(domain: Domain, x: Doubles, stopped: Bools) -> tuple[float, float]:
    """Which share lies outside, and which on the walls: of those that a wall stopped."""
    distance = domain.nearest(x[stopped]).distance
    count, slack = max(1, len(x)), domain.slack
    outside, on_walls = (distance < -slack).sum(), (np.abs(distance) <= slack).sum()
    return float(outside) / count, float(on_walls) / count


def _share(which: Bools) -> float:
    return float(which.mean()) if len(which) else 0.0


Move = Callable[[Domain, Doubles, Iterable[Doubles]], Iterator[Step]]
MOVES: dict[str, Move] = {THRESHOLD: _threshold, PROJECT: _project, REFLECT: _reflect}


def ways(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """The document's particles from the same starts by the same noise, in each way.

    Returns those that are reflected, with the `Ways` as their `extra`. Raises `Cancelled`, or
    `Invalid` for walls or starts that can't be.
    """
    del network
    began = time.perf_counter()
    x, labels = starts(document, options)
    check_memory(len(x), document.reflected.steps, len(MOVES))
    domain = walls_of(document.reflected)
    ends = ends_of(document, options)
    made = {
        name: Carried.of(domain, x, move, document, options.cancelled)
        for name, move in MOVES.items()
    }
    bundles = tuple(
        Bundle(
            times=carried.times, points=carried.points, method=name, direction="reverse",
            labels=labels, **ends,
        )
        for name, carried in made.items()
    )  # fmt: skip
    found = tuple(
        Way(
            name=name,
            leaked=carried.leaked,
            on_walls=carried.on_walls,
            expected=expected_beyond(name, document.reflected),
            stopped=carried.stopped,
        )
        for name, carried in made.items()
    )
    extra = Ways(ways=found, bundles=bundles, bounds=domain.bounds)
    return replace(bundles[-1], extra=extra, seconds=time.perf_counter() - began)


@dataclass(frozen=True, eq=False)
class Carried:
    """Particles carried in one way, by ascending t, and the shares that didn't stay inside."""

    times: Floats  # (K,)
    points: Floats  # (K, n, 2)
    leaked: Doubles  # (K,)
    on_walls: Doubles  # (K,)
    stopped: int  # steps that had too many walls to meet

    @classmethod
    def of(
        cls,
        domain: Domain,
        x: Doubles,
        move: Move,
        document: Document,
        cancelled: Callable[[], bool] | None = None,
    ) -> Carried:
        """Carry x (n, 2) by the noise of the document. Raises `Cancelled`."""
        deviations, n = step_deviations(document.reflected, domain.size), len(x)
        points = np.empty((len(deviations) + 1, n, 2), np.float32)
        shares, points[0], total = np.zeros((2, len(points))), x, 0
        noise = noises(document.seed, n, len(deviations))
        steps = (h * z for h, z in zip(deviations, noise, strict=True))
        for k, (at, *beyond, stopped) in enumerate(move(domain, x, steps)):
            if cancelled is not None and cancelled():
                raise Cancelled
            points[k + 1], shares[:, k + 1] = at, beyond
            total += stopped
        times = np.linspace(0.0, 1.0, len(points), dtype=np.float32)
        leaked, on_walls = shares[:, ::-1]
        return cls(times, points[::-1], leaked, on_walls, total)


def expected_beyond(name: str, settings: Reflected) -> float | None:
    """The share on the walls, or beyond them, in the long run, where it is known.

    Of Brownian motion on [0, L] by steps of deviation h L it is (h / sqrt 2) / (1 + 1.165 h) for
    each wall, to 1 %: on the wall if steps are projected, beyond it if only the mean is.
    """
    if name == REFLECT:
        return 0.0
    if settings.process != "brownian" or settings.walls not in ("square", "rectangle"):
        return None
    domain = walls_of(settings)
    x0, y0, x1, y1 = domain.bounds
    step = float(step_deviations(settings, domain.size)[0])
    within = [1 - 2 * atom_of(step / side) for side in (x1 - x0, y1 - y0)]
    return 1 - within[0] * within[1]


def atom_of(h: float) -> float:
    """The mass on each end of a unit interval, of projected steps of deviation h."""
    return h / math.sqrt(2) / (1 + _BENT * h)
