"""Affine functions of a velocity and of the point where it is, at many levels at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Affine:
    """v A + x B + c at each of K levels, v and x rows: float64 on the CPU until moved."""

    of_v: Tensor  # (K, 2, 2), A
    of_x: Tensor  # (K, 2, 2), B
    constant: Tensor  # (K, 2), c

    @classmethod
    def of(cls, of_v: Tensor, of_x: Tensor, constant: Tensor | None = None) -> Affine:
        """From numbers (K,) that both coordinates are multiplied by."""
        eye = torch.eye(2, dtype=torch.float64)
        none = torch.zeros(len(of_v), 2, dtype=torch.float64)
        return cls(
            of_v[:, None, None] * eye,
            of_x[:, None, None] * eye,
            none if constant is None else constant,
        )

    def __add__(self, other: Affine | Tensor) -> Affine:
        """The sum; of a tensor (K, 2) or (2,) with the constant."""
        if isinstance(other, Tensor):
            return Affine(self.of_v, self.of_x, self.constant + other)
        return Affine(
            self.of_v + other.of_v, self.of_x + other.of_x, self.constant + other.constant
        )

    def __sub__(self, other: Affine | Tensor) -> Affine:
        return self + (-other if isinstance(other, Tensor) else other * -1.0)

    def __mul__(self, factor: Tensor | float) -> Affine:
        """Times a number, or one for each level (K,)."""
        by = torch.as_tensor(factor, dtype=torch.float64).reshape(-1, 1)
        return Affine(by[..., None] * self.of_v, by[..., None] * self.of_x, by * self.constant)

    def __truediv__(self, factor: Tensor | float) -> Affine:
        return self * (1 / torch.as_tensor(factor, dtype=torch.float64))

    def __matmul__(self, matrix: Tensor) -> Affine:
        """The rows times a matrix (2, 2)."""
        return Affine(self.of_v @ matrix, self.of_x @ matrix, self.constant @ matrix)

    def then(self, other: Affine) -> Affine:
        """These levels and those of another."""
        pairs = zip(self._parts, other._parts, strict=True)
        return Affine(*(torch.cat(pair) for pair in pairs))

    @property
    def _parts(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.of_v, self.of_x, self.constant

    def __getitem__(self, which: slice) -> Affine:
        """At some of the levels."""
        return Affine(self.of_v[which], self.of_x[which], self.constant[which])

    def to(self, like: Tensor) -> Affine:
        """The same with the type and the device of a tensor."""
        return Affine(self.of_v.to(like), self.of_x.to(like), self.constant.to(like))

    def at(self, k: int, v: Tensor, x: Tensor) -> Tensor:
        """The value (n, 2) at the k-th level, from v and x (n, 2)."""
        return v @ self.of_v[k] + x @ self.of_x[k] + self.constant[k]
