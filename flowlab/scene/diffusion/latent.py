"""A latent model on a line: its prior, its posterior and q as bells, and log p = ELBO + KL."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.latent import LatentBound
from flowlab.core.diffusion.latent_picture import is_latent, pictured
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.limits import Invalid
from flowlab.core.estimates import plain
from flowlab.scene.base.box import Box
from flowlab.scene.base.colours import over
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, enlarged, rgba
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.diffusion.waterfall import Bar, paint_bars
from flowlab.scene.furniture.caption import placed
from flowlab.scene.furniture.ground import grid_step
from flowlab.scene.furniture.legend import LINE
from flowlab.scene.furniture.time_axes import MINUS, rect, title_font

EDGE, LEFT, HEAD, FOOT, TICKS = 18.0, 52.0, 44.0, 34.0, 44.0  # free space around
SUMS = 0.34, 270.0, 400.0  # width of the bars: share of the canvas, least and most
NARROW = 700.0  # pixels below which the bars lie below the bells
REACH = 6.5  # of z, on both sides
ROOM = 1.12  # factor on the highest bell
FINE = 320  # points of a bell's line
GRIP, HELD = 6.0, 8.0  # radius of what can be dragged


@dataclass(frozen=True)
class BellAxes:
    """Where z and densities lie on the canvas."""

    plot: Box
    sums: Box
    top: float  # density at the upper edge

    @staticmethod
    def of(width: float, height: float, found: LatentBound, caption: str) -> BellAxes:
        """The axes on a canvas of this size, above a caption."""
        top = ROOM * max(float(found.q.max()), float(found.posterior.max()), 0.45)
        lines, _ = placed(caption, width - 2 * EDGE, 0.0)
        deep = height - FOOT - LINE * max(0, len(lines) - 1)
        if width < NARROW:
            cut = 0.52 * deep
            plot = Box(LEFT, HEAD, width - LEFT - EDGE, max(40.0, cut - HEAD - TICKS))
            return BellAxes(plot, Box(EDGE, cut + 6, width - 2 * EDGE, deep - cut), top)
        share, least, most = SUMS
        beside = min(max(share * width, least), most)
        plot = Box(LEFT, HEAD, width - LEFT - beside - 3 * EDGE, max(40.0, deep - HEAD - TICKS))
        return BellAxes(plot, Box(width - beside - EDGE, HEAD + 10, beside, deep - HEAD - 14), top)

    def x(self, z: float | Doubles) -> Doubles:
        """The pixel across of z."""
        place: Doubles = np.asarray(self.plot.x + self.plot.width * (z + REACH) / (2 * REACH))
        return place

    def y(self, density: float | Doubles) -> Doubles:
        """The pixel down of a density."""
        share = np.asarray(density) / self.top
        place: Doubles = np.asarray(self.plot.y + self.plot.height * (1 - share))
        return place

    def z(self, px: float) -> float:
        """The z of a pixel across."""
        return REACH * (2 * (px - self.plot.x) / self.plot.width - 1)


@dataclass(frozen=True)
class Grips:
    """What is shown as `Frame.room_state`: the grip of q below the mouse, "top" or "flank"."""

    over: str | None = None


def grips_of(settings: Diffusion, axes: BellAxes) -> dict[str, tuple[float, float]]:
    """The pixels of q's top, and of its flanks a standard deviation away."""
    mean, deviation = settings.q_mean, settings.q_deviation
    high = 1 / (deviation * math.sqrt(2 * math.pi))
    flank = high * math.exp(-0.5)
    places = {
        "top": (mean, high),
        "right": (mean + deviation, flank),
        "left": (mean - deviation, flank),
    }
    return {name: (float(axes.x(z)), float(axes.y(p))) for name, (z, p) in places.items()}


def paint_latent(painter: QPainter, stage: Stage) -> None:
    """Layer: everything, of the settings as they are now, so that a drag is followed at once."""
    settings = stage.frame.document.diffusion
    if not is_latent(stage.frame.bundle):
        return
    try:
        found = pictured(settings)
    except Invalid:  # the plan says why
        return
    painter.save()
    with enlarged(painter, stage) as words:
        painter.setFont(title_font())
        axes = BellAxes.of(words.width, words.height, found, words.frame.caption)
        _paint_scale(painter, words, axes)
        _paint_bells(painter, words, axes, found)
        _paint_grips(painter, words, axes, settings)
        _paint_key(painter, words, axes, settings)
        paint_bars(painter, words, axes.sums, bars_of(found, words.theme))
    painter.restore()


def nearest(_frame: Frame, _px: float, _py: float, _width: float, _height: float) -> None:
    """No particle: there are none."""


