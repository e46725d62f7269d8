"""The exact score of noised data, where it is drawn and where errors are measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Bools, Floats
from flowlab.core.diffusion.lattice import axes_around
from flowlab.core.diffusion.score_objectives import DENOISING_EXCESS
from flowlab.core.diffusion.smoothed import ScoreReference, Smoothed
from flowlab.core.document.document import Document
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.solvers.ode import Cancelled

DECADE = 10.0  # the noise-conditioned network learns all levels from sigma to so many times that
NEGLIGIBLE = 0.005  # of the largest density; where there is less, scores aren't shown
_ARROWS, _CELLS = 18, 108  # along the longer side
_MANY, _SAMPLES = 16_000, 2000  # over which the least losses and the errors are averaged
_LEVELS, _EACH = 12, 500  # over which the least loss of the noise-conditioned network is averaged


@dataclass(frozen=True, eq=False)
class ExactScores:
    """What is known of a blurred target without any training."""

    smoothed: Smoothed
    reference: ScoreReference
    xs: Floats
    ys: Floats
    density: Floats  # (rows, columns)
    cells: Tensor  # (m, 2), those where data are
    cell_scores: Tensor  # (m, 2), the exact ones
    places: Tensor  # (n, 2) of arrows
    spacing: float
    arrows: Tensor  # (n, 2)
    least: Estimate  # E|sigma s|^2 / 2 of the exact score s
    least_over_levels: Estimate  # the same on average over all levels

    @property
    def occupied(self) -> Bools:
        """The cells (rows, columns) where data are."""
        occupied: Bools = self.density > NEGLIGIBLE * self.density.max()
        return occupied

    def on_cells(self, values: Floats) -> Floats:
        """Values of the cells where data are, as (rows, columns); NaN elsewhere."""
        found = np.full(self.density.shape, np.nan, np.float32)
        found[self.occupied] = values
        return found

    def least_loss(self, name: str) -> Estimate:
        """The loss of the exact score: -E|F|^2 / 2, or 1 more where it is asked for the noise."""
        size = self.least_over_levels if name == "conditioned" else self.least
        offset = 0.0 if name in ("implicit", "sliced") else DENOISING_EXCESS
        return Estimate(offset - size, size.error, size.n)


def exact_scores(document: Document, cancelled: Callable[[], bool] | None = None) -> ExactScores:
    """All that is known of a document's target with its noise; raises `Cancelled`."""
    smoothed, sigma = Smoothed.of(document.target), document.diffusion.score_sigma
    every = ScoreReference.of(smoothed, sigma, _MANY, document.seed)
    reference = ScoreReference(sigma, every.x[:_SAMPLES], every.truth[:_SAMPLES])
    cloud = every.x.float().numpy()
    xs, ys = axes_around(cloud, _CELLS, beyond=0)
    _check(cancelled)
    density = smoothed.log_density(grid_of(xs, ys), sigma).exp().nan_to_num(0.0)
    density = density.reshape(len(ys), len(xs))
    least = NEGLIGIBLE * float(density.max())
    cells = grid_of(xs, ys)[density.reshape(-1) > least]
    wide, high = axes_around(cloud, _ARROWS, beyond=0)
    places = grid_of(wide, high)
    places = places[smoothed.log_density(places, sigma).exp().nan_to_num(0.0) > least]
    _check(cancelled)
    return ExactScores(
        smoothed=smoothed,
        reference=reference,
        xs=xs,
        ys=ys,
        density=density.float().numpy(),
        cells=cells,
        cell_scores=smoothed.score(cells, sigma),
        places=places,
        spacing=float(wide[1] - wide[0]),
        arrows=smoothed.score(places, sigma),
        least=_least(every),
        least_over_levels=_least_over_levels(smoothed, sigma, document.seed),
    )


def grid_of(xs: Floats, ys: Floats) -> Tensor:
    """Cells (H W, 2) row by row, float64."""
    return torch.from_numpy(np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)).double()


def _least(reference: ScoreReference) -> Estimate:
    """E|sigma s|^2 / 2 of the exact score s."""
    f = reference.sigma * reference.truth
    return mean_estimate((f.square().sum(1) / 2).numpy())


def _least_over_levels(smoothed: Smoothed, sigma: float, seed: int) -> Estimate:
    """The same on average over levels whose logarithms are uniform."""
    shares = (np.arange(_LEVELS) + 0.5) / _LEVELS
    levels = (sigma * DECADE**shares).tolist()
    each = [
        _least(ScoreReference.of(smoothed, level, _EACH, seed, 1 + k))
        for k, level in enumerate(levels)
    ]
    error = math.sqrt(sum(value.error**2 for value in each)) / _LEVELS
    return Estimate(sum(each) / _LEVELS, error, _LEVELS * _EACH)


def _check(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled
