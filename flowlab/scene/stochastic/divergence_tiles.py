"""Maps of the divergence or the curl at t: learned, exact, and their difference."""

from __future__ import annotations

from functools import lru_cache

from flowlab.core.estimates import Estimate, to_error
from flowlab.core.stochastic.derivative_results import (
    DIFFERENCE,
    EXACT,
    LEARNED,
    TITLES,
    derivatives_of,
)
from flowlab.core.stochastic.settings import DERIVATIVES
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.style import Theme
from flowlab.scene.furniture.maps import MapPane, Maps, Sheet


def _is_tiled(frame: Frame) -> bool:
    return derivatives_of(frame.bundle) is not None


def sheet_of(frame: Frame) -> Sheet:
    """The maps of a frame at its t."""
    derivatives = derivatives_of(frame.bundle)
    assert derivatives is not None
    assert frame.bundle is not None
    quantity = frame.document.stochastic.derivative
    return _sheet(frame.bundle, quantity, derivatives.nearest(frame.t), frame.theme)


PICTURES = Maps(is_tiled=_is_tiled, sheet_of=sheet_of)


@lru_cache(maxsize=8)
def _sheet(bundle: Bundle, quantity: str, k: int, theme: Theme) -> Sheet:
    derivatives = derivatives_of(bundle)
    assert derivatives is not None
    scale = _scales(bundle)[quantity]
    panes = [
        MapPane(
            title="Untrained network" if which == LEARNED and bundle.step == 0 else TITLES[which],
            lines=_lines(derivatives.rms[which, quantity][k], float(derivatives.times[k])),
            dot={LEARNED: theme.learned, EXACT: theme.exact, DIFFERENCE: theme.warn}[which],
            xs=derivatives.xs,
            ys=derivatives.ys,
            values=derivatives.maps[which, quantity][k],
            low=-scale,
            high=scale,
            diverging=True,
        )
        for which in derivatives.shown(quantity)
    ]
    low = f"{DERIVATIVES[quantity].lower()}, per unit of t  ≤ −{scale:g}"
    return Sheet(panes=panes, low=low, high=f"≥ {scale:g}")


@memoise
def _scales(bundle: Bundle) -> dict[str, float]:
    derivatives = derivatives_of(bundle)
    assert derivatives is not None
    return {quantity: derivatives.scale(quantity) for quantity in DERIVATIVES}


def _lines(rms: Estimate | None, t: float) -> tuple[str, ...]:
    at = f"at t = {t:.3f}".rstrip("0").rstrip(".")
    return (at,) if rms is None else (at, f"rms {to_error(rms, rms.error)}")
