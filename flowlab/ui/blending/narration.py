"""The narration of the followed chain: its last operation, as a sentence and as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.blending.results import chain_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.blending.chain_state import ChainPosition
from flowlab.ui.room.equation import Blend

DEBLEND, BLEND = "Deblend", "Blend"


@dataclass(frozen=True)
class Narration:
    """A sentence, the pair whose numbers the equation shows, and the next operation."""

    sentence: str
    blend: Blend | None
    onwards: str = DEBLEND  # the operation of the next step
    first: bool = False  # True at the start of the chain
    last: bool = False  # True at its end


def narration(bundle: Bundle, t: float, now: ChainPosition) -> Narration:
    """Narrate the last operation of the bundle's followed chain at t."""
    alpha = t if not now.on_bead else float(bundle.times[now.bead])
    blend, last = _pair(bundle, now, alpha), now.bead == len(bundle.times) - 1
    first = now.bead == 0 and now.on_bead and not now.deblended
    if first:
        return Narration("The chain starts at x₀, a sample of the source.", None, DEBLEND, True)
    if blend is None:
        return Narration(_given_up(bundle), None, DEBLEND, False, last)
    onwards = BLEND if now.deblended else DEBLEND
    return Narration(_sentence(bundle, now, alpha, last), blend, onwards, False, last)


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
    """The pair of the chain; None before the first pair, and where the chain gave up."""
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
    """The reason why the followed chain ends early."""
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
    """A value of α with three significant digits."""
    return f"{alpha:.3g}"
