"""The transition density by both sums, the tones of the walls, and likelihoods, as maps."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.reflected.heat_results import (
    METHODS,
    HeatMaps,
    Tones,
    WallLikelihood,
    heat_maps_of,
    tones_of,
    wall_likelihood_of,
)
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.maps import MapPane, Maps, Sheet, sheet_once

RANGE = 12  # of log p, below its largest value, that the colours show
RING = 5.0  # radius of the mark of x0, logical pixels


def _is_heat(frame: Frame) -> bool:
    return heat_maps_of(frame.bundle) is not None


def heat_sheet(frame: Frame) -> Sheet:
    """The maps at the noise level nearest to the frame's t."""
    maps = heat_maps_of(frame.bundle)
    assert maps is not None
    k = maps.at(frame.t)
    return sheet_once(frame, k, lambda: _heat_sheet(maps, k, frame.theme))


def _heat_sheet(maps: HeatMaps, k: int, theme: Theme) -> Sheet:
    top = max(float(np.nanmax(maps.maps["best"][k])), 1e-30)
    panes = [
        MapPane(
            title=title,
            lines=lines_of(maps, name, k),
            dot=_dot(theme, name),
            xs=maps.xs,
            ys=maps.ys,
            values=maps.maps[name][k],
            low=0.0,
            high=top,
        )
        for name, title in METHODS.items()
    ]
    return Sheet(panes=panes, low=f"σ = {maps.sigmas[k]:.3g}, density  ≤ 0", high=f"≥ {top:.3g}")


def lines_of(maps: HeatMaps, name: str, k: int) -> tuple[str, ...]:
    """How many terms a map has, and how far it is off."""
    count = int(maps.terms[name][k])
    if name == "best":
        taken = "images" if maps.sigmas[k] < maps.switch else "harmonics"
        return (f"by {taken}", f"good to {share(float(maps.doubt[k]))} of the peak")
    word = "image" if name == "images" else "harmonic"
    terms = f"{count:,} {word}{'' if count == 1 else 's'}"
    lowest = float(np.nanmin(maps.maps[name][k]))
    below = f", down to {lowest:.2g}".replace("-", "−") if lowest < -1e-3 * _peak(maps, k) else ""
    return (f"{terms}{below}", f"off by {share(float(maps.errors[name][k]))} of the peak")


def _peak(maps: HeatMaps, k: int) -> float:
    return float(np.nanmax(maps.maps["best"][k]))


def share(value: float) -> str:
    """A share of the peak in words, with one digit that counts."""
    if value < 1e-12:
        return "less than 10⁻¹²"
    if value >= 0.1:
        return f"{100 * value:.0f} %"
    return f"{100 * value:.1g} %" if value >= 1e-4 else f"{value:.0e}".replace("-", "−")


def _dot(theme: Theme, name: str) -> Colour:
    return {"images": theme.source, "harmonics": theme.target, "best": theme.exact}[name]


HEAT = Maps(is_tiled=_is_heat, sheet_of=heat_sheet)


def _is_tones(frame: Frame) -> bool:
    return tones_of(frame.bundle) is not None


def tone_sheet(frame: Frame) -> Sheet:
    """The eigenfunctions of a frame, on one scale."""
    tones = tones_of(frame.bundle)
    assert tones is not None
    return sheet_once(frame, 0, lambda: _tone_sheet(tones, frame.theme))


def _tone_sheet(tones: Tones, theme: Theme) -> Sheet:
    top = max(float(np.nanmax(np.abs(tones.values))), 1e-30)
    panes = [
        MapPane(
            title=f"Tone {number}",
            lines=(f"λ = {eigenvalue:.4g}",),
            dot=theme.exact,
            xs=tones.xs,
            ys=tones.ys,
            values=values,
            low=-top,
            high=top,
            diverging=True,
        )
        for number, eigenvalue, values in zip(
            tones.numbers, tones.eigenvalues.tolist(), tones.values, strict=True
        )
    ]
    return Sheet(panes=panes, low=f"−{top:.2g}", high=f"+{top:.2g}")


TONES = Maps(is_tiled=_is_tones, sheet_of=tone_sheet)


def _is_likelihood(frame: Frame) -> bool:
    return wall_likelihood_of(frame.bundle) is not None


def likelihood_sheet(frame: Frame) -> Sheet:
    """log p by the flow beside that of the density."""
    known = wall_likelihood_of(frame.bundle)
    assert known is not None
    return sheet_once(frame, 0, lambda: _likelihood_sheet(known, frame.theme))


def _likelihood_sheet(known: WallLikelihood, theme: Theme) -> Sheet:
    finite = known.truth[np.isfinite(known.truth)]
    high = float(np.ceil(2 * finite.max()) / 2) if finite.size else 0.0
    panes = [
        MapPane(
            title=title,
            lines=lines,
            dot=dot,
            xs=known.xs,
            ys=known.ys,
            values=np.where(np.isfinite(values), values, np.nan),
            low=high - RANGE,
            high=high,
        )
        for title, lines, dot, values in (
            ("By the flow", (f"its mass: {known.mass:.4f}",), theme.text, known.logs),
            ("The density", ("of the data, blurred by σ₀",), theme.exact, known.truth),
        )
    ]
    low = f"log p, nats per unit area  ≤ {high - RANGE:zg}".replace("-", "−")
    return Sheet(panes=panes, low=low, high=f"≥ {high:zg}".replace("-", "−"))


LIKELIHOOD = Maps(is_tiled=_is_likelihood, sheet_of=likelihood_sheet)


def paint_point(painter: QPainter, stage: Stage) -> None:
    """Layer: a ring around x0."""
    settings = stage.frame.document.reflected
    point = np.array([[settings.start_x, settings.start_y]], np.float32)
    x, y = stage.pixels(point)[0].tolist()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((stage.theme.canvas, 4.0), (stage.theme.text, 2.0)):
        painter.setPen(stage.pen(colour, 0.9, width))
        painter.drawEllipse(QPointF(x, y), RING, RING)
