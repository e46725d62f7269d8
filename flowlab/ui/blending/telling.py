"""What just happened to the followed chain, in a sentence and in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.blending.results import chain_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.blending.chain_state import ChainPosition
from flowlab.ui.room.equation import Blend

DEBLEND, BLEND = "Deblend", "Blend"


@dataclass(frozen=True)
class Tale:
    """A sentence, the pair whose numbers go into the equation, and what would come next."""

    sentence: str
    blend: Blend | None
    onwards: str = DEBLEND  # the operation of the next step
    first: bool = False  # nothing lies before
    last: bool = False  # nothing comes after


def told(bundle: Bundle, t: float, now: ChainPosition) -> Tale:
    """The tale of the bundle's followed chain at t."""
    alpha = t if not now.on_bead else float(bundle.times[now.bead])
    blend, last = _pair(bundle, now, alpha), now.bead == len(bundle.times) - 1
    first = now.bead == 0 and now.on_bead and not now.deblended
    if first:
        return Tale("The chain starts at x₀, a sample of the source.", None, DEBLEND, True)
    if blend is None:
        return Tale(_given_up(bundle), None, DEBLEND, False, last)
    onwards = BLEND if now.deblended else DEBLEND
    return Tale(_sentence(bundle, now, alpha, last), blend, onwards, False, last)


def _sentence(bundle: Bundle, now: ChainPosition, alpha: float, last: bool) -> str:
    if last:
        return "Blended at α = 1: the point has arrived at x₁, a sample of the target."
    if not now.on_bead:
        drawn = written(float(bundle.times[now.bead]))
        return (
            f"Blending: the pair drawn at α = {drawn} is blended on, now at α = {written(alpha)}."
        )
    if not now.deblended:
        return (
            f"Blended at α = {written(alpha)}: the same pair with a larger α, so the point has "
            "moved along its segment."
        )
    if now.bead == 0:
        return (
            "Deblended at α = 0: x₀ is the point itself, and x₁ was drawn freely from the target."
        )
    return (
        f"Deblended at α = {written(alpha)}: of all pairs that blend into this very point, one "
        "was drawn."
    )


def _pair(bundle: Bundle, now: ChainPosition, alpha: float) -> Blend | None:
    """The pair that the chain is on; None before the first, and where the chain gave up."""
    chain = chain_of(bundle)
    if chain is None or now.pair is None:
        return None
    followed = min(chain.followed, chain.x0.shape[1] - 1)
    ends = chain.x0[now.pair, followed], chain.x1[now.pair, followed]
    if not np.isfinite(ends).all():
        return None
    (a, b), (c, d) = (end.tolist() for end in ends)
    return Blend(alpha, (a, b), (c, d))


def _given_up(bundle: Bundle) -> str:
    """Why the followed chain ends early."""
    chain = chain_of(bundle)
    assert chain is not None
    beads = np.asarray(bundle.points[:, min(chain.followed, bundle.count - 1)])
    reached = np.flatnonzero(np.isfinite(beads).all(1))
    where = written(float(bundle.times[reached[-1]])) if len(reached) else "0"
    return (
        f"This chain gave up at α = {where}: no proposal was accepted. Follow another one, or "
        "deblend from the exact posterior."
    )


def written(alpha: float) -> str:
    """A value of α in three figures."""
    return f"{alpha:.3g}"
