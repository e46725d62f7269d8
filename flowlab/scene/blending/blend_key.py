"""The key of the (de)blending views: what their lines and marks mean, above the legend."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.blending.results import chain_of, outlines_of
from flowlab.scene.base.colours import moving
from flowlab.scene.base.image_cache import paint_cached
from flowlab.scene.base.stage import Stage, enlarged, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.blending.blend_marks import PIECES
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.legend import EDGE, GAP, LINE, Legend, height_of
from flowlab.scene.layers.error_map import flow_error_of
from flowlab.scene.particles.particle_colours import meaning

TALLEST = 170.0  # px of all its lines
STROKE = 26.0  # px, length of a line's sample
Mark = Callable[["Key"], None]
Entry = tuple[Mark, str]


class Key(Legend):
    """Rows of entries that grow upwards from the legend."""

    def __init__(self, painter: QPainter, stage: Stage) -> None:
        super().__init__(painter, stage)
        self.to(self.base - LINE - height_of(painter, stage))

    def write(self, entries: list[Entry]) -> None:
        """Write all entries, on as many rows as their width needs, the first row at the top."""
        room = self.stage.width - 2 * EDGE
        rows: list[list[Entry]] = [[]]
        used = 0.0
        for mark, text in entries:
            across = STROKE + 7.0 + self.metrics.horizontalAdvance(text) + GAP
            if rows[-1] and used + across - GAP > room:
                rows.append([])
                used = 0.0
            rows[-1].append((mark, text))
            used += across
        self.to(self.base - LINE * (len(rows) - 1))
        for row in rows:
            for mark, text in row:
                mark(self)
                self.x += STROKE + 7.0
                self.text(text)
            self.to(self.base + LINE)

    # marks, each in a box STROKE wide, centred on its row

    def stroke(self, colour: Colour, width: float, alpha: float = 1.0) -> None:
        """Draw a line."""
        self._piece(0.0, 1.0, colour, width, alpha)

    def halves(self, width: float, alpha: float = 1.0) -> None:
        """Draw a pair: an amber and a blue half with their end points."""
        theme = self.stage.theme
        self._piece(0.0, 0.5, theme.source, width, alpha)
        self._piece(0.5, 1.0, theme.target, width, alpha)
        for share, colour in ((0.0, theme.source), (1.0, theme.target)):
            self.point(share, colour, 1.2 + 0.7 * width, alpha)

    def shades(self, width: float, alpha: float = 1.0) -> None:
        """Draw a line with the colours from t = 0 to t = 1."""
        for k in range(PIECES):
            colour = moving(self.stage.theme, (k + 0.5) / PIECES)
            self._piece(k / PIECES, (k + 1) / PIECES, colour, width, alpha)

    def point(self, share: float, colour: Colour, radius: float, alpha: float = 1.0) -> None:
        """Draw a dot at `share` of the box's width."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(rgba(colour, alpha))
        at = QPointF(self.x + radius + share * (STROKE - 2 * radius), self.middle)
        self.painter.drawEllipse(at, radius, radius)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)

    def ring(self, share: float, colour: Colour, radius: float, width: float) -> None:
        """Draw a hollow dot at `share` of the box's width."""
        self.painter.setPen(self.stage.pen(colour, 1.0, width))
        self.painter.setBrush(rgba(self.stage.theme.canvas))
        self.painter.drawEllipse(QPointF(self.x + share * STROKE, self.middle), radius, radius)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)

    def _piece(self, a: float, b: float, colour: Colour, width: float, alpha: float) -> None:
        self.painter.setPen(self.stage.pen(colour, alpha, width))
        y, x = self.middle, self.x
        self.painter.drawLine(QPointF(x + a * STROKE, y), QPointF(x + b * STROKE, y))


def paint_chain_key(painter: QPainter, stage: Stage) -> None:
    """Layer: the key of the view of chains."""
    _write(painter, stage, chain_entries(stage))


def paint_blend_key(painter: QPainter, stage: Stage) -> None:
    """Layer: the key of the view of blending."""
    _write(painter, stage, blend_entries(stage))


def paint_mapping_key(painter: QPainter, stage: Stage) -> None:
    """Layer: the key of the view of the mapping."""
    _write(painter, stage, mapping_entries(stage))


