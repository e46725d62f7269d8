"""The exact score of the target's marginals between walls, from the kernel of the walls.

The target is counted in cells between the walls, and carried by the heat flow with reflecting
walls: see `flowlab.core.domains.kernels`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.domains import Domain, kernel
from flowlab.core.domains.clipped import check_inside, drawn_inside
from flowlab.core.domains.kernels.factory import rough_flow
from flowlab.core.domains.kernels.marginal import Marginal
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.views.cache import LruCache

SAMPLES, SIDE = 1 << 19, 160  # of the target, and cells of the longer side of the walls' box
ROUGH_SAMPLES, ROUGH_SIDE = 1 << 16, 64  # the same of a first answer


@dataclass(frozen=True, eq=False)
class ExactScore:
    """The score of the marginal at each of some noise levels, of the highest first."""

    domain: Domain
    marginals: tuple[Marginal, ...]

    def __call__(self, x: Doubles, k: int) -> Doubles:
        """The score (n, 2) of the k-th marginal; 0 where hardly anything arrives."""
        marginal = self.marginals[k]
        return marginal.slope(marginal.logs, self.domain.within(x))

    def density(self, x: Doubles, k: int) -> Doubles:
        """The k-th marginal's density (n,)."""
        known: Doubles = self.marginals[k].density(torch.from_numpy(x)).numpy()
        return known


@dataclass(frozen=True, eq=False)
class GuidedExactScore:
    """(w + 1) s_c - w s of two exact scores, read at once."""

    of_class: ExactScore
    whole: ExactScore
    w: float

    def __call__(self, x: Doubles, k: int) -> Doubles:
        """The guided score (n, 2) at the k-th noise level."""
        one, all_of_them = self.of_class.marginals[k], self.whole.marginals[k]
        logs = (self.w + 1) * one.logs - self.w * all_of_them.logs
        return one.slope(logs, self.of_class.domain.within(x))


_scores: LruCache[ExactScore] = LruCache(4)
_rough: LruCache[ExactScore] = LruCache(4)


def exact_score(document: Document, steps: int, label: int | None = None) -> ExactScore:
    """The exact score at `steps` + 1 times of the document's schedule, the noise first.

    Of one class if a label is given. Raises `Invalid` for walls that can't be, and where the target
    lies outside.
    """
    most = _most(document)
    if steps < most and most % steps == 0:  # its noise levels are among those of more steps
        finest = exact_score(document, most, label)
        return ExactScore(finest.domain, finest.marginals[:: most // steps])
    check_inside(document)
    domain, variances = _levels(document, steps)

    def make() -> ExactScore:
        density = counted(document.target, domain, document.seed, label)
        return ExactScore(domain, kernel(domain).marginals(density, variances / 2))

    return _scores.get(_key(document, steps, label), make)


def is_new(document: Document, steps: int, label: int | None = None) -> bool:
    """True if the exact score isn't cached; then a rough answer should come first."""
    most = _most(document)
    finest = most if steps < most and most % steps == 0 else steps
    try:
        return _key(document, finest, label) not in _scores
    except Invalid:  # there are no walls: the plan says so
        return False


def rough_score(document: Document, steps: int, label: int | None = None) -> ExactScore:
    """The same on few cells and from few samples, within a moment: for a first answer."""
    check_inside(document)
    domain, variances = _levels(document, steps)

    def make() -> ExactScore:
        few = ROUGH_SAMPLES, ROUGH_SIDE
        density = counted(document.target, domain, document.seed, label, *few)
        return ExactScore(domain, rough_flow(domain).marginals(density, variances / 2))

    return _rough.get(_key(document, steps, label), make)


def _most(document: Document) -> int:
    return max(document.reflected.reverse_steps, document.reflected.flow_steps)


def _levels(document: Document, steps: int) -> tuple[Domain, Doubles]:
    """The walls, and the noise's variances (steps + 1,) between them, falling."""
    settings, domain = document.reflected, walls_of(document.reflected)
    return domain, total_variance(settings, domain.size, np.linspace(1.0, 0.0, steps + 1))


def _key(document: Document, steps: int, label: int | None) -> Hashable:
    domain, variances = _levels(document, steps)
    return domain, document.target, document.seed, label, variances.tobytes()


@lru_cache(maxsize=8)
def counted(
    target: Shape,
    domain: Domain,
    seed: int,
    label: int | None = None,
    samples: int = SAMPLES,
    side: int = SIDE,
) -> Doubles:
    """The target's density (H, W) on cells over the walls' bounds, rows from below.

    Of one of its classes if a label is given; raises `Invalid` if none of it lies inside.
    """
    x0, y0, x1, y1 = domain.bounds
    rng = torch_rng(seed, Stream.WALL_CELLS)
    x, labels = drawn_inside(build(target), domain, samples, rng)
    points = x.numpy() if label is None or labels is None else x.numpy()[labels == label]
    if not len(points):
        raise Invalid("Nothing of this class lies between the walls: choose another one.")
    cell = max(x1 - x0, y1 - y0) / side
    columns, rows = (max(1, round(side / cell)) for side in (x1 - x0, y1 - y0))
    bins, box = [rows, columns], [(y0, y1), (x0, x1)]
    counts = np.histogram2d(points[:, 1], points[:, 0], bins, box)[0]
    density: Doubles = counts / counts.sum() * (rows * columns) / ((x1 - x0) * (y1 - y0))
    return density
