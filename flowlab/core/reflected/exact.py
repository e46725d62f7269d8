"""The exact score of the target's marginals between walls, from the kernel of the walls.

The target is counted in cells between the walls, and carried by the heat flow with reflecting
walls: see `flowlab.core.domains.kernels`.
"""

from __future__ import annotations

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
from flowlab.core.domains.kernels.marginal import Marginal
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.views.cache import LruCache

SAMPLES, SIDE = 1 << 19, 160  # of the target, and cells of the longer side of the walls' box


@dataclass(frozen=True, eq=False)
class ExactScore:
    """The score of the marginal at each of some noise levels, of the highest first."""

    domain: Domain
    marginals: tuple[Marginal, ...]

    def __call__(self, x: Doubles, k: int) -> Doubles:
        """The score (n, 2) of the k-th marginal; 0 where hardly anything arrives."""
        score: Doubles = self.marginals[k].score(torch.from_numpy(self.domain.within(x))).numpy()
        return np.nan_to_num(score)

    def density(self, x: Doubles, k: int) -> Doubles:
        """The k-th marginal's density (n,)."""
        known: Doubles = self.marginals[k].density(torch.from_numpy(x)).numpy()
        return known


_scores: LruCache[ExactScore] = LruCache(4)


def exact_score(document: Document, steps: int, label: int | None = None) -> ExactScore:
    """The exact score at `steps` + 1 times of the document's schedule, the noise first.

    Of one class if a label is given. Raises `Invalid` for walls that can't be, and where the target
    lies outside.
    """
    most = max(document.reflected.reverse_steps, document.reflected.flow_steps)
    if steps < most and most % steps == 0:  # its noise levels are among those of more steps
        finest = exact_score(document, most, label)
        return ExactScore(finest.domain, finest.marginals[:: most // steps])
    check_inside(document)
    settings, domain = document.reflected, walls_of(document.reflected)
    variances = total_variance(settings, domain.size, np.linspace(1.0, 0.0, steps + 1))
    key = domain, document.target, document.seed, label, variances.tobytes()

    def make() -> ExactScore:
        density = counted(document.target, domain, document.seed, label)
        return ExactScore(domain, kernel(domain).marginals(density, variances / 2))

    return _scores.get(key, make)


@lru_cache(maxsize=8)
def counted(target: Shape, domain: Domain, seed: int, label: int | None = None) -> Doubles:
    """The target's density (H, W) on cells over the walls' bounds, rows from below.

    Of one of its classes if a label is given; raises `Invalid` if none of it lies inside.
    """
    x0, y0, x1, y1 = domain.bounds
    rng = torch_rng(seed, Stream.WALL_CELLS)
    x, labels = drawn_inside(build(target), domain, SAMPLES, rng)
    points = x.numpy() if label is None or labels is None else x.numpy()[labels == label]
    if not len(points):
        raise Invalid("Nothing of this class lies between the walls: choose another one.")
    cell = max(x1 - x0, y1 - y0) / SIDE
    columns, rows = (max(1, round(side / cell)) for side in (x1 - x0, y1 - y0))
    bins, box = [rows, columns], [(y0, y1), (x0, x1)]
    counts = np.histogram2d(points[:, 1], points[:, 0], bins, box)[0]
    density: Doubles = counts / counts.sum() * (rows * columns) / ((x1 - x0) * (y1 - y0))
    return density
