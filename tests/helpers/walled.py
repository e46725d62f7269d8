"""Domains as kernels see them, and starts and ends within their walls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.kernel import HeatKernel


@dataclass(frozen=True, eq=False)
class Walled:
    """A domain of these rings."""

    rings: tuple[Doubles, ...]
    kind: str = "polygon"


@dataclass(frozen=True, eq=False)
class RoundWalled(Walled):
    """A disc."""

    radius: float = 1.0
    center: tuple[float, float] = (0.0, 0.0)


def circle(n: int, radius: float = 1.0, center: tuple[float, float] = (0.0, 0.0)) -> Doubles:
    angle = 2 * np.pi * np.arange(n) / n
    ring: Doubles = radius * np.stack([np.cos(angle), np.sin(angle)], 1) + center
    return ring


def heart(n: int = 120) -> Doubles:
    """A heart of n edges, with a notch above and a tip below."""
    t = 2 * np.pi * np.arange(n, 0, -1) / n
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    ring: Doubles = np.stack([16 * np.sin(t) ** 3, y], 1) / 17
    return ring


SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
EQUILATERAL = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]])
RIGHT = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
ELL = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.5, 0.5], [0.5, 1.0], [0.0, 1.0]])
STAR = np.array(
    [[r * math.cos(k * math.pi / 5), r * math.sin(k * math.pi / 5)]
     for k, r in enumerate([1.0, 0.45] * 5)]
)  # fmt: skip
RING = (circle(200), circle(200, 0.5)[::-1])


def turned(ring: Doubles, angle: float = 0.7, shift: tuple[float, float] = (2.0, -1.0)) -> Doubles:
    c, s = math.cos(angle), math.sin(angle)
    moved: Doubles = ring @ np.array([[c, s], [-s, c]]) + shift
    return moved


def within(kernel: HeatKernel, n: int, seed: int = 0) -> Doubles:
    """Uniform points (n, 2) of a kernel's domain."""
    rng = np.random.default_rng(seed)
    x0, y0, x1, y1 = kernel.shape.bounds
    x = rng.uniform((x0, y0), (x1, y1), (20 * n, 2))
    inside: Doubles = x[kernel.shape.inside(x)][:n]
    assert len(inside) == n
    return inside


def quadrature(kernel: HeatKernel, n: int) -> tuple[Doubles, float]:
    """Midpoints of an n x n grid within the walls, and the area of a cell."""
    x0, y0, x1, y1 = kernel.shape.bounds
    u = (np.arange(n) + 0.5) / n
    x = np.stack(np.meshgrid(x0 + u * (x1 - x0), y0 + u * (y1 - y0)), -1).reshape(-1, 2)
    return x[kernel.shape.inside(x)], (x1 - x0) * (y1 - y0) / n**2
