"""Densities of sums of independent terms, by characteristic functions (matmul-DFT).

The characteristic function of x = alpha x0 + beta x1 + gamma z is phi0(alpha k) phi1(beta k)
exp(-gamma^2 |k|^2 / 2). phi0 and phi1 are two matrix products each, of the end's masses with sines
and cosines, along columns, then rows, at scaled frequencies. So no mass is resampled for another t,
and nothing wraps around. All products are real: from cosines and sines of non-negative frequencies
both signs of kx follow at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.exact.cell_masses import CellMasses

REAL = torch.float32  # of products and spectra; float64 is slower and hardly more accurate


@dataclass(frozen=True, eq=False)
class Lattice:
    """Frequencies 0, 1, ..., K - 1 of a box of any size.

    A spectrum is (2, K, K): for (kx, ky), then for (-kx, ky); the others are conjugates, since the
    functions are real.
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
        """An exponential filter of that order, times a Gaussian of deviations `blur`, (ky, kx)."""
        coefficients = torch.arange(len(self.kx), dtype=torch.float64) / len(self.kx)
        sharp = -36.0 * coefficients**order
        along, across = (
            torch.exp(sharp - (sigma * k).square() / 2)
            for k, sigma in zip((self.kx, self.ky), blur, strict=True)
        )
        return torch.outer(across, along).to(REAL)


def _cos_sin(step: float, x: Tensor, count: int) -> Tensor:
    """cos(k step x), then sin(k step x), k = 0, 1, ..., count - 1, (2 count, n).

    The phase is reduced to one turn in float64; float32 is then accurate enough.
    """
    turns = torch.outer(torch.arange(count, dtype=x.dtype), x * (step / (2 * math.pi)))
    phase = (turns - turns.round()).to(REAL) * (2 * math.pi)
    return torch.cat([phase.cos(), phase.sin()])


def characteristic(end: CellMasses, by: float, lattice: Lattice, moments: bool) -> list[Tensor]:
    """Spectra of E[w] and, with moments, E[x w] and E[y w], for w = exp(-i by k.x).

    x is relative to the centre of the box.
    """
    (x, y), modes, mass = end.ticks, len(lattice.kx), end.mass_float32
    cos_sin_x = _cos_sin(by * float(lattice.kx[1]), x, modes)
    cos_sin_y = _cos_sin(by * float(lattice.ky[1]), y, modes)
    inverse_x, inverse_y = (_inverse_sinc(by * k, cell) for k, cell in _axes(lattice, end))
    even = torch.outer(inverse_y, inverse_x).to(REAL)
    strips = cos_sin_y @ mass
    spectrum = _quadrants(strips @ cos_sin_x.T) * even
    if not moments:
        return [spectrum]
    first = _quadrants(strips @ (cos_sin_x * x.to(REAL)).T) * even
    second = _quadrants(((cos_sin_y * y.to(REAL)) @ mass) @ cos_sin_x.T) * even
    derivative_x, derivative_y = (
        _log_sinc_derivative(by * k, cell).to(REAL) for k, cell in _axes(lattice, end)
    )
    derivative_x = torch.stack([derivative_x, -derivative_x])[:, None]
    return [
        spectrum,
        first - 1j * derivative_x * spectrum,
        second - 1j * derivative_y[:, None] * spectrum,
    ]


def _axes(lattice: Lattice, end: CellMasses) -> tuple[tuple[Tensor, float], tuple[Tensor, float]]:
    return (lattice.kx, end.cell[0]), (lattice.ky, end.cell[1])


def _inverse_sinc(k: Tensor, cell: float) -> Tensor:
    """1 / sinc(k cell / 2): undoes the averaging of the density over each cell.

    Accurate for the frequencies that cells can represent.
    """
    return 1 / torch.sinc(k * (cell / (2 * math.pi)))


def _log_sinc_derivative(k: Tensor, cell: float) -> Tensor:
    """Derivative in k of log sinc(u), u = k cell / 2: (cot(u) - 1 / u) cell / 2."""
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
    """Spectra (C, 2, K, K) as coefficients (C, 2 K, 2 K) of cosines and sines along y and x."""
    even, odd = spectra[:, 0] + spectra[:, 1], spectra[:, 0] - spectra[:, 1]
    upper = torch.cat([even.real, -odd.imag], 2)
    coefficients = torch.cat([upper, torch.cat([-even.imag, -odd.real], 2)], 1)
    modes = spectra.shape[2]
    once = torch.ones(2, modes, dtype=REAL)
    once[:, 0] = 0.5  # omitted conjugates count twice, frequency 0 once
    return coefficients * (2 * once.reshape(-1, 1) * once.reshape(-1))


def evaluate(coefficients: Tensor, lattice: Lattice, x: Tensor, y: Tensor) -> Tensor:
    """Real functions (C, H, W) on ticks x (W,), y (H,), from their packed spectra (C, 2 K, 2 K)."""
    rows, cos_sin_y = _rows(coefficients, lattice, x, y)
    return cos_sin_y.T @ rows


def evaluate_several(coefficients: Tensor, sizes: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The same of T lattices, of boxes (T, 2), on ticks (T, W) and (T, H) each: (C, T, H, W)."""
    several, count, both, _ = coefficients.shape
    cos_sin_x, cos_sin_y = (
        _cos_sin(2 * math.pi, (ticks / side[:, None]).flatten(), both // 2)
        .reshape(both, several, -1)
        .movedim(1, 0)
        for ticks, side in ((x, sizes[:, 0]), (y, sizes[:, 1]))
    )
    rows = torch.bmm(coefficients.reshape(several, -1, both), cos_sin_x)
    values = cos_sin_y.mT[:, None] @ rows.reshape(several, count, both, -1)
    return values.movedim(1, 0) / sizes.prod(1)[:, None, None]


def scattered(coefficients: Tensor, lattice: Lattice, x: Tensor) -> Tensor:
    """The same at points (n, 2): (C, n). Expensive per point, but needs no table."""
    rows, cos_sin_y = _rows(coefficients, lattice, x[:, 0], x[:, 1])
    return (cos_sin_y * rows).sum(1)


def _rows(coefficients: Tensor, lattice: Lattice, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Functions of x alone (C, 2 K, W), and the cosines and sines (2 K, H) of y to multiply."""
    count, both, _ = coefficients.shape
    cos_sin_x, cos_sin_y = (
        _cos_sin(float(k[1]), ticks, both // 2) for k, ticks in ((lattice.kx, x), (lattice.ky, y))
    )
    rows = (coefficients.reshape(-1, both) @ cos_sin_x).reshape(count, both, -1)
    return rows, cos_sin_y / float(lattice.size.prod())
