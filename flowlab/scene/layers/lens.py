"""The lens: pairs that could have blended into a point, and their mean velocity as an arrow."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from flowlab.core.array_types import Floats
from flowlab.core.estimates import error_of, to_percent
from flowlab.core.views.lens import NONE_FOUND, LensAnswer
from flowlab.scene.base.layout import drift
from flowlab.scene.base.lines import path_of, segments_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.layers.error_map import flow_error_of

RIM = 15.0  # logical pixels
DOT = 2.3
DIMMED = 0.45  # opacity of the flow behind the pairs
AHEAD = 0.22  # length of the arrows, in units of t
SHORTEST = 26.0  # pixels; shorter arrows can't be read


def paint_lens(painter: QPainter, stage: Stage) -> None:
    """Layer: paths of the pairs, their ends, mean and spread, the exact and the learned arrow."""
    answer = stage.frame.lens
    if answer is None:
        return
    if len(answer.paths):
        picture = QRectF(0, 0, stage.width, stage.height)
        painter.fillRect(picture, rgba(stage.theme.canvas, DIMMED))
    here = _here(stage, answer)
    if len(answer.paths):
        _paint_ways(painter, stage, answer, here)
        _paint_means(painter, stage, answer, here)
    _paint_arrows(painter, stage, answer, here)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(stage.theme.text, 0.95, 1.6))
    painter.drawEllipse(QPointF(*here), RIM, RIM)


def lens_place(stage: Stage) -> tuple[float, float] | None:
    """The pixel of the lens; None without one."""
    answer = stage.frame.lens
    if answer is None:
        return None
    x, y = _here(stage, answer).tolist()
    return x, y


def _here(stage: Stage, answer: LensAnswer) -> Floats:
    query = answer.query
    here: Floats = _placed(stage, np.array([[query.x, query.y]], np.float32), query.t)[0]
    return here


def _placed(stage: Stage, xy: Floats, t: float) -> Floats:
    """Pixels of points (n, 2) at time t, in the view's layout."""
    placed: Floats = stage.pixels(stage.frame.placed(xy, None, t)).astype(float)
    return placed


def _paint_ways(painter: QPainter, stage: Stage, answer: LensAnswer, here: Floats) -> None:
    """Draw each pair: amber up to the point, blue from there on, with a dot at each end."""
    times = np.linspace(0.0, 1.0, answer.paths.shape[1])
    lines = np.stack(
        [_placed(stage, answer.paths[:, k], float(s)) for k, s in enumerate(times)], axis=1
    )
    cut = int(np.searchsorted(times, answer.query.t, side="right"))
    through = np.broadcast_to(here, (len(lines), 1, 2))
    before = np.concatenate([lines[:, :cut], through], axis=1)
    after = np.concatenate([through, lines[:, cut:]], axis=1)
    for halves, colour, ends in (
        (before, stage.theme.source, lines[:, 0]),
        (after, stage.theme.target, lines[:, -1]),
    ):
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(stage.pen(colour, 0.38, 1.0))
        painter.drawLines(segments_of(halves))  # four times as fast as one path
        pen = QPen(rgba(colour, 0.95), 2 * DOT)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints([QPointF(x, y) for x, y in ends.tolist()])


