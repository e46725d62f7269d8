"""Scores learned in several ways as arrows or as maps of their errors, and densities of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.score_results import ENERGY, EXACT, WAYS, ScoreFits, fits_of
from flowlab.core.diffusion.settings import ERROR
from flowlab.core.estimates import to_percent
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.diffusion.arrows import draw_typical
from flowlab.scene.furniture.maps import MapPane, Maps, Sheet, sheet_once

TITLES = {EXACT: "Exact score", **WAYS}
FULL = 1.0  # share of the exact score's size at which the colours of errors end
EQUATIONS = {  # of the losses, for F = sigma s
    EXACT: "s = ∇ log p(x; σ)",
    "implicit": "½|F|² + σ ∇·F",
    "sliced": "½(v·F)² + σ vᵀ∇F v",
    "denoising": "½|F + z|²",
    "conditioned": "½|F + z|²",
    ENERGY: "½|F + z|², F = σ ∇f",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class ScorePane(MapPane):
    """A density, or a blank map, below the arrows of a score."""

    places: Floats  # (n, 2)
    vectors: Floats  # (n, 2), of typical length 1
    spacing: float


def extent(extra: object) -> Extent | None:
    """The box of all arrows; None for what has none."""
    if not isinstance(extra, ScoreFits):
        return None
    (x0, y0), (x1, y1) = extra.places.min(0).tolist(), extra.places.max(0).tolist()
    return x0 - extra.spacing, x1 + extra.spacing, y0 - extra.spacing, y1 + extra.spacing


def _is_tiled(frame: Frame) -> bool:
    return fits_of(frame.bundle) is not None


def sheet_of(frame: Frame) -> Sheet:
    """The pictures of a frame after the number of steps nearest to its t."""
    fits = fits_of(frame.bundle)
    assert fits is not None
    k, errors = fits.nearest(frame.t), frame.document.diffusion.scores_as == ERROR
    make = _errors if errors else _arrows
    return sheet_once(frame, 2 * k + errors, lambda: make(fits, k, frame.theme))


PICTURES = Maps(is_tiled=_is_tiled, sheet_of=sheet_of)


def _arrows(fits: ScoreFits, k: int, theme: Theme) -> Sheet:
    top = float(fits.density.max())
    panes = [
        ScorePane(
            title=title,
            lines=lines_of(fits, name, k),
            dot=colour_of(theme, name),
            xs=fits.xs,
            ys=fits.ys,
            values=_density(fits, name, k),
            low=0.0,
            high=top,
            places=fits.places,
            vectors=(fits.exact if name == EXACT else fits.fits[name].arrows[k]) / fits.size,
            spacing=fits.spacing,
        )
        for name, title in TITLES.items()
    ]
    return Sheet(panes=panes, low="density p(x; σ), exp(f)/Z  0", high=f"≥ {top:.2g}")


def _density(fits: ScoreFits, name: str, k: int) -> Floats:
    """The density of the data or of an energy network; blank for scores that have none."""
    known = {EXACT: fits.density, ENERGY: fits.energy.maps[k]}
    return known.get(name, np.full_like(fits.density, np.nan))


def _errors(fits: ScoreFits, k: int, theme: Theme) -> Sheet:
    top = FULL * fits.size
    panes = [
        MapPane(
            title=title,
            lines=lines_of(fits, name, k),
            dot=colour_of(theme, name),
            xs=fits.xs,
            ys=fits.ys,
            values=fits.fits[name].error[k],
            low=0.0,
            high=top,
        )
        for name, title in WAYS.items()
    ]
    return Sheet(
        panes=panes, low="|s − ∇ log p(x; σ)|, learned minus exact  0", high=f"≥ {top:.2g}"
    )


def lines_of(fits: ScoreFits, name: str, k: int) -> tuple[str, ...]:
    """What a network minimises, and how far its score is off after the k-th number of steps."""
    if name == EXACT:
        return (f"σ = {fits.sigma:.3g}", EQUATIONS[name])
    error = fits.fits[name].relative[k]
    levels = f", σ to {fits.sigmas[1]:.3g}" if name == "conditioned" else ""
    done = f"{fits.step(float(fits.times[k])):,} of {fits.steps:,} steps"
    return (EQUATIONS[name] + levels, done, f"off by {to_percent(error, error.error)}")


def colour_of(theme: Theme, name: str) -> Colour:
    """The colour of a way, in pictures and panels."""
    return getattr(theme, INKS[name])


INKS = {
    EXACT: "exact",
    "implicit": "source",
    "sliced": "warn",
    "denoising": "learned",
    "conditioned": "target",
    ENERGY: "particle",
}


def paint_score(painter: QPainter, stage: Stage) -> None:
    """Layer: the arrows of one score."""
    pane = None if stage.frame.bundle is None else stage.frame.bundle.extra
    if not isinstance(pane, ScorePane):
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_typical(painter, stage, pane.places, pane.vectors, pane.spacing, pane.dot)
    painter.restore()
