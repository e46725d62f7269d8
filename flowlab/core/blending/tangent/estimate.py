"""The tangent field D(x, alpha) = E[x1 - x0 | x_alpha = x], averaged on a grid from samples.

Iterative alpha-(de)blending (Heitz, Belcour, Chambon 2023, arXiv:2305.03486); averaged on a grid as
in the article by which this room goes, there from all pairs of samples of both ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.blending.tangent.averages import FINE, Average, convolved, direct
from flowlab.core.blending.tangent.cells import Box, Cells
from flowlab.core.blending.tangent.draws import Binned, Coefficients, Draws, Scattered
from flowlab.core.distributions.checks import is_whole
from flowlab.core.distributions.factory import build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.specs import shape_of
from flowlab.core.interpolants.paths import LINEAR, Interpolant

METHODS = ("auto", "direct", "convolution")
FEW = 400  # pairs that are visited one by one as fast as they are convolved
MOST = 1_000_000  # samples of an end
_STEEP = 1e-3  # how near to 0 and 1 a velocity is asked for that is infinite there

End = Any  # a Shape, a distribution, a name or another spec of one; or samples (n, 2)


class GridField(NamedTuple):
    """A field on square cells, from pairs of samples."""

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
    """The mean of x1 - x0 over all pairs of samples that blend into each cell at `alpha`.

    The grid covers both ends, `cells` square cells on its longer side; of a distribution, the few
    samples beyond its `extent` may blend into no cell. Ends may be given as samples (n, 2); else
    `samples` are drawn of each. "direct" visits all pairs in bounded memory, "convolution" counts
    them without a visit (`averages`), "auto" takes what is faster. Standard errors are derived for
    pairs that share points (`spread`). Another path than the linear one has dx_t/dt in place of
    x1 - x0. Raises `Invalid` for an end that cannot be built or drawn, or values out of limits.
    """
    _check(alpha, cells, samples, method)
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
) -> Average:
    """The average by a method of `METHODS`; of binned samples always by convolution."""
    source, target = ends
    few = source.total * target.total <= FEW
    if (method == "direct" or (method == "auto" and few)) and (
        isinstance(source, Scattered) and isinstance(target, Scattered)
    ):
        return direct(source, target, coefficients, cells)
    return convolved(
        binned_if_cheaper(source, cells), binned_if_cheaper(target, cells), coefficients, cells
    )


def coefficients_of(path: Interpolant, t: float) -> tuple[Coefficients, Coefficients]:
    """What a source and a target sample add to x_t and dx_t/dt; latent noise is the source's."""
    time = torch.tensor(clamped_time(path, t), dtype=torch.float64)
    names = ("alpha", "alpha_dot", "gamma", "gamma_dot", "beta", "beta_dot")
    a, a_dot, c, c_dot, b, b_dot = (float(getattr(path, name)(time)) for name in names)
    return Coefficients(a, a_dot, c, c_dot) if path.noisy else Coefficients(a, a_dot), Coefficients(
        b, b_dot
    )


def clamped_time(path: Interpolant, t: float) -> float:
    """The time that stands for t: of steep paths one beside the ends, where dx_t/dt is infinite."""
    return min(max(t, _STEEP), 1 - _STEEP) if path.steep else t


def binned_if_cheaper(draws: Draws, cells: Cells) -> Draws:
    """The same samples, binned where that makes a deposit on these cells cheaper."""
    side = max(FINE, 2 * max(cells.rows, cells.columns))
    if isinstance(draws, Scattered) and draws.z is None and draws.total > side**2 // 2:
        return Binned.of(draws.x, side)
    return draws


def _check(alpha: Any, cells: Any, samples: Any, method: str) -> None:
    if not (isinstance(alpha, Real) and 0 <= float(alpha) <= 1):
        raise Invalid(f"α must be from 0, the source, to 1, the target, not {alpha!r}.")
    if not is_whole(cells, 0):
        raise Invalid(f"The grid must have a whole number of cells along, not {cells!r}.")
    if not is_whole(samples, 1, MOST):
        raise Invalid(f"Take from 1 to {MOST:,} samples of each end, not {samples!r}.")
    if method not in METHODS:
        raise Invalid(f"There is no method {method!r}; try {', '.join(METHODS)}.")


def _drawn(end: End, n: int, generator: torch.Generator | None) -> tuple[Floats, Box]:
    """Samples (2, n) and the box that the grid is to cover."""
    if isinstance(end, Shape | str | tuple | Mapping):
        end = build(shape_of(end))
    if hasattr(end, "extent"):
        return columns_of(end.sample(n, generator)), end.extent
    x = columns_of(_tensor(end))
    (x0, y0), (x1, y1) = x.min(1).tolist(), x.max(1).tolist()
    return x, (x0, x1, y0, y1)


def _tensor(x: Any) -> torch.Tensor:
    """Samples as a tensor; raises `Invalid` for what are no real numbers."""
    try:
        samples = torch.as_tensor(x if isinstance(x, torch.Tensor) else np.ascontiguousarray(x))
    except (TypeError, ValueError, RuntimeError):
        samples = None
    if samples is None or samples.is_complex():
        raise Invalid("Samples must be real numbers, in rows x, y.")
    return samples


def columns_of(x: torch.Tensor) -> Floats:
    """Samples (n, 2) as (2, n) float64; raises `Invalid` for none, or what is no number."""
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise Invalid(f"Samples must have the shape (n, 2), at least one, not {tuple(x.shape)}.")
    if not bool(x.isfinite().all()):
        raise Invalid("Samples must be finite numbers.")
    columns: Floats = x.detach().double().cpu().T.contiguous().numpy()
    return columns


def _noise(n: int, generator: torch.Generator | None) -> Floats:
    noise: Floats = torch.randn(2, n, dtype=torch.float64, generator=generator).numpy()
    return noise