def chain_entries(stage: Stage) -> list[Entry]:
    """Entries for the followed chain and what is shown with it."""
    bundle, blending, theme = stage.frame.bundle, stage.frame.document.blending, stage.theme
    chain = chain_of(bundle)
    if bundle is None or chain is None:
        return []
    steps = len(bundle.times) - 1
    entries: list[Entry] = [
        (_string, f"chain of {steps} step{'s' * (steps > 1)}"),
        (lambda key: key.halves(2.4), "its pair"),
    ]
    if blending.show_others and chain.others.size:
        entries.append((lambda key: key.halves(1.0, 0.6), "other pairs"))
    thin = _thin(stage, bundle.points.shape[1], chain.fan.shape[1] if chain.fan.size else 0)
    if thin:
        entries.append((lambda key: key.shades(1.0, 0.8), thin))
    if blending.show_flow and bundle.exact is not None:
        entries.append((_exact, "exact ODE"))
    if chain.outlines:
        entries.append((_support, "support"))
    if chain.unfinished:
        lost = f"{chain.unfinished:,} chain{'s' * (chain.unfinished > 1)} without a next pair"
        entries.append((lambda key: key.ring(0.5, theme.warn, 3.4, 1.8), lost))
    return entries


def _thin(stage: Stage, chains: int, fan: int) -> str:
    """Name what the thin strings are: the fan, chains from other starts, or both."""
    view = stage.view
    others = min(view.highlighted, chains - 1) if view.show_paths else 0
    if not fan:
        return f"{others} other chains" if others > 0 else ""
    return f"{fan} from its start" + (f", {others} others" if others > 0 else "")


def blend_entries(stage: Stage) -> list[Entry]:
    """Entries for the pairs with their blends, and the support."""
    bundle = stage.frame.bundle
    entries: list[Entry] = []
    if bundle is not None and len(bundle.pairs):
        entries.append((_pairs, "random pairs (x₀, x₁), each with its blend"))
    if outlines_of(bundle):
        entries.append((_support, "support"))
    return entries


def mapping_entries(stage: Stage) -> list[Entry]:
    """Entries that name the flow the lines belong to."""
    bundle, entries = stage.frame.bundle, list[Entry]()
    if bundle is None or not stage.frame.document.blending.pairs:
        return entries
    if stage.frame.exact or (flow_error_of(stage) is not None and bundle.exact is not None):
        entries.append((lambda key: _exact(key, 1.0), "where the exact flow carries x₀"))
    if not stage.frame.exact:
        flow = "learned" if bundle.step else "untrained"
        entries.append((_learned, f"where the {flow} flow carries x₀"))
    return entries


def _string(key: Key) -> None:
    key.shades(2.4)
    for share in (0.0, 0.5, 1.0):
        key.point(share, moving(key.stage.theme, share), 3.2)


def _pairs(key: Key) -> None:
    _line(key)
    key.point(0.5, key.stage.theme.particle, 3.6)


def _line(key: Key) -> None:
    key.shades(1.4)
    key.point(0.0, key.stage.theme.source, 2.6)
    key.point(1.0, key.stage.theme.target, 2.6)


def _learned(key: Key) -> None:
    if meaning(key.stage) in ("start", "class"):
        key.stroke(key.stage.theme.text, 1.4, 0.7)
    else:
        _line(key)


def _support(key: Key) -> None:
    colour = key.stage.theme.particle
    key.painter.setPen(key.stage.pen(colour, 1.0, 1.6))
    key.painter.setBrush(rgba(colour, 0.12))
    key.painter.drawRect(QRectF(key.x + 5, key.middle - 5, STROKE - 10, 10))
    key.painter.setBrush(Qt.BrushStyle.NoBrush)


def _exact(key: Key, place: float = 0.5) -> None:
    green = key.stage.theme.exact
    key.stroke(green, 2.2)
    key.ring(place, green, 3.4, 1.8)


def _write(painter: QPainter, stage: Stage, entries: list[Entry]) -> None:
    """Write all entries, from a cached image because they don't change with t."""
    if not stage.frame.legend or not entries:
        return

    def draw(painter: QPainter) -> None:
        with enlarged(painter, stage) as words:
            painter.setFont(small_font())
            Key(painter, words).write(entries)

    with enlarged(painter, stage) as words:
        above = height_of(painter, words)
    box = np.array([[0.0, stage.height - TALLEST], [stage.width, stage.height]])
    key = tuple(text for _, text in entries), meaning(stage), above
    painter.save()
    paint_cached(painter, stage, "key", key, (box, 0.0), draw)
    painter.restore()
