"""What the two sums of a kernel answer, and how good they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from flowlab.core.array_types import Bools, Doubles

Method = Literal["images", "harmonics"]


@dataclass(frozen=True)
class Values:
    """Density (n,) and score (n, 2) at n points; the score is NaN where the density isn't > 0."""

    density: Doubles
    score: Doubles

    @classmethod
    def of_gradient(cls, density: Doubles, gradient: Doubles) -> Values:
        """The values of a density with that gradient (n, 2)."""
        known = (density > 0)[:, None]
        score = gradient / density[:, None] if known.all() else _divided(gradient, density)
        return cls(density, score)


def _divided(gradient: Doubles, density: Doubles) -> Doubles:
    positive = density.copy()
    positive[~(density > 0)] = float("nan")
    score: Doubles = gradient / positive[:, None]
    return score


class Sum(Protocol):
    """One way to compute p_tau(x | x0) for rows of x, x0 (n, 2) and tau (n,)."""

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score at points inside; `x0` may have one row."""

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone."""
        return self.values(x, x0, tau).density

    def count(self, tau: float) -> int:
        """Number of terms that are summed at tau."""

    def error(self, tau: float) -> float:
        """Estimated greatest error of the density at tau, as a share of its peak."""


class Harmonics(Sum, Protocol):
    """The sum over eigenfunctions of the Laplacian with reflecting walls."""

    @property
    def eigenvalues(self) -> Doubles:
        """Eigenvalues (modes,) ascending; the first is 0."""

    def eigenfunctions(self, x: Doubles) -> Doubles:
        """Orthonormal eigenfunctions (n, modes) at points inside, in the order of eigenvalues."""


class Images(Sum, Protocol):
    """The sum of reflections."""

    def on_grid(self, xs: Doubles, ys: Doubles, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (H, W) at columns xs and rows ys by the `terms` images nearest to x0 (1, 2)."""


class Shape(Protocol):
    """Where a kernel is defined."""

    @property
    def area(self) -> float:
        """The area within the walls."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""

    def inside(self, x: Doubles) -> Bools:
        """True (n,) for points within the walls or on them."""


@dataclass(frozen=True)
class Terms:
    """Terms of both sums at one tau, and which of them `density` and `score` use there."""

    images: int
    harmonics: int
    used: Method


@dataclass(frozen=True)
class Errors:
    """Estimated greatest error of each sum's density at one tau, as a share of the peak.

    The peak is that of the free Gaussian, or the uniform density where that is greater.
    """

    images: float
    harmonics: float
    used: float
