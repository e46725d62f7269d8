"""A domain: a part of the plane with walls that particles don't leave."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.core.document.limits import Checked, Invalid
from flowlab.core.document.shapes import FURTHEST

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from flowlab.core.array_types import AnyArray, Bools, Doubles, Ints
    from flowlab.core.domains.results import NearestWall, Paths, Trace

ROUNDING = 1e-9  # of the size: as near to a wall as this counts as on it
BOUNCES = 10_000  # most a step where they are followed one by one; then a particle stops

Rings = tuple["Doubles", ...]


@dataclass(frozen=True)
class Domain(Checked):
    """A bounded part of the plane; its walls belong to it.

    Points and steps are tensors, arrays or lists (n, 2). All is computed in float64; results have
    the dtype and the device of the points.
    """

    @property
    @abstractmethod
    def rings(self) -> Rings:
        """The walls as closed polygons (k, 2): outer ones counter-clockwise, holes clockwise."""

    @property
    @abstractmethod
    def area(self) -> float:
        """The area without the holes."""

    @property
    @abstractmethod
    def perimeter(self) -> float:
        """The length of all walls, those of holes too."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float, float, float]:
        """The smallest box around the domain: x0, y0, x1, y1."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed to make walls of what was given, a sentence each."""
        return ()

    @property
    def size(self) -> float:
        """The longer side of the bounds."""
        x0, y0, x1, y1 = self.bounds
        return max(x1 - x0, y1 - y0)

    @property
    def slack(self) -> float:
        """The distance within which rounding can't tell a point from the wall."""
        return ROUNDING * self.size + 1e-14 * max(map(abs, self.bounds))

    @abstractmethod
    def nearest(self, x: Doubles) -> NearestWall:
        """The walls nearest to points (n, 2)."""

    @abstractmethod
    def follow(self, x: Doubles, step: Doubles, recorded: int = 0) -> Paths:
        """The reflected paths of particles, with the hits of the first `recorded` ones."""

    @abstractmethod
    def draw(self, n: int, rng: torch.Generator) -> Tensor:
        """Uniform samples (n, 2), float64."""

    def room_of(self, x: Doubles) -> Ints:
        """The room (n,) of each point of the domain, counted from 0."""
        return np.zeros(len(x), np.int64)

    def inside(self, x: Any) -> Tensor:
        """True (n,) for the points in the domain or on its walls."""
        points, slack, like = self._given(x)
        return _tensor(~self.outside(points, slack), like)

    def project(self, x: Any) -> Tensor:
        """The nearest points (n, 2) of the domain."""
        points, _, like = self._given(x)
        return _tensor(self.within(points), like, like.dtype)

    def depth_beyond(self, x: Doubles) -> Doubles:
        """How far (n,) points lie outside; 0 inside."""
        return np.maximum(-self.nearest(x).distance, 0.0)

    def outside(self, x: Doubles, slack: float) -> Bools:
        """True (n,) for points further beyond the walls than a slack."""
        return self.depth_beyond(x) > slack

    def within(self, x: Doubles) -> Doubles:
        """The points (n, 2), those outside moved to the nearest wall."""
        walls = self.nearest(x)
        return np.where(walls.distance[:, None] < 0, walls.foot, x)

    def reflect(self, x: Any, step: Any) -> Tensor:
        """The points x (n, 2) moved by the steps (n, 2), each reflected at the walls it meets.

        Reflection is specular, as of billiard balls, and a step may meet many walls. A point
        outside starts from the nearest wall. In polygons a particle stops after 10,000 bounces.
        """
        points, steps, like = self._moved(x, step)
        return _tensor(self.follow(points, steps).points, like, like.dtype)

    def bounces(self, x: Any, step: Any) -> Tensor:
        """How often (n,) each of the points x moved by a step (n, 2) meets a wall."""
        points, steps, like = self._moved(x, step)
        return _tensor(self.follow(points, steps).bounces, like)

    def trace(self, x: Any, step: Any, recorded: int | None = None) -> Trace:
        """The reflected points, their bounces and where the walls were met.

        Hits are recorded of the first `recorded` particles, of all by default; in a disc at most
        64 of each particle.
        """
        from flowlab.core.document.arguments import whole
        from flowlab.core.domains.results import Trace

        points, steps, like = self._moved(x, step)
        count = len(points) if recorded is None else whole(recorded, "The number recorded", 0)
        paths = self.follow(points, steps, count)
        hits = paths.hits or _no_hits()
        return Trace(
            _tensor(paths.points, like, like.dtype),
            _tensor(paths.bounces, like),
            _tensor(paths.push, like, like.dtype),
            _tensor(hits.particle, like),
            _tensor(hits.place, like, like.dtype),
            _tensor(hits.arc, like, like.dtype),
        )

    def distance(self, x: Any) -> Tensor:
        """The distance (n,) of points to the nearest wall, negative outside."""
        points, _, like = self._given(x)
        return _tensor(self.nearest(points).distance, like, like.dtype)

    def penetration(self, x: Any) -> Tensor:
        """How far (n,) points lie outside; 0 inside."""
        points, _, like = self._given(x)
        return _tensor(self.depth_beyond(points), like, like.dtype)

    def normal(self, x: Any) -> Tensor:
        """The unit vectors (n, 2) along which the distance to the nearest wall grows.

        On a wall that is its inward normal.
        """
        points, _, like = self._given(x)
        return _tensor(self.nearest(points).normal, like, like.dtype)

    def rooms(self, x: Any) -> Tensor:
        """The room (n,) of each point, counted from 0; -1 outside.

        Reflected particles never change rooms, so the mass of each stays as it is.
        """
        points, slack, like = self._given(x)
        outside = self.depth_beyond(points) > slack
        return _tensor(np.where(outside, -1, self.room_of(points)), like)

    def uniform(self, n: Any, rng: Any = None) -> Tensor:
        """Uniform samples (n, 2) in float64, from a torch generator."""
        from flowlab.core.distributions.checks import generator_of
        from flowlab.core.document.arguments import whole

        return self.draw(whole(n, "The number of samples", 0), generator_of(rng, "cpu"))

    def _given(self, x: Any, name: str = "Points") -> tuple[Doubles, float, Tensor]:
        """Points as a float64 array, the slack of their precision, and a tensor like the result."""
        from flowlab.core.distributions.checks import points_of

        points, like = points_of(x, name)
        array = np.ascontiguousarray(points.double().cpu().numpy())
        if not (np.abs(array) <= FURTHEST).all():  # NaN is not
            raise Invalid(f"{name} must be finite, with coordinates of at most {FURTHEST:.0e}.")
        return array, self._slack(like), like

    def _slack(self, like: Tensor) -> float:
        """The slack, widened by what points of lower precision can't say more finely."""
        import torch

        coordinate = max(map(abs, self.bounds))
        return max(self.slack, 2 * torch.finfo(like.dtype).eps * coordinate)

    def _moved(self, x: Any, step: Any) -> tuple[Doubles, Doubles, Tensor]:
        points, _, like = self._given(x)
        steps, _, _ = self._given(step, "Steps")
        if len(steps) != len(points):
            raise Invalid(f"There must be one step for each of the {len(points)} points.")
        return points, steps, like


def _tensor(array: AnyArray, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """The array as a tensor on the device of `like`."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(array)).to(like.device, dtype)


def _no_hits() -> Any:
    from flowlab.core.domains.results import WallHits

    nothing = np.zeros(0)
    return WallHits(np.zeros(0, np.int64), np.zeros((0, 2)), nothing)
