"""The state of a chain at t: its bead, its pair, and the other pairs possible there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.results import Chain, chain_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame, smoothstep
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.stage import Stage
from flowlab.scene.blending.chain_strings import FINEST, Strings, strings

CLOSE = 1e-5  # of alpha: nearer than this to a bead counts as on it, because times are float32


@dataclass(frozen=True)
class BeadState:
    """Which of a bead's two pairs is shown, as `Frame.room_state`; by default that drawn there."""

    deblended: bool = True


def is_deblended(frame: Frame) -> bool:
    """Return True if a bead shows the pair drawn there, not the pair that led to it."""
    state = frame.room_state
    return state.deblended if isinstance(state, BeadState) else True


@dataclass(frozen=True)
class ChainPosition:
    """Where a chain is at some t."""

    bead: int  # the last one at or before t
    pair: int | None  # the point lies on its segment
    share: float  # of the way to the next bead, 0 on a bead
    deblended: bool  # True if the pair was drawn at `bead`, False if at the bead before

    @property
    def on_bead(self) -> bool:
        """True if t is the time of a bead."""
        return self.share == 0.0


def position_at(times: Floats, t: float, deblended: bool = True) -> ChainPosition:
    """Return where a chain with beads at `times` is at t.

    On a bead, `deblended` selects one of two pairs: the pair drawn there (none at t = 1), or the
    pair that led there (none at t = 0).
    """
    last = len(times) - 1
    bead = min(int(np.searchsorted(times, t + CLOSE, side="right")) - 1, last)
    bead = max(bead, 0)
    if bead == last:
        return ChainPosition(last, None if deblended or not last else last - 1, 0.0, False)
    share = (t - float(times[bead])) / float(times[bead + 1] - times[bead])
    if t - float(times[bead]) > CLOSE:
        return ChainPosition(bead, bead, share, True)
    if deblended:
        return ChainPosition(bead, bead, 0.0, True)
    return ChainPosition(bead, bead - 1 if bead else None, 0.0, False)


@dataclass(frozen=True, eq=False)
class FollowedChain:
    """What is shown of the followed chain, in the view's layout."""

    beads: Floats  # (N + 1, 2)
    x0: Floats  # (N, 2), at t = 0
    x1: Floats  # (N, 2), at t = 1
    others: Floats  # (N, M, 2, 2)
    string: Strings
    fan: Strings | None
    exact: Strings | None


def followed_chain(stage: Stage) -> FollowedChain | None:
    """Return the frame's followed chain, cached while only t or the camera changes."""
    frame, bundle = stage.frame, stage.frame.bundle
    if bundle is None or chain_of(bundle) is None or not bundle.points.shape[1]:
        return None
    blend = frame.blend if frame.before is not None else 1.0
    key = (bundle, frame.before, blend, frame.view.layout)
    followed: FollowedChain = stage.scratch.cached(
        "followed chain", key, lambda: _followed_chain(frame, bundle)
    )
    return followed


def _followed_chain(frame: Frame, bundle: Bundle) -> FollowedChain:
    chain, times = chain_of(bundle), bundle.times
    assert chain is not None
    old = frame.before
    beads = _bent(frame, _beads(bundle), None if old is None else _beads(old))
    beads = beads + _offsets(frame, times)
    ends = [np.array(plane_offset(frame.view, bundle, t), np.float32) for t in (0.0, 1.0)]
    before = chain_of(old)
    x0 = _bent(
        frame,
        _of_followed(chain, chain.x0),
        None if before is None else _of_followed(before, before.x0),
    )
    x1 = _bent(
        frame,
        _of_followed(chain, chain.x1),
        None if before is None else _of_followed(before, before.x1),
    )
    fan = chain.fan + _offsets(frame, times)[:, None] if chain.fan.size else None
    exact = _exact(frame, bundle)
    return FollowedChain(
        beads=beads,
        x0=x0 + ends[0],
        x1=x1 + ends[1],
        others=chain.others + np.stack(ends),
        string=strings(times, beads[:, None]),
        fan=None if fan is None else strings(times, fan, FINEST),
        exact=exact,
    )


def _beads(bundle: Bundle) -> Floats:
    chain = chain_of(bundle)
    followed = chain.followed if chain else 0
    return np.asarray(bundle.points[:, min(followed, bundle.points.shape[1] - 1)])


def _of_followed(chain: Chain, points: Floats) -> Floats:
    """Select the followed chain (N, 2) from x0 or x1 (N, C, 2)."""
    return points[:, min(chain.followed, points.shape[1] - 1)]


def _bent(frame: Frame, new: Floats, old: Floats | None) -> Floats:
    """Interpolate from `old` to `new` if both have the same number of beads."""
    if old is None or old.shape != new.shape:
        return new
    share = np.float32(smoothstep(frame.blend))
    mixed: Floats = (1 - share) * old + share * new
    return mixed


def _offsets(frame: Frame, times: Floats) -> Floats:
    """Shifts (K, 2) of the layout at each of K times."""
    moved = [plane_offset(frame.view, frame.bundle, float(t)) for t in times]
    return np.array(moved, np.float32).reshape(len(times), 2)


def _exact(frame: Frame, bundle: Bundle) -> Strings | None:
    """The exact path from the followed start, if it is known."""
    exact, chain = bundle.exact, chain_of(bundle)
    if exact is None or chain is None or not exact.points.shape[1]:
        return None
    index = chain.followed if chain.followed < exact.points.shape[1] else 0
    times = np.linspace(0.0, 1.0, 65)
    return strings(times, exact.path(index, 65)[:, None] + _offsets(frame, times)[:, None])


def several(stage: Stage, name: str, index: list[int]) -> Strings:
    """The chains `index` through all their beads, in the view's layout."""
    frame, bundle = stage.frame, stage.frame.bundle
    assert bundle is not None

    def make() -> Strings:
        new, old = frame.select(np.array(index, int))
        before = None if old is None else np.asarray(old.points)
        xy = _bent(frame, np.asarray(new.points), before)
        return strings(bundle.times, xy + _offsets(frame, bundle.times)[:, None], FINEST)

    blend = frame.blend if frame.before is not None else 1.0
    key = (bundle, frame.before, blend, tuple(index), frame.view.layout)
    group: Strings = stage.scratch.cached(f"{name} strings", key, make)
    return group
