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

NODES = 16  # of Gauss and Legendre, on each side and each way across the cell
_TIMES, _FEW_TIMES = 65, 33  # the latter where the density is computed on a grid
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
    inside, area, sides, lengths = quadrature(cell, nodes)
    points = torch.cat([inside, sides])
    mass, rate, flux, exact_flux = [], [], [], []
    for t in np.clip(at, dt, 1 - dt).tolist():
        if cancelled is not None and cancelled():
            raise Cancelled
        before, after = (oracle.density(points, t + step).double() for step in (-dt, dt))
        within = slice(0, len(inside))
        mass.append(_total((before + after)[within] / 2, area))
        rate.append(_total((after - before)[within] / (2 * dt), area))
        density = (before + after)[len(inside) :] / 2
        flux.append(_flux(density, field.velocity(sides, t), nodes))
        same = field is exact
        exact_flux.append(flux[-1] if same else _flux(density, exact.velocity(sides, t), nodes))
    profile, weights = torch.stack(flux).numpy(), lengths.numpy()
    return CellFlow(
        x=cell.x,
        y=cell.y,
        size=cell.size,
        times=at,
        nodes=(sides[2 * nodes : 3 * nodes, 0].numpy() - cell.x) * 2 / cell.size,
        profile=profile,
        mass=np.array(mass),
        rate=np.array(rate),
        inflow=-(profile * weights).sum(-1),
        exact_inflow=-(torch.stack(exact_flux).numpy() * weights).sum(-1),
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


def _total(values: Tensor, weights: Tensor) -> float:
    return float((values * weights).sum())


def _flux(density: Tensor, velocity: Tensor, nodes: int) -> Tensor:
    """The outward flux density p b.n (4, n) at the nodes of each side; 0 where p is."""
    flow = torch.where(density[:, None] > 0, density[:, None] * velocity.double(), 0.0)
    normals = torch.tensor(_NORMALS, dtype=torch.float64)
    return (flow.reshape(4, nodes, 2) * normals[:, None]).sum(-1)
