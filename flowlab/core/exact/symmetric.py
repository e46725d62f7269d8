"""Symmetric 2x2 matrices in closed form, many at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Symmetric:
    """Symmetric 2x2 matrices of any batch shape; vectors have their two axes first, (2, ...)."""

    xx: Tensor
    xy: Tensor
    yy: Tensor

    @classmethod
    def of(cls, matrices: Tensor) -> Symmetric:
        """From matrices (P, 2, 2); of shape (1,) if all are equal, to save work."""
        if bool((matrices == matrices[:1]).all()):
            matrices = matrices[:1]
        return cls(*(matrices[:, i, j].contiguous() for i, j in ((0, 0), (0, 1), (1, 1))))

    def take(self, index: Tensor) -> Symmetric:
        """Those at an index; a single one stands for all."""
        if len(self.xx) == 1:
            return self
        return Symmetric(self.xx[index], self.xy[index], self.yy[index])

    def __add__(self, other: Symmetric) -> Symmetric:
        return Symmetric(self.xx + other.xx, self.xy + other.xy, self.yy + other.yy)

    def __mul__(self, by: Tensor) -> Symmetric:
        return Symmetric(self.xx * by, self.xy * by, self.yy * by)

    def __matmul__(self, v: Tensor) -> Tensor:
        return torch.stack([self.xx * v[0] + self.xy * v[1], self.xy * v[0] + self.yy * v[1]])

    def widened(self, variance: Tensor) -> Symmetric:
        """A + variance I."""
        return Symmetric(self.xx + variance, self.xy, self.yy + variance)

    @property
    def det(self) -> Tensor:
        """Determinants."""
        return self.xx * self.yy - self.xy * self.xy

    @property
    def trace(self) -> Tensor:
        """Traces."""
        return self.xx + self.yy

    @property
    def least(self) -> Tensor:
        """det / trace: between half the smallest eigenvalue and all of it; 0 for a zero matrix."""
        return self.det / self.trace.clamp(min=torch.finfo(self.xx.dtype).tiny)

    def inverse(self) -> Symmetric:
        """Inverses."""
        det = self.det
        return Symmetric(self.yy / det, -self.xy / det, self.xx / det)

    def where(self, mask: Tensor, otherwise: float) -> Symmetric:
        """These where the mask is True, elsewhere a constant in each entry."""
        parts = (self.xx, self.xy, self.yy)
        return Symmetric(*(torch.where(mask, part, otherwise) for part in parts))

    def root(self, z: Tensor) -> Tensor:
        """L z (2, ...) with the Cholesky factor L, also of singular matrices.

        If z is standard normal, L z has this covariance.
        """
        width = self.xx.sqrt()
        lower = torch.where(self.xx > 0, self.xy / width, 0.0)
        rest = (self.yy - lower * lower).clamp(min=0).sqrt()
        return torch.stack([width * z[0], lower * z[0] + rest * z[1]])

    def trace_of_square(self, middle: Symmetric) -> Tensor:
        """Trace of A M A."""
        xx = self.xx * middle.xx + self.xy * middle.xy
        xy = self.xx * middle.xy + self.xy * middle.yy
        yx = self.xy * middle.xx + self.yy * middle.xy
        yy = self.xy * middle.xy + self.yy * middle.yy
        return xx * self.xx + (xy + yx) * self.xy + yy * self.yy

    def to(self, device: str, dtype: torch.dtype) -> Symmetric:
        """The same on that device, in that dtype."""
        return Symmetric(*(part.to(device, dtype) for part in (self.xx, self.xy, self.yy)))