def _paint_scale(painter: QPainter, stage: Stage, axes: BellAxes) -> None:
    """Lines at round values of z and of densities, with their numbers."""
    metrics, plot = QFontMetricsF(painter.font()), axes.plot
    foot, line = plot.y + plot.height, stage.pen(over(stage.theme, stage.theme.line, 0.8))
    for z in range(-6, 7, 2 if plot.width > 300 else 3):
        x, text = float(axes.x(float(z))), str(z).replace("-", MINUS)
        painter.setPen(line)
        painter.drawLine(QLineF(x, plot.y, x, foot))
        painter.setPen(rgba(stage.theme.dim))
        painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, foot + 18), text)
    step = grid_step(46 * axes.top / plot.height)
    for k in range(math.floor(axes.top / step) + 1):
        y, text = float(axes.y(k * step)), f"{k * step:g}"
        painter.setPen(line)
        painter.drawLine(QLineF(plot.x, y, plot.x + plot.width, y))
        painter.setPen(rgba(stage.theme.dim))
        left = plot.x - 8 - metrics.horizontalAdvance(text)
        painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)
    painter.setPen(rgba(stage.theme.text))
    painter.drawText(QPointF(plot.x + plot.width / 2 - 3, foot + 35), "z")
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(stage.theme.dim, 0.8))
    painter.drawRect(rect(plot))


def _paint_bells(painter: QPainter, stage: Stage, axes: BellAxes, found: LatentBound) -> None:
    """Prior, posterior and q, each a line over a lighter ground."""
    z = np.linspace(-REACH, REACH, FINE)
    painter.setClipRect(rect(axes.plot))
    for name in ("prior", "posterior", "q"):
        values = np.interp(z, found.z, getattr(found, name))
        line = np.stack([axes.x(z), axes.y(values)], 1).astype(np.float32)
        ground = np.concatenate([line, [[line[-1, 0], axes.y(0.0)], [line[0, 0], axes.y(0.0)]]])
        colour = colour_of(stage.theme, name)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(rgba(colour, 0.14 if name == "prior" else 0.24))
        painter.drawPath(path_of(ground[None].astype(np.float32)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(stage.pen(colour, 1.0, 2.4))
        painter.drawPath(path_of(line[None]))
    painter.setClipping(False)


def _paint_grips(painter: QPainter, stage: Stage, axes: BellAxes, settings: Diffusion) -> None:
    """Dots where q can be dragged; none in files."""
    if not stage.live:
        return
    state = stage.frame.room_state
    over = state.over if isinstance(state, Grips) else None
    for name, (x, y) in grips_of(settings, axes).items():
        held = over == ("top" if name == "top" else "flank")
        radius = HELD if held else GRIP
        painter.setPen(stage.pen(stage.theme.canvas, 1.0, 1.5))
        painter.setBrush(rgba(stage.theme.text if held else colour_of(stage.theme, "q")))
        painter.drawEllipse(QPointF(x, y), radius, radius)


def _paint_key(painter: QPainter, stage: Stage, axes: BellAxes, settings: Diffusion) -> None:
    """Which bell is which, above them."""
    metrics, x, base = QFontMetricsF(painter.font()), axes.plot.x, axes.plot.y - 12
    names = (
        ("prior", "prior p(z)"),
        ("posterior", f"posterior p(z | x = {shown(settings.latent_x)})"),
        ("q", "q(z)"),
    )
    for name, text in names:
        painter.setPen(stage.pen(colour_of(stage.theme, name), 1.0, 2.4))
        painter.drawLine(QLineF(x, base - 4, x + 20, base - 4))
        painter.setPen(rgba(stage.theme.text))
        painter.drawText(QPointF(x + 26, base), text)
        x += 26 + metrics.horizontalAdvance(text) + 18


def bars_of(found: LatentBound, theme: Theme) -> list[Bar]:
    """The parts of log p(x), each beginning where the last one ended, and log p(x) itself."""
    rows = (
        ("E log p(x | z) under q", found.reconstruction, "reconstruction", 0.0, True),
        ("−KL(q ‖ prior)", -found.rate, "prior", found.reconstruction, True),
        ("ELBO", found.elbo, "elbo", 0.0, True),
        ("KL(q ‖ posterior)", found.gap, "gap", found.elbo, True),
        ("log p(x)", found.log_evidence, "posterior", 0.0, False),
    )
    return [
        Bar(
            title=title,
            value=shown(value, 4),
            start=start,
            end=start + value,
            colour=colour_of(theme, name),
            leads=leads,
        )
        for title, value, name, start, leads in rows
    ]


def shown(value: float, digits: int = 3) -> str:
    """A number in words, a zero of rounding as 0."""
    return "0" if abs(value) < 1e-12 else plain(value, digits).replace("-", MINUS)


def colour_of(theme: Theme, name: str) -> Colour:
    """The colour of a bell or bar, in pictures and panels."""
    return getattr(theme, INKS[name])


INKS = {
    "prior": "source",
    "posterior": "exact",
    "q": "learned",
    "reconstruction": "target",
    "elbo": "learned",
    "gap": "warn",
}
