"""Sums of independent parts by characteristic functions, on any frequencies: the matmul-DFT.

The characteristic function of x = alpha x0 + beta x1 + gamma z is
phi0(alpha k) phi1(beta k) exp(-gamma^2 k^2 / 2). Each factor is two matrix products of the masses
of an end with waves, rows first, then columns, at frequencies scaled as they are needed: nothing is
deposited anew for another t, and nothing wraps around. All products are of real numbers: with
cosines and sines of frequencies that are not negative, both signs of one axis come out at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.exact.cell_masses import CellMasses

REAL = torch.float32  # of products and spectra: in float64 no angle gets better, and all is slower


@dataclass(frozen=True, eq=False)
class Lattice:
    """Frequencies 0, 1 ... K - 1 of a box of any size.

    A spectrum is (2, K, K): first for (kx, ky), then for (-kx, ky); what is real has the conjugates
    at the others.
    """

    kx: Tensor  # (K,)
    ky: Tensor  # (K,)
    size: Tensor  # (2,), width and height of the box

    @classmethod
    def of(cls, size: Tensor, modes: int) -> Lattice:
        """`modes` frequencies along both axes."""
        along = torch.arange(modes, dtype=torch.float64)
        base = 2 * math.pi / size
        return cls(along * base[0], along * base[1], size)

    @property
    def both(self) -> Tensor:
        """kx and -kx, (2, 1, K)."""
        return torch.stack([self.kx, -self.kx])[:, None].to(REAL)

    def window(self, order: int, blur: tuple[float, float]) -> Tensor:
        """Exponential filter of an order, times a normal of deviations `blur`, (ky, kx)."""
        shares = torch.arange(len(self.kx), dtype=torch.float64) / len(self.kx)
        sharp = -36.0 * shares**order
        along, across = (
            torch.exp(sharp - (sigma * k).square() / 2)
            for k, sigma in zip((self.kx, self.ky), blur, strict=True)
        )
        return torch.outer(across, along).to(REAL)


def _waves(step: float, x: Tensor, count: int) -> Tensor:
    """cos(k step x), then sin(k step x), k = 0, 1 ... count - 1, (2 count, n).

    Whole turns are taken away in float64; the rest has digits enough in float32.
    """
    turns = torch.outer(torch.arange(count, dtype=x.dtype), x * (step / (2 * math.pi)))
    phase = (turns - turns.round()).to(REAL) * (2 * math.pi)
    return torch.cat([phase.cos(), phase.sin()])


def characteristic(end: CellMasses, by: float, lattice: Lattice, moments: bool) -> list[Tensor]:
    """E[w], and with moments E[x w] and E[y w] too, w = exp(-i by k.x), spectra all of them.

    x is seen from the middle of the box.
    """
    (x, y), modes, share = end.ticks, len(lattice.kx), end.light
    waves_x = _waves(by * float(lattice.kx[1]), x, modes)
    waves_y = _waves(by * float(lattice.ky[1]), y, modes)
    even_x, even_y = (_even(by * k, cell) for k, cell in _axes(lattice, end))
    even = torch.outer(even_y, even_x).to(REAL)
    strips = waves_y @ share
    own = _quadrants(strips @ waves_x.T) * even
    if not moments:
        return [own]
    first = _quadrants(strips @ (waves_x * x.to(REAL)).T) * even
    second = _quadrants(((waves_y * y.to(REAL)) @ share) @ waves_x.T) * even
    slope_x, slope_y = (_slope(by * k, cell).to(REAL) for k, cell in _axes(lattice, end))
    slope_x = torch.stack([slope_x, -slope_x])[:, None]
    return [own, first - 1j * slope_x * own, second - 1j * slope_y[:, None] * own]


def _axes(lattice: Lattice, end: CellMasses) -> tuple[tuple[Tensor, float], tuple[Tensor, float]]:
    return (lattice.kx, end.cell[0]), (lattice.ky, end.cell[1])


def _even(k: Tensor, cell: float) -> Tensor:
    """What undoes the spread of masses over cells: 1 / sinc(k cell / 2).

    Masses of cells are the density averaged over each cell; this gives back the density, as far
    as frequencies go that cells can hold.
    """
    return 1 / torch.sinc(k * (cell / (2 * math.pi)))


def _slope(k: Tensor, cell: float) -> Tensor:
    """The derivative by k of the logarithm of that sinc, cot(u) - 1 / u times cell / 2."""
    u = k * (cell / 2)
    near = u.abs() < 1e-4
    safe = torch.where(near, 1.0, u)
    return torch.where(near, -u / 3, 1 / safe.tan() - 1 / safe) * (cell / 2)


def _quadrants(sums: Tensor) -> Tensor:
    """Sums of cosines and sines (2 K, 2 K) as sums of exp(-i k.x), (2, K, K)."""
    half = len(sums) // 2
    cc, cs, sc, ss = sums[:half, :half], sums[:half, half:], sums[half:, :half], sums[half:, half:]
    real, imag = torch.stack([cc - ss, cc + ss]), torch.stack([-sc - cs, cs - sc])
    return torch.complex(real, imag)


def packed(spectra: Tensor) -> Tensor:
    """Spectra (C, 2, K, K) as shares (C, 2 K, 2 K) of real waves along y and along x."""
    even, odd = spectra[:, 0] + spectra[:, 1], spectra[:, 0] - spectra[:, 1]
    upper = torch.cat([even.real, -odd.imag], 2)
    shares = torch.cat([upper, torch.cat([-even.imag, -odd.real], 2)], 1)
    modes = spectra.shape[2]
    once = torch.ones(2, modes, dtype=REAL)
    once[:, 0] = 0.5  # what is left out are conjugates, of which zero has none
    return shares * (2 * once.reshape(-1, 1) * once.reshape(-1))


def evaluate(shares: Tensor, lattice: Lattice, x: Tensor, y: Tensor) -> Tensor:
    """Real functions (C, H, W) on ticks x (W,), y (H,) from their packed spectra (C, 2 K, 2 K)."""
    rows, waves_y = _rows(shares, lattice, x, y)
    return waves_y.T @ rows


def scattered(shares: Tensor, lattice: Lattice, x: Tensor) -> Tensor:
    """The same at points (n, 2), (C, n): dear for each point, but no table is needed."""
    rows, waves_y = _rows(shares, lattice, x[:, 0], x[:, 1])
    return (waves_y * rows).sum(1)


def _rows(shares: Tensor, lattice: Lattice, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Functions of x alone (C, 2 K, W), and the waves (2 K, H) whose shares in them they are."""
    count, both, _ = shares.shape
    waves_x, waves_y = (
        _waves(float(k[1]), ticks, both // 2) for k, ticks in ((lattice.kx, x), (lattice.ky, y))
    )
    rows = (shares.reshape(-1, both) @ waves_x).reshape(count, both, -1)
    return rows, waves_y / float(lattice.size.prod())
