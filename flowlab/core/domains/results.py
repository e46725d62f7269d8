"""What domains answer: the nearest wall of points, and the reflected paths of particles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from flowlab.core.array_types import Doubles, Ints


@dataclass(frozen=True)
class NearestWall:
    """Of n points: the signed distance to the walls, its gradient, and the nearest wall point."""

    distance: Doubles  # (n,), positive inside
    normal: Doubles  # (n, 2), of length 1; on a wall its inward normal
    foot: Doubles  # (n, 2)


@dataclass(frozen=True)
class WallHits:
    """Where particles met the walls, in the order in which each particle did."""

    particle: Ints  # (m,)
    place: Doubles  # (m, 2)
    arc: Doubles  # (m,), length along the walls


@dataclass(frozen=True)
class Paths:
    """Reflected steps of n particles."""

    points: Doubles  # (n, 2)
    bounces: Ints  # (n,)
    push: Doubles  # (n,)
    hits: WallHits | None = None
    stopped: int = 0  # particles that had too many walls to meet, and stay where they got


@dataclass(frozen=True)
class Trace:
    """Reflected steps of particles, with what happened at the walls.

    `push` is the local time that a step adds: how far the walls pushed each particle back, twice
    the depth beyond the wall at each bounce. `hit_*` are of the particles that were to be recorded,
    each particle's in the order in which they happened; `hit_arc` is the length along the rings.
    """

    points: Tensor  # (n, 2)
    bounces: Tensor  # (n,)
    push: Tensor  # (n,)
    hit_particle: Tensor  # (m,)
    hit_place: Tensor  # (m, 2)
    hit_arc: Tensor  # (m,)
