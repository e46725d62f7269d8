"""Sums of independent parts by characteristic functions, on any frequencies: the matmul-DFT.

The characteristic function of x = alpha x0 + beta x1 + gamma z is
phi0(alpha k) phi1(beta k) exp(-gamma^2 k^2 / 2). Each factor is two matrix products of the masses
of an end with waves, rows first, then columns, at frequencies scaled as they are needed: nothing is
deposited anew for another t, and nothing wraps around. In float64: products in float32 take two
thirds of the time, but they are less than half of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.oracles.masses import Masses


@dataclass(frozen=True, eq=False)
class Lattice:
    """Frequencies of a box of any size: all along x, those not negative along y."""

    kx: Tensor  # (2 K - 1,)
    ky: Tensor  # (K,)
    size: Tensor  # width and height of the box

    @classmethod
    def of(cls, size: Tensor, modes: int) -> Lattice:
        """`modes` frequencies each way along both axes."""
        along = torch.arange(modes, dtype=torch.float64)
        both = torch.cat([-along[1:].flip(0), along])
        base = 2 * math.pi / size
        return cls(both * base[0], along * base[1], size)

    def window(self, order: int, blur: tuple[float, float]) -> Tensor:
        """Exponential filter of an order, times a normal of deviations `blur`, (ky, kx)."""
        parts = []
        for k, sigma in ((self.ky, blur[1]), (self.kx, blur[0])):
            share = k / (k.abs().max() * (1 + 1 / len(self.ky)))
            parts.append(torch.exp(-36.0 * share.abs() ** order - (sigma * k).square() / 2))
        return torch.outer(*parts)

    def waves(self, by: float, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """exp(-i by kx x) (kx, W) and exp(-i by ky y) (ky, H)."""
        modes = len(self.ky)
        right = _powers(-by * float(self.kx[modes]) * x, modes)
        return torch.cat([right[1:].flip(0).conj(), right]), _powers(
            -by * float(self.ky[1]) * y, modes
        )


def _powers(phase: Tensor, count: int) -> Tensor:
    """exp(i k phase) for k = 0, 1 ... count - 1, (count, n): sines are dear, so by doubling."""
    step = torch.polar(torch.ones_like(phase), phase)
    found = torch.ones_like(step)[None]
    while len(found) < count:
        found = torch.cat([found, found * step])
        step = step * step
    return found[:count]


def characteristic(end: Masses, by: float, lattice: Lattice, moments: bool) -> list[Tensor]:
    """E[w], and with moments E[x w] and E[y w] too, w = exp(-i by k.x), each (ky, kx) complex.

    x is seen from the middle of the box.
    """
    x, y = end.ticks
    waves_x, waves_y = lattice.waves(by, x, y)
    rows = [waves_y.real, waves_y.imag]
    rows += [part * y for part in rows] if moments else []
    strips = torch.cat(rows) @ end.share
    real, imag = strips.reshape(-1, 2, len(lattice.ky), len(x)).unbind(1)
    half = torch.complex(real, imag)  # (1 or 2, ky, columns)
    flat_x, slope_x = _evening(by * lattice.kx, end.cell[0])
    flat_y, slope_y = _evening(by * lattice.ky, end.cell[1])
    even = torch.outer(flat_y, flat_x)
    found = (half.reshape(-1, len(x)) @ waves_x.mT).reshape(-1, *even.shape) * even
    if not moments:
        return [found[0]]
    first = half[0] @ (waves_x * x).mT * even
    first, second = first - 1j * slope_x * found[0], found[1] - 1j * slope_y[:, None] * found[0]
    return [found[0], first, second]


def _evening(k: Tensor, cell: float) -> tuple[Tensor, Tensor]:
    """What undoes the spread of masses over cells: 1 / sinc(k cell / 2), and sinc' / sinc by k.

    Masses of cells are the density averaged over each cell; this gives back the density, as far
    as frequencies go that cells can hold.
    """
    u = k * cell / 2
    near = u.abs() < 1e-3
    safe = torch.where(near, 1.0, u)
    sinc = torch.where(near, 1 - u.square() / 6, safe.sin() / safe)
    slope = torch.where(near, -u / 3, 1 / safe.tan() - 1 / safe)
    return 1 / sinc, slope * cell / 2


def evaluate(spectra: Tensor, lattice: Lattice, x: Tensor, y: Tensor) -> Tensor:
    """Real functions (C, H, W) on ticks x (W,), y (H,) from their spectra (C, ky, kx)."""
    count, rows, columns = spectra.shape
    waves_x, waves_y = lattice.waves(-1.0, x, y)
    half = (spectra.reshape(-1, columns) @ waves_x).reshape(count, rows, -1)
    both = torch.cat([half.real, half.imag], 1)  # (C, 2 ky, W)
    found = torch.cat([waves_y.real, -waves_y.imag]).mT @ (both * _twice(lattice))
    return found / float(lattice.size.prod())


def scattered(spectra: Tensor, lattice: Lattice, x: Tensor) -> Tensor:
    """The same at points (n, 2), (C, n): dear for each point, but without a table."""
    count, rows, columns = spectra.shape
    waves_x, waves_y = lattice.waves(-1.0, x[:, 0], x[:, 1])
    half = (spectra.reshape(-1, columns) @ waves_x).reshape(count, rows, -1)
    both = torch.cat([half.real, half.imag], 1) * _twice(lattice)
    found = (torch.cat([waves_y.real, -waves_y.imag]) * both).sum(1)
    return found / float(lattice.size.prod())


def _twice(lattice: Lattice) -> Tensor:
    """How often each row counts, real parts and imaginary ones: those left out are conjugates."""
    return torch.where(lattice.ky == 0, 1.0, 2.0).to(lattice.ky).repeat(2)[:, None]
