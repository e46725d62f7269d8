"""Where both sums of a kernel agree best, measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.domains.kernels.arguments import peak
from flowlab.core.domains.kernels.interfaces import Harmonics, Images, Shape

_TRIALS = 25  # heat times at which the sums are compared
_EQUAL = 1e-12  # sums that differ by less agree: rounding
_STARTS, _PROBES = 24, 8  # places of which they are compared


@dataclass(frozen=True)
class Agreement:
    """The heat time where both sums differ least, and their difference there.

    As shares of the peak; over starts of which half are at walls, and ends around each.
    """

    tau: float
    greatest: float
    mean: float


def agreement(
    shape: Shape, images: Images, harmonics: Harmonics, between: tuple[float, float]
) -> Agreement:
    """Where the mean difference is least, for standard deviations between those two."""
    taus = np.geomspace(*between, _TRIALS) ** 2 / 2
    starts = _places(shape, _STARTS)
    gaps = [_gaps(shape, images, harmonics, float(tau), starts) for tau in taus]
    means = np.array([gap.mean() for gap in gaps])
    best = np.flatnonzero(means <= max(float(means.min()), _EQUAL))
    i = best[len(best) // 2]
    return Agreement(float(taus[i]), float(gaps[i].max()), float(means[i]))


def _gaps(
    shape: Shape, images: Images, harmonics: Harmonics, tau: float, starts: Doubles
) -> Doubles:
    """Differences of both sums around the starts, as shares of the peak."""
    angles = np.arange(_PROBES) * 2.4  # the golden angle
    reach = np.sqrt(2 * tau) * np.linspace(0, 2.5, _PROBES)
    offsets = np.stack([reach * np.cos(angles), reach * np.sin(angles)], 1)
    x = (starts[:, None] + offsets).reshape(-1, 2)
    x0 = np.repeat(starts, _PROBES, 0)
    rows = shape.inside(x)
    taus = np.full(int(rows.sum()), tau)
    one = images.density(x[rows], x0[rows], taus)
    gaps: Doubles = np.abs(one - harmonics.density(x[rows], x0[rows], taus))
    return gaps / peak(tau, shape.area)


def _places(shape: Shape, n: int) -> Doubles:
    """Points (n, 2) within the walls, the same ones each time: half of them near a wall."""
    rng = numpy_rng(0, Stream.KERNEL_PLACES)
    (x0, y0, x1, y1), kept = shape.bounds, np.zeros((0, 2))
    while len(kept) < 40 * n:
        x = rng.uniform((x0, y0), (x1, y1), (400 * n, 2))
        kept = np.concatenate([kept, x[shape.inside(x)]])
    step = 0.02 * np.sqrt(shape.area)
    shifted = [shape.inside(kept + step * np.array(d)) for d in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    at_wall = ~np.all(shifted, 0)
    half = min(int(at_wall.sum()), n // 2)
    places: Doubles = np.concatenate([kept[at_wall][:half], kept[~at_wall][: n - half]])
    return places
