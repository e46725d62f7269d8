"""The flow without walls, reflected, and exact, side by side, and lines that cross a wall."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.estimates import to_error, to_percent
from flowlab.core.reflected.flow_results import (
    LINES,
    PANES,
    REFLECTED,
    FlowPane,
    StraightLines,
    WallFlow,
    wall_flow_of,
)
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.reflected.walls import extent

LINE, END = 1.6, 2.6  # width of a line and radius of its ends, logical pixels


def paint_lines(painter: QPainter, stage: Stage) -> None:
    """Layer: some straight lines that cross a wall, with their ends."""
    bundle = stage.frame.bundle
    if bundle is None or bundle.method != LINES or not len(bundle.pairs):
        return
    ends = stage.pixels(bundle.pairs.reshape(-1, 2)).reshape(-1, 2, 2)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(stage.theme.warn, 0.85, LINE))
    painter.drawPath(path_of(ends))
    painter.setPen(Qt.PenStyle.NoPen)
    for places, colour in zip(ends.swapaxes(0, 1), _ends(stage.theme), strict=True):
        _dots(painter, places, colour)
    painter.restore()


def _ends(theme: Theme) -> tuple[Colour, Colour]:
    return theme.source, theme.target


def _dots(painter: QPainter, places: Floats, colour: Colour) -> None:
    painter.setBrush(rgba(colour))
    for x, y in places.tolist():
        painter.drawEllipse(QPointF(x, y), END, END)


def _is_tiled(frame: Frame) -> bool:
    return wall_flow_of(frame.bundle) is not None


def _flows(frame: Frame) -> WallFlow:
    flows = wall_flow_of(frame.bundle)
    assert flows is not None
    return flows


def _pictures(frame: Frame) -> list[Picture]:
    flows = _flows(frame)
    return [
        Picture(
            frame=replace(
                _frame(frame, pane, _before(frame, pane.kind)), legend=frame.legend and k == 0
            ),
            title=PANES[pane.kind],
            lines=lines_of(flows, pane, frame.t),
            dot=colour_of(frame.theme, pane.kind),
        )
        for k, pane in enumerate(flows.panes)
    ]


def _frame(frame: Frame, pane: FlowPane, before: Bundle | None) -> Frame:
    """The frame of a pane; lines are drawn where they cross a wall, not of the first particles."""
    alone_ = alone(frame, pane.bundle, before)
    return alone_.with_view(show_paths=False) if pane.kind == LINES else alone_


def lines_of(flows: WallFlow, pane: FlowPane, t: float) -> list[str]:
    """What is beyond the walls, and how far the particles end from the target."""
    now = f"{100 * pane.outside_at(t):.1f} % outside"
    if pane.kind == LINES and flows.lines is not None:
        return [now, _crossing(flows.lines)]
    steps = "turned" if pane.kind == REFLECTED else "leave"
    return [f"{now} · {100 * pane.left:.1f} % of steps {steps}", _distance(flows, pane)]


def _crossing(lines: StraightLines) -> str:
    return f"{to_percent(lines.crossing, lines.crossing.error or None)} of all lines cross a wall"


def _distance(flows: WallFlow, pane: FlowPane) -> str:
    if pane.w2 is None:
        return "W₂ at t = 1: …" if flows.fresh is None else "particles have left the plane"
    return f"W₂ at t = 1: {to_error(pane.w2, pane.w2.error)}"


def _before(frame: Frame, kind: str) -> Bundle | None:
    old = wall_flow_of(frame.blend_from)
    pane = None if old is None else old.pane(kind)
    return None if pane is None else pane.bundle


def _reach(frame: Frame) -> Extent:
    reach = extent(_flows(frame))
    assert reach is not None
    return reach


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def colour_of(theme: Theme, kind: str) -> Colour:
    """The colour of a pane: what leaks has that of warnings."""
    known = {"lines": theme.dim, "free": theme.warn, "reflected": theme.learned}
    return {**known, "exact": theme.exact}[kind]
