"""Particles reflected at straight walls as billiard balls are, all bounces of a step.

Three things make it fast: a step shorter than the wall is away isn't looked at further; a cell
knows its nearest edges in order, and those that a step can't reach aren't tried; and only particles
that met a wall are followed on. Where a cell can't list all edges, a step goes as far as the listed
ones vouch for, and on from there.

No particle leaves: an edge stops whoever moves outwards through it, from as far as rounding behind
it, and reaches over its corners by as much. A reflected step always points inwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from flowlab.core.array_types import Doubles, Ints
from flowlab.core.domains.domain import BOUNCES
from flowlab.core.domains.results import Paths, WallHits
from flowlab.core.domains.walls import Walls

_TINY = 4e-16  # of a step: the least by which it points inwards after a bounce


def follow(walls: Walls, x: Doubles, step: Doubles, recorded: int = 0) -> Paths:
    """Reflect the steps (n, 2) of particles x (n, 2); hits are those of the first `recorded`."""
    end, bounces, push = x + step, np.zeros(len(x), np.int64), np.zeros(len(x))
    cell = walls.clearance.cell(x[:, 0], x[:, 1])
    length = step[:, 0] ** 2
    length += step[:, 1] ** 2
    active = np.flatnonzero(length >= walls.clearance.square[cell])
    start = x[active]
    outside, near = walls.beyond(start)
    start[outside] = near.foot
    moving = _Moving(active, *start.T.copy(), *step[active].T.copy())
    log = _Log(recorded)
    for _ in range(BOUNCES):
        if not len(moving.index):
            break
        moving = _advance(walls, moving, end, bounces, push, log)
    end[moving.index] = np.stack([moving.x, moving.y], axis=1)
    hits = log.hits(walls) if recorded else None
    return Paths(end, bounces, push, hits, stopped=len(moving.index))


@dataclass
class _Moving:
    """Particles on their way: which, where, and what is left of their steps."""

    index: Ints
    x: Doubles
    y: Doubles
    dx: Doubles
    dy: Doubles

    def pick(self, which: Ints) -> _Moving:
        return _Moving(*(part[which] for part in vars(self).values()))


@dataclass
class _Log:
    """The hits of the first particles, in parts."""

    recorded: int
    parts: list[tuple[Ints, Doubles, Doubles]] = field(default_factory=list)

    def add(self, at: _Moving, arc: Doubles) -> None:
        mine = np.flatnonzero(at.index < self.recorded)
        if len(mine):
            place = np.stack([at.x[mine], at.y[mine]], axis=1)
            self.parts.append((at.index[mine], place, arc[mine]))

    def hits(self, walls: Walls) -> WallHits | None:
        if not self.parts:
            return None
        particle, place, arc = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        order = np.argsort(particle, kind="stable")
        return WallHits(particle[order], place[order], np.clip(arc, 0, walls.length.sum())[order])


def _advance(
    walls: Walls, moving: _Moving, end: Doubles, bounces: Ints, push: Doubles, log: _Log
) -> _Moving:
    """Move each particle to the next wall, and turn the rest of its step there."""
    t, edge = _next_wall(walls, moving)
    moving.x += t * moving.dx
    moving.y += t * moving.dy
    going = np.flatnonzero(t < 1)
    if len(going) < len(t):
        done = np.flatnonzero(t >= 1)
        index = moving.index[done]
        end[index, 0], end[index, 1] = moving.x[done], moving.y[done]
        moving, t, edge = moving.pick(going), t[going], edge[going]
    moving.dx *= 1 - t
    moving.dy *= 1 - t
    hit = np.flatnonzero(edge >= 0)
    _turn(walls, moving, hit, edge[hit], bounces, push, log)
    return moving


def _turn(
    walls: Walls, moving: _Moving, hit: Ints, edge: Ints, bounces: Ints, push: Doubles, log: _Log
) -> None:
    """Reflect what is left of the steps of the particles that hit edges."""
    x, y, tx, ty, _ = walls.columns.take(edge, axis=1)
    dx, dy = moving.dx[hit], moving.dy[hit]
    speed = dy * tx - dx * ty  # along the inward normal (-ty, tx), so negative
    back = 2 * np.maximum(-speed, _TINY * (np.abs(dx) + np.abs(dy)))
    moving.dx[hit] = dx - back * ty
    moving.dy[hit] = dy + back * tx
    index = moving.index[hit]
    bounces[index] += 1
    push[index] += back
    if log.recorded:
        at = moving.pick(hit)
        log.add(at, walls.arc[edge] + (at.x - x) * tx + (at.y - y) * ty)


def _next_wall(walls: Walls, moving: _Moving) -> tuple[Doubles, Ints]:
    """The share of its step after which each particle meets a wall, and which one.

    With no wall the edge is -1, and the share is 1 or as far as the listed edges are all there are.
    """
    near = walls.near
    cell = near.squares.cell(moving.x, moving.y)
    length = np.hypot(moving.dx, moving.dy)
    reach = near.bound[near.count][cell]
    free = np.where(reach < length, reach / np.maximum(length, 1e-300), 1.0)
    edge = np.full(len(cell), -1, np.int64)
    look = np.arange(len(cell))
    best = free.copy()
    for k in range(near.count):
        here = cell[look]
        reached = np.flatnonzero(near.bound[k][here] <= best[look] * length[look])
        if not len(reached):
            break
        look = look[reached]
        _try(walls, moving, look, near.edge[k][here[reached]], best, edge)
    stuck = np.flatnonzero((edge < 0) & (free < 1) & (reach < near.squares.side / 4))
    if len(stuck):  # more edges meet here than a cell lists
        best[stuck] = 1.0
        for k in range(len(walls.start)):
            _try(walls, moving, stuck, np.full(len(stuck), k), best, edge)
    return best, edge


def _try(walls: Walls, moving: _Moving, look: Ints, edge: Ints, best: Doubles, found: Ints) -> None:
    """Shorten the ways of the particles `look` to where each meets its edge, if it does."""
    x, y, tx, ty, length = walls.columns.take(edge, axis=1)
    x, y, dx, dy = moving.x[look] - x, moving.y[look] - y, moving.dx[look], moving.dy[look]
    slack = walls.slack / 10
    inward = y * tx - x * ty
    speed = dx * ty - dy * tx  # outwards
    meets = np.flatnonzero((speed > 0) & (inward < speed * best[look]) & (inward > -slack))
    if not len(meets):
        return
    t = np.maximum(inward[meets] / speed[meets], 0.0)
    along = (x[meets] + t * dx[meets]) * tx[meets] + (y[meets] + t * dy[meets]) * ty[meets]
    on = (along >= -slack) & (along <= length[meets] + slack)
    meets, t = meets[on], t[on]
    best[look[meets]], found[look[meets]] = t, edge[meets]
