"""The tangent field D(x, alpha) = E[x1 - x0 | x_alpha = x], averaged on a grid from samples.

D is the right-hand side of the ODE dx_alpha/dalpha = D(x_alpha, alpha), the limit of iterative
alpha-(de)blending (Heitz, Belcour and Chambon 2023, arXiv:2305.03486). As in the article that this
room follows, it is averaged over all pairs of samples of both ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.blending.tangent.averages import FINE, Average, convolved, direct
from flowlab.core.blending.tangent.cells import FEWEST, Box, Cells
from flowlab.core.blending.tangent.cells import MOST as MOST_ALONG
from flowlab.core.blending.tangent.draws import Binned, Coefficients, Draws, Scattered
from flowlab.core.distributions.checks import generator_of, tensor_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import kind_of, name_of, time_of, whole
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import FURTHEST, Shape
from flowlab.core.document.specs import shape_of
from flowlab.core.interpolants.paths import LINEAR, Interpolant

METHODS = ("auto", "direct", "convolution")
FEW = 400  # number of pairs up to which the direct sum is as fast as the convolution
MOST = 1_000_000  # samples of an end
_STEEP = 1e-3  # least distance from t = 0 and 1 on paths whose velocity is infinite there

End = Any  # a Shape, a distribution, a name or another spec of one; or samples (n, 2)


class GridField(NamedTuple):
    """A field averaged over pairs of samples, on square cells."""

    xs: Floats  # (W,), middles of the columns
    ys: Floats  # (H,), middles of the rows, upwards
    mean: Floats  # (H, W, 2), mean of x1 - x0 over the pairs in each cell; NaN where there is none
    count: Floats  # type: ignore[assignment]  # (H, W), pairs in each cell
    stderr: Floats  # (H, W), standard error of the mean, of its length; NaN where it is unknown


def grid_field(
    source: End,
    target: End,
    alpha: float,
    *,
    cells: int = 64,
    samples: int = 2000,
    generator: torch.Generator | None = None,
    method: str = "auto",
    path: Interpolant = LINEAR,
) -> GridField:
    """Estimate D(x, alpha) = E[x1 - x0 | x_alpha = x] by the mean over the pairs in each cell.

    Heitz, Belcour and Chambon 2023 (arXiv:2305.03486): x_alpha = (1 - alpha) x0 + alpha x1 over all
    n0 n1 pairs. On another `path` dx_t/dt takes the place of x1 - x0. Ends are distributions, of
    which `samples` each are drawn, or samples (n, 2). The grid covers both ends with `cells` square
    cells on its longer side; samples beyond a distribution's `extent` may fall into no cell.
    `method` is "direct" (visits all pairs, in bounded memory), "convolution" (see `averages`) or
    "auto" (the faster one). Standard errors account for pairs that share a point (see `spread`).
    Raises `Invalid` for an end that cannot be built or drawn, or values out of limits.
    """
    _check(cells, samples, method, path)
    alpha = time_of(alpha, "α")
    generator = generator_of(generator, "cpu")
    drawn, boxes = zip(*(_drawn(end, samples, generator) for end in (source, target)), strict=True)
    grid = Cells.over(list(boxes), cells)
    noise = _noise(drawn[0].shape[1], generator) if path.noisy else None
    ends = Scattered(drawn[0], noise), Scattered(drawn[1])
    cell_means = average(ends, coefficients_of(path, alpha), grid, method)
    return GridField(grid.xs, grid.ys, cell_means.mean, cell_means.count, cell_means.stderr)


def average(
    ends: tuple[Draws, Draws],
    coefficients: tuple[Coefficients, Coefficients],
    cells: Cells,
    method: str = "auto",
    errors: int | None = None,
) -> Average:
    """The average by one of `METHODS`; for binned samples always by convolution.

    `errors` is that of `convolved`.
    """
    source, target = ends
    few = source.total * target.total <= FEW
    if (method == "direct" or (method == "auto" and few)) and (
        isinstance(source, Scattered) and isinstance(target, Scattered)
    ):
        return direct(source, target, coefficients, cells)
    source, target = (binned_if_cheaper(end, cells) for end in ends)
    return convolved(source, target, coefficients, cells, errors)


def coefficients_of(path: Interpolant, t: float) -> tuple[Coefficients, Coefficients]:
    """Coefficients of source and target in x_t and dx_t/dt; the source's include the noise's."""
    time = torch.tensor(clamped_time(path, t), dtype=torch.float64)
    names = ("alpha", "alpha_dot", "gamma", "gamma_dot", "beta", "beta_dot")
    a, a_dot, c, c_dot, b, b_dot = (float(getattr(path, name)(time)) for name in names)
    return Coefficients(a, a_dot, c, c_dot) if path.noisy else Coefficients(a, a_dot), Coefficients(
        b, b_dot
    )


def clamped_time(path: Interpolant, t: float) -> float:
    """t, moved off 0 and 1 on steep paths, whose dx_t/dt is infinite there."""
    return min(max(t, _STEEP), 1 - _STEEP) if path.steep else t


def binned_if_cheaper(draws: Draws, cells: Cells) -> Draws:
    """The samples, binned where that makes a deposit on these cells cheaper."""
    side = max(FINE, 2 * max(cells.rows, cells.columns))
    if isinstance(draws, Scattered) and draws.z is None and draws.total > side**2 // 2:
        return Binned.of(draws.x, side)
    return draws


def _check(cells: Any, samples: Any, method: Any, path: Any) -> None:
    whole(cells, "cells, along the longer side,", FEWEST, MOST_ALONG)
    whole(samples, "samples, of each end,", 1, MOST)
    name_of(method, METHODS, "method")
    kind_of(path, Interpolant, "The path", "an interpolant, as of interpolant_of(Path())")


def _drawn(end: End, n: int, generator: torch.Generator | None) -> tuple[Floats, Box]:
    """Samples (2, n) of an end and the box that the grid must cover."""
    if isinstance(end, Shape | str | tuple | Mapping):
        end = build(shape_of(end))
    if hasattr(end, "extent"):
        return columns_of(end.sample(n, generator)), end.extent
    x = columns_of(tensor_of(end, "Samples"))
    (x0, y0), (x1, y1) = x.min(1).tolist(), x.max(1).tolist()
    return x, (x0, x1, y0, y1)


def columns_of(x: torch.Tensor) -> Floats:
    """Samples (n, 2) as (2, n) float64; raises `Invalid` for none, or values that aren't finite."""
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise Invalid(f"Samples must have the shape (n, 2), at least one, not {tuple(x.shape)}.")
    if not bool(x.isfinite().all()):
        raise Invalid("Samples must be finite numbers.")
    columns: Floats = x.detach().double().cpu().T.contiguous().numpy()
    most = float(np.abs(columns).max())
    if most > FURTHEST:
        raise Invalid(f"Samples must be at most {FURTHEST:g} in size, not {most:g}.")
    return columns


def _noise(n: int, generator: torch.Generator | None) -> Floats:
    noise: Floats = torch.randn(2, n, dtype=torch.float64, generator=generator).numpy()
    return noise
