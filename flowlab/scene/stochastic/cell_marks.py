"""The cell of the continuity equation: its square, and arrows for what flows through its sides."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPolygonF

from flowlab.core.array_types import Floats
from flowlab.core.stochastic.cell import CellFlow
from flowlab.core.stochastic.curves import characteristics_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.ground import small_font

ARROWS = 5  # on each side
REACH = 0.42  # length of the longest arrow at any t, as a share of the side
LONGEST, TIP, GRIP = 64.0, 5.0, 3.5  # logical pixels: an arrow, its head, half a corner's handle
ROOMY = 64.0  # side in pixels from which figures are written
GAP = 6.0  # from a side to its figure
NORMALS = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)], float)  # left, right, bottom, top


def paint_cell(painter: QPainter, stage: Stage) -> None:
    """Layer: the newest cell with its flow, and the handles of the one that a person drags.

    While it is dragged the cell follows them by as much as its flow takes to compute.
    """
    settings = stage.frame.document.stochastic
    found = characteristics_of(stage.frame.bundle)
    if not settings.show_cell or found is None or found.unknown:
        return
    painter.save()
    wanted, flow = (settings.cell_x, settings.cell_y, settings.cell_size), found.cell
    held = _box(stage, *wanted)
    box = held if flow is None else _box(stage, flow.x, flow.y, flow.size)
    painter.setBrush(rgba(stage.theme.wall, 0.10))
    painter.setPen(stage.pen(stage.theme.wall, 1.0, 1.8))
    painter.drawRect(box)
    painter.setBrush(rgba(stage.theme.wall))
    painter.setPen(Qt.PenStyle.NoPen)
    for corner in (held.topLeft(), held.topRight(), held.bottomLeft(), held.bottomRight()):
        painter.drawRect(QRectF(corner.x() - GRIP, corner.y() - GRIP, 2 * GRIP, 2 * GRIP))
    if flow is not None:
        ink = stage.theme.exact if found.exact else stage.theme.learned
        _arrows(painter, stage, flow, box.width(), ink)
        if box.width() >= ROOMY * stage.frame.words:
            _figures(painter, stage, flow, box)
    painter.restore()


def _box(stage: Stage, x: float, y: float, size: float) -> QRectF:
    half = size / 2
    corners = stage.pixels(np.array([(x - half, y + half), (x + half, y - half)]))
    (left, top), (right, bottom) = corners.tolist()
    return QRectF(left, top, right - left, bottom - top)


def _arrows(painter: QPainter, stage: Stage, flow: CellFlow, side: float, ink: Colour) -> None:
    """An arrow at some places of each side, as long as the flux density there is large."""
    scale = _scale(stage, flow, side)
    places = (np.arange(ARROWS) + 0.5) / ARROWS * 2 - 1
    for which, densities in enumerate(flow.profile_at(stage.frame.t)):
        values = np.interp(places, flow.nodes, densities)
        roots = stage.pixels(_roots(flow, which, places))
        outward = NORMALS[which] * (1, -1)  # pixels run downwards
        for root, value in zip(roots, values.tolist(), strict=True):
            _arrow(painter, stage, root, outward * value * scale, ink)


def _scale(stage: Stage, flow: CellFlow, side: float) -> float:
    """Pixels of an arrow for each unit of flux density, the same at all times."""
    strongest = flow.strongest
    return min(REACH * side, LONGEST * stage.frame.words) / strongest if strongest else 0.0


def _roots(flow: CellFlow, which: int, places: Floats) -> Floats:
    """Places (ARROWS, 2) in the plane on one side."""
    normal = NORMALS[which]
    along = np.abs(normal[::-1])
    centre = np.array([flow.x, flow.y]) + normal * flow.size / 2
    found: Floats = centre + places[:, None] * along * flow.size / 2
    return found


def _arrow(painter: QPainter, stage: Stage, root: Floats, vector: Floats, ink: Colour) -> None:
    """One arrow that begins on the side, outwards or inwards."""
    length = float(np.hypot(*vector))
    if not math.isfinite(length) or length < 1.0:
        return
    along = vector / length
    across = np.array([-along[1], along[0]])
    head = min(TIP * stage.frame.words, length)
    end, neck = root + vector, root + vector - along * head
    for colour, width in ((stage.theme.canvas, 5.0), (ink, 2.4)):  # set off from particles
        painter.setPen(stage.pen(colour, 1.0, width))
        painter.drawLine(QPointF(*root), QPointF(*neck))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(ink))
    wings = (neck + 0.7 * head * across, neck - 0.7 * head * across)
    painter.drawPolygon(QPolygonF([QPointF(*place) for place in (end, *wings)]))


def _figures(painter: QPainter, stage: Stage, flow: CellFlow, box: QRectF) -> None:
    """The mass in the middle, and beyond each side what flows in or out through it."""
    balance, middle = flow.at(stage.frame.t), box.center()
    scale = _scale(stage, flow, box.width())
    outward = flow.profile_at(stage.frame.t).max(1) * scale
    left, right, below, above = (max(GAP, GAP + length) for length in outward.tolist())
    spots = (
        (QPointF(box.left() - left, middle.y()), 1.0, 0.5),
        (QPointF(box.right() + right, middle.y()), 0.0, 0.5),
        (QPointF(middle.x(), box.bottom() + below), 0.5, 0.0),
        (QPointF(middle.x(), box.top() - above), 0.5, 1.0),
    )
    for (spot, share, up), inflow in zip(spots, balance.inflow, strict=True):
        _write(painter, stage, inflow_words(inflow), spot, share, up)
    _write(painter, stage, f"mass {balance.mass:.3f}", middle, 0.5, 0.5)


def inflow_words(inflow: float) -> str:
    """An inflow in words: "0.12 in" or "0.12 out"."""
    if not math.isfinite(inflow):
        return "–"
    return f"{abs(inflow):.3f} {'in' if inflow >= 0 else 'out'}"


def _write(
    painter: QPainter, stage: Stage, words: str, spot: QPointF, left: float, up: float
) -> None:
    """Words on a ground of their own; `left` and `up` are the shares of them before the spot."""
    zoom, metrics = stage.frame.words, QFontMetricsF(small_font())
    wide, high = metrics.horizontalAdvance(words) + 8, metrics.height() + 2
    painter.save()
    painter.translate(spot)
    painter.scale(zoom, zoom)
    ground = QRectF(-left * wide, -up * high, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(stage.theme.panel, 0.85))
    painter.drawRoundedRect(ground, 4.0, 4.0)
    painter.setPen(rgba(stage.theme.text))
    painter.setFont(small_font())
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)
    painter.restore()
