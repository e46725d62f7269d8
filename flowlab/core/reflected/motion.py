"""The plan of the view `reflected_motion`: the forward process between walls, reflected.

dX = g(s) dB + dL, with L the push of the walls, which acts only on them and inwards (Lou and Ermon
2023, arXiv:2304.04740). A step's noise is exact, and it is reflected as a billiard ball is, so that
the uniform law stays uniform for any step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from flowlab.core.array_types import Doubles, Floats, Ints
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.domains import Domain
from flowlab.core.domains.noise_levels import added_variance, step_deviations
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.domains.results import WallHits
from flowlab.core.reflected.decay import decay_of
from flowlab.core.reflected.results import Hits, Motion
from flowlab.core.reflected.rooms import shares_in_rooms
from flowlab.core.reflected.starts import check_memory, start_between
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_COARSE = 500  # particles of a first quick answer
_MOST_HITS = 400_000


def motion(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """The document's particles between its walls, forward from t = 1, the data, to t = 0.

    The `extra` of the bundle is the `Motion`. Raises `Cancelled`, or `Invalid` for walls or starts
    that can't be.
    """
    del network
    began = time.perf_counter()
    settings, domain = document.reflected, walls_of(document.reflected)
    x, labels = starts(document, options)
    check_memory(len(x), settings.steps)
    walk = Walk(domain, x, step_deviations(settings, domain.size), document.seed)
    points = walk.points(options.cancelled, options.progress)[::-1]
    steps = settings.steps + 1
    variance = added_variance(settings, domain.size, np.linspace(1.0, 0.0, steps))
    extra = Motion(
        times=np.linspace(0.0, 1.0, steps),
        variance=variance,
        **walk.pushed(),
        uniform_rate=domain.perimeter / (2 * domain.area),
        hits=walk.hits(),
        length=domain.perimeter,
        bounds=domain.bounds,
        notes=domain.notes,
        decay=None if options.coarse else decay_of(domain, points, variance),
        rooms=shares_in_rooms(domain, points),
        stopped=walk.stopped,
    )
    return Bundle(
        times=np.linspace(0.0, 1.0, steps, dtype=np.float32),
        points=points,
        method="reflected",
        direction="reverse",
        labels=labels,
        extra=extra,
        **ends_of(document, options),
        seconds=time.perf_counter() - began,
    )


def starts(document: Document, options: PlanOptions) -> tuple[Doubles, Ints | None]:
    """The starts (n, 2) of the particles, of a coarse answer the first ones, and their classes."""
    n = options.particles or document.view.particles
    x, labels = start_between(document, n)
    count = min(n, options.few or _COARSE) if options.coarse else n
    return x[:count].numpy(), None if labels is None else labels[:count]


def noises(seed: int, n: int, steps: int) -> Iterator[Doubles]:
    """Standard normal numbers (n, 2) of each step; the first particles' don't depend on n."""
    for k in range(steps):
        yield numpy_rng(seed, Stream.WALL_NOISE, k).standard_normal((n, 2))


@dataclass(eq=False)
class Walk:
    """Particles on their way from step to step, with what happens at the walls."""

    domain: Domain
    x: Doubles  # (n, 2), now
    deviations: Doubles  # (steps,)
    seed: int
    stopped: int = 0  # steps that had too many walls to meet
    _push: list[Doubles] = field(default_factory=list)
    _hits: list[tuple[float, WallHits, Doubles]] = field(default_factory=list)

    def __post_init__(self) -> None:
        share = np.minimum(1.0, self.deviations * self.domain.perimeter / self.domain.area)
        expected = max(1.0, float(share.sum()))  # hits of a particle, as a generous guess
        self.recorded = min(len(self.x), max(1, int(_MOST_HITS / expected)))

    def points(
        self,
        cancelled: Callable[[], bool] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Floats:
        """Positions (steps + 1, n, 2), the starts first. Raises `Cancelled`."""
        steps, n = len(self.deviations), len(self.x)
        points = np.empty((steps + 1, n, 2), np.float32)
        points[0], total = self.x, np.zeros(n)
        self._push = [total]
        for k, noise in enumerate(noises(self.seed, n, steps)):
            if cancelled is not None and cancelled():
                raise Cancelled
            step = self.deviations[k] * noise
            paths = self.domain.follow(self.x, step, self.recorded)
            if paths.hits is not None and len(paths.hits.particle):
                self._hits.append((k / steps, paths.hits, shares_of(paths.hits, self.x, step)))
            total = total + paths.push
            self.stopped += paths.stopped
            self._push.append(total)
            self.x = points[k + 1] = paths.points
            if progress is not None:
                progress((k + 1) / steps)
        return points

    def pushed(self) -> dict[str, Doubles]:
        """The mean local time (steps + 1,) by ascending t, and its standard error."""
        push = np.stack(self._push[::-1])
        n = push.shape[1]
        spread = push.std(axis=1, ddof=1) if n > 1 else np.full(len(push), np.nan)
        return {"local_time": push.mean(axis=1), "local_time_error": spread / np.sqrt(max(n, 1))}

    def hits(self) -> Hits:
        """Where and when the first particles met the walls."""
        if not self._hits:
            return Hits(recorded=self.recorded)
        steps = len(self.deviations)
        s = [began + share / steps for began, _, share in self._hits]
        return Hits(
            recorded=self.recorded,
            particle=np.concatenate([hits.particle for _, hits, _ in self._hits]),
            t=(1 - np.concatenate(s)).astype(np.float32),
            place=np.concatenate([hits.place for _, hits, _ in self._hits]).astype(np.float32),
            arc=np.concatenate([hits.arc for _, hits, _ in self._hits]).astype(np.float32),
        )


def shares_of(hits: WallHits, x: Doubles, step: Doubles) -> Doubles:
    """After which share of its particle's step (m,) each hit happened."""
    first = np.diff(hits.particle, prepend=-1) != 0
    before = np.concatenate([np.zeros((1, 2)), hits.place[:-1]])
    before[first] = x[hits.particle[first]]
    piece = np.hypot(*(hits.place - before).T)
    way = np.cumsum(piece)
    begun = np.maximum.accumulate(np.where(first, way - piece, 0.0))
    length = np.hypot(*step[hits.particle].T)
    return np.asarray(np.clip((way - begun) / np.maximum(length, 1e-300), 0.0, 1.0))
