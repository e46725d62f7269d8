"""One step of a reverse process: its mean, its noise, and where the walls let it end, as arrows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from flowlab.core.array_types import Floats
from flowlab.core.reflected.results import PARTS, SlowSteps, slow_steps_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.legend import Entry
from flowlab.scene.layers.paths import emphasised

HEAD, WING = 9.0, 4.0  # length and half width of an arrow's head, logical pixels
START, END = 5.0, 5.5  # radii
SHOWN = 12  # particles with arrows


def paint_step(painter: QPainter, stage: Stage) -> None:
    """Layer: the present step of a few particles, as far as it has gone."""
    steps = slow_steps_of(stage.frame.bundle)
    if steps is None or not steps.begins.shape[1]:
        return
    painter.save()
    for index in chosen(stage, steps):
        _paint(painter, stage, steps, index)
    painter.restore()


def chosen(stage: Stage, steps: SlowSteps) -> list[int]:
    """The particles whose step is drawn: those that are pointed at, else the first few."""
    bold = emphasised(stage.frame)
    count = min(max(1, stage.view.highlighted), SHOWN, steps.begins.shape[1])
    return bold or list(range(count))


def _paint(painter: QPainter, stage: Stage, steps: SlowSteps, index: int) -> None:
    _, share = steps.step_at(stage.frame.t)
    done = np.clip(PARTS * share - np.arange(PARTS), 0.0, 1.0)
    for move in _moves(stage, steps, index):
        _arrow(painter, stage, *move.ends, done[move.part], move.colour, dashed=move.dashed)
    x, kept = _at(stage, steps, index, steps.begins, steps.ends)
    _dot(painter, stage, x, stage.theme.text, START)
    if done[-1] >= 1:
        _dot(painter, stage, kept, stage.theme.exact, END)


@dataclass(frozen=True)
class _Move:
    """One arrow of a step, in pixels."""

    name: str
    ends: tuple[Floats, Floats]
    part: int  # of the step
    colour: Colour
    dashed: bool = False


def _moves(stage: Stage, steps: SlowSteps, index: int) -> list[_Move]:
    """The arrows of a particle's step at t."""
    theme = stage.theme
    parts = steps.begins, steps.predicted, steps.means, steps.free, steps.ends
    x, predicted, mean, free, kept = _at(stage, steps, index, *parts)
    made = [_Move("mean", (x, mean), 0, theme.learned)]
    if not np.allclose(predicted, mean, atol=0.5):
        made = [
            _Move("predicted mean", (x, predicted), 0, theme.dim),
            _Move("thresholded", (predicted, mean), 0, theme.warn),
        ]
    made.append(_Move("noise", (mean, free), 1, theme.source, dashed=True))
    if not np.allclose(free, kept, atol=0.5):
        made.append(_Move("what the walls do", (free, kept), 2, theme.exact))
    return made


def _at(stage: Stage, steps: SlowSteps, index: int, *parts: Floats) -> list[Floats]:
    """Pixels of a particle's places in its step at t."""
    k, _ = steps.step_at(stage.frame.t)
    return [stage.pixels(part[k, index][None])[0] for part in parts]


def entries(stage: Stage) -> list[Entry]:
    """What the arrows of the picture are, for its legend."""
    steps = slow_steps_of(stage.frame.bundle)
    if steps is None or not steps.begins.shape[1]:
        return []
    moves = [move for index in chosen(stage, steps) for move in _moves(stage, steps, index)]
    return [Entry(name, colour) for name, colour in {m.name: m.colour for m in moves}.items()]


def _arrow(
    painter: QPainter,
    stage: Stage,
    a: Floats,
    b: Floats,
    share: float,
    colour: Colour,
    *,
    dashed: bool = False,
) -> None:
    """An arrow from a towards b (2,), as far as it has gone, with a head once it is whole."""
    if share <= 0:
        return
    tip, length = a + share * (b - a), float(np.hypot(*(b - a)))
    pen = stage.pen(colour, 1.0, 2.4)
    if dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawLine(QPointF(*a.tolist()), QPointF(*tip.tolist()))
    if share < 1 or length < HEAD:
        return
    along = (b - a) / length
    across = np.array([-along[1], along[0]])
    path = QPainterPath(QPointF(*b.tolist()))
    for side in (1, -1):
        path.lineTo(QPointF(*(b - HEAD * along + side * WING * across).tolist()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(path, rgba(colour))


def _dot(painter: QPainter, stage: Stage, at: Floats, colour: Colour, radius: float) -> None:
    painter.setPen(stage.pen(stage.theme.canvas, 0.9, 1.2))
    painter.setBrush(rgba(colour))
    painter.drawEllipse(QPointF(*at.tolist()), radius, radius)