def _paint_means(painter: QPainter, stage: Stage, answer: LensAnswer, here: Floats) -> None:
    """Draw the mean start and end of the pairs, each with an ellipse of one standard deviation."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ends = ((answer.mean0, answer.cov0, 0.0), (answer.mean1, answer.cov1, 1.0))
    for mean, cov, t in ends:
        if mean is None:
            continue
        centre = _placed(stage, mean[None].astype(np.float32), t)[0]
        painter.setPen(stage.pen(stage.theme.exact, 0.8, 2.0))
        painter.drawLine(QPointF(*here), QPointF(*centre))
        if cov is not None:
            painter.setPen(stage.pen(stage.theme.exact, 0.9, 1.6))
            _ellipse(painter, centre, cov, stage.frame.camera.scale(stage.height))


def _ellipse(painter: QPainter, centre: Floats, cov: Floats, scale: float) -> None:
    """Draw the points one standard deviation from the centre, in pixels."""
    sizes, axes = np.linalg.eigh(cov)
    radii = scale * np.sqrt(np.maximum(sizes, 0))
    painter.save()
    painter.translate(QPointF(*centre))
    painter.rotate(-float(np.degrees(np.arctan2(axes[1, 0], axes[0, 0]))))  # y runs down in pixels
    painter.drawEllipse(QPointF(0, 0), *radii.tolist())
    painter.restore()


def _paint_arrows(painter: QPainter, stage: Stage, answer: LensAnswer, here: Floats) -> None:
    scale = stage.frame.camera.scale(stage.height)
    added = np.array([drift(stage.view, stage.frame.bundle), 0.0])  # as the pairs' lines have
    exact, learned = (None if v is None else v + added for v in (answer.exact, answer.learned))
    known = [v for v in (exact, learned) if v is not None]
    longest = max((float(np.hypot(*v)) for v in known), default=0.0) * scale * AHEAD
    if longest <= 0:
        return
    scale *= AHEAD * max(1.0, (SHORTEST + RIM) / longest)
    for v, colour, width in (
        (exact, stage.theme.exact, 4.6),
        (learned, stage.theme.learned, 2.6),
    ):
        if v is not None:
            _arrow(painter, stage, here, here + scale * v * (1, -1), colour, width)


def _arrow(
    painter: QPainter, stage: Stage, tail: Floats, tip: Floats, colour: Colour, width: float
) -> None:
    along = tip - tail
    length = float(np.hypot(*along))
    if length < 1:
        return
    along = along / length
    across = np.array([-along[1], along[0]])
    barb = min(6.0 + 1.6 * width, 0.6 * length)
    neck = tip - along * barb
    head = np.stack([tip, neck + across * 0.45 * barb, neck - across * 0.45 * barb])
    painter.setPen(stage.pen(colour, 1.0, width))
    painter.drawLine(QPointF(*tail), QPointF(*(neck + along)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(path_of(head[None], closed=True), rgba(colour))


def lens_lines(stage: Stage) -> list[tuple[str, Colour]]:
    """The lens's results in words, with the colour of each line; empty without a lens."""
    answer, theme = stage.frame.lens, stage.theme
    if answer is None:
        return []
    query = answer.query
    lines = [(f"Lens at ({query.x:.2f}, {query.y:.2f}), t = {query.t:.2f}", theme.text)]
    if len(answer.paths):
        lines.append((_count(answer), theme.dim))
    if answer.density is not None and answer.mass is not None:
        lines.append((_density(answer, answer.density, answer.mass), theme.dim))
    if answer.exact is not None:
        lines.append((f"Mean of the pairs  v = {_vector(answer.exact)}", theme.exact))
    if answer.learned is not None:
        words = "Learned" if answer.step else "Untrained"
        lines.append((f"{words}  v = {_vector(answer.learned)}", theme.learned))
    if answer.angle is not None and answer.error is not None:
        lines.append(
            (f"{answer.angle:.1f}° apart, error {to_percent(answer.error, None, 2)}", theme.text)
        )
    if answer.note and (flow_error_of(stage) is None or answer.exact is None):
        lines.append((answer.note, theme.dim))
    return lines


def _count(answer: LensAnswer) -> str:
    """Which pairs are shown."""
    if answer.reach > 1:
        return f"{len(answer.paths)} pairs that pass nearest, {answer.inside} inside the rim"
    return f"{len(answer.paths)} of {answer.drawn} pairs that pass here"


def _density(answer: LensAnswer, density: float, mass: float) -> str:
    """p_t, and how much passes within the rim: exactly, or of the drawn pairs."""
    if not answer.pool:
        return f"pₜ = {density:.2g}, {_share(mass)} inside the rim"
    found = f"of {answer.pool:,} drawn pairs"
    if not answer.inside:
        fewer = f"fewer than 1 in {answer.pool / NONE_FOUND:,.0f}"
        return f"pₜ < {answer.density_error:.1g}: none {found} inside the rim, {fewer} (95 %)"
    error = f"{density:.2g} ± {answer.density_error:.1g}"
    return f"pₜ = {error}, {answer.inside:,} {found} inside the rim"


def _share(mass: float) -> str:
    return f"{to_percent(mass, error_of(mass), 2)} of the mass"


def _vector(v: Floats) -> str:
    return f"({v[0]:.2f}, {v[1]:.2f})"
