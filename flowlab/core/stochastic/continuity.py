"""The continuity equation on a square cell: its mass, and what flows through its sides.

d/dt int_cell p_t = -sum over the sides of int p_t b.n: the mass changes by what flows in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic.cell import CellFlow
from flowlab.core.stochastic.remembered import Remembered

NODES = 16  # of Gauss and Legendre, on each side and each way across the cell
_TIMES, _FEW_TIMES = 65, 33  # the latter where the density is computed on a grid
_AT_ONCE = 17  # times in one call, which costs far less than a call for each
_MOST_TERMS = 1 << 21  # then, 16 MB each
_DT, _COARSE_DT = 1e-4, 1e-3
_NORMALS = ((-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0))  # left, right, bottom, top


@dataclass(frozen=True)
class Cell:
    """A square in the plane."""

    x: float  # its centre
    y: float
    size: float


def cell_flow(
    oracle: Oracle,
    field: Field,
    exact: Field,
    cell: Cell,
    nodes: int = NODES,
    times: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CellFlow:
    """Mass of the cell under the exact p_t, its rate, and the flux p_t b.n through each side.

    `field` is the velocity b that is judged, `exact` the exact one. By Gauss-Legendre quadrature
    of `nodes` nodes each way; the rate is a central difference over t +- dt, and all densities are
    the mean of those two times, so that near the ends t is at least dt away. Raises `Cancelled`.
    """
    fine = oracle.facts.exact
    dt = _DT if fine else _COARSE_DT
    at = np.linspace(0.0, 1.0, times or (_TIMES if fine else _FEW_TIMES))
    inside, area, sides, _ = quadrature(cell, nodes)
    points, within = torch.cat([inside, sides]), len(inside)
    middles = torch.from_numpy(np.clip(at, dt, 1 - dt))
    mass, rate, flux, exact_flux = [], [], [], []
    for t in torch.split(middles, _together(oracle, len(points))):
        if cancelled is not None and cancelled():
            raise Cancelled
        before, after = (_at(oracle.density, points, t + step) for step in (-dt, dt))
        mass.append(_total((before + after)[:, :within] / 2, area))
        rate.append(_total((after - before)[:, :within] / (2 * dt), area))
        density = (before + after)[:, within:] / 2
        flux.append(_flux(density, _at(field.velocity, sides, t)))
        same = field is exact
        exact_flux.append(flux[-1] if same else _flux(density, _at(exact.velocity, sides, t)))
    rows = (torch.cat(each) for each in (mass, rate, flux, exact_flux))
    return _cell_flow(cell, nodes, at, *rows)


def _together(oracle: Oracle, points: int) -> int:
    """How many times to ask for at once: a mixture has terms for each point and component."""
    if not oracle.facts.exact:
        return 1
    terms = points * getattr(oracle, "components", 1)
    return max(1, min(_AT_ONCE, _MOST_TERMS // terms))


def _at(function: Callable[[Tensor, Tensor], Tensor], points: Tensor, t: Tensor) -> Tensor:
    """Values (T, n, ...) of a function at points (n, 2), at each of some times (T,)."""
    values = function(points.repeat(len(t), 1), t.repeat_interleave(len(points))).double()
    return values.reshape(len(t), len(points), *values.shape[1:])


def cell_flow_on_grid(
    known: Remembered,
    field: Field,
    cell: Cell,
    nodes: int = NODES,
    times: int = _FEW_TIMES,
    cancelled: Callable[[], bool] | None = None,
) -> CellFlow:
    """The same of a density on a grid, at all times and places at once; raises `Cancelled`.

    Nothing that is transformed for a time depends on the cell. Densities are those at t.
    """
    at = np.linspace(0.0, 1.0, times)
    middles = np.clip(at, _COARSE_DT, 1 - _COARSE_DT)
    now = known.stack(tuple(middles.tolist()), cancelled)
    before, after = (
        known.stack(tuple((middles + step).tolist()), cancelled, densities=True)
        for step in (-_COARSE_DT, _COARSE_DT)
    )
    _, area, sides, _ = quadrature(cell, nodes)
    xs, ys = _ticks(sides, nodes)
    density, velocity = now.density_and_velocity(xs, ys)
    change = (after.density(xs, ys) - before.density(xs, ys)) / (2 * _COARSE_DT)
    mass, rate = (_total(each[:, 1:-1, 1:-1].flatten(1), area) for each in (density, change))
    at_sides, exact = _at_sides(density), _at_sides(velocity)
    judged = exact
    if field is not known.field:
        judged = _at(field.velocity, sides, torch.from_numpy(middles))
    flux, exact_flux = (_flux(at_sides, each) for each in (judged, exact))
    return _cell_flow(cell, nodes, at, mass, rate, flux, exact_flux)


def _ticks(sides: Tensor, nodes: int) -> tuple[Tensor, Tensor]:
    """The nodes across and up between the two sides, along x and y (n + 2,)."""
    left, right, bottom, top = sides.reshape(4, nodes, 2)
    across = torch.cat([left[:1, 0], bottom[:, 0], right[:1, 0]])
    return across, torch.cat([bottom[:1, 1], left[:, 1], top[:1, 1]])


def _at_sides(values: Tensor) -> Tensor:
    """Values (T, n + 2, n + 2, ...) on those ticks as the ones (T, 4 n, ...) on the sides."""
    inner = slice(1, -1)
    sides = (values[:, inner, 0], values[:, inner, -1], values[:, 0, inner], values[:, -1, inner])
    return torch.cat(sides, 1)


def _cell_flow(
    cell: Cell,
    nodes: int,
    at: Floats,
    mass: Tensor,
    rate: Tensor,
    flux: Tensor,
    exact_flux: Tensor,
) -> CellFlow:
    """From mass and rate (T,) and outward flux densities (T, 4, n) at times `at`."""
    base, weights = np.polynomial.legendre.leggauss(nodes)
    profile, weights = flux.numpy(), weights * cell.size / 2
    return CellFlow(
        x=cell.x,
        y=cell.y,
        size=cell.size,
        times=at,
        nodes=base,
        profile=profile,
        mass=mass.numpy(),
        rate=rate.numpy(),
        inflow=-(profile * weights).sum(-1),
        exact_inflow=-(exact_flux.numpy() * weights).sum(-1),
    )


def quadrature(cell: Cell, nodes: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Points (n^2, 2) in a cell and their weights, points (4 n, 2) on its sides and theirs (n,).

    The sides are left, right, bottom and top.
    """
    base, weights = np.polynomial.legendre.leggauss(nodes)
    half = cell.size / 2
    across, up = cell.x + half * base, cell.y + half * base
    inside = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
    area = np.outer(weights, weights).ravel() * half * half
    sides = [
        _row(cell.x - half, up),
        _row(cell.x + half, up),
        _row(across, cell.y - half),
        _row(across, cell.y + half),
    ]
    found = (inside, area, np.concatenate(sides), weights * half)
    a, b, c, d = (torch.from_numpy(array) for array in found)
    return a, b, c, d


def _row(x: float | Floats, y: float | Floats) -> Floats:
    return np.stack(np.broadcast_arrays(x, y), -1)


def _total(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum(-1)


def _flux(density: Tensor, velocity: Tensor) -> Tensor:
    """The outward flux density p b.n (..., 4, n) at the nodes of each side; 0 where p is."""
    wide = density[..., None]
    flow = torch.where(wide > 0, wide * velocity.double(), 0.0)
    normals = torch.tensor(_NORMALS, dtype=torch.float64)
    flow = flow.reshape(*flow.shape[:-2], 4, -1, 2)
    return (flow * normals[:, None]).sum(-1)
