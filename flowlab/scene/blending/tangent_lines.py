"""A tangent field as arrows or as streamlines."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Bools, Complexes, Floats
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.core.distributions.bilinear import read
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.blending.tangent_lattice import Lattice, lattice_over
from flowlab.scene.blending.tangent_slice import Slice, slice_of
from flowlab.scene.blending.tangent_speeds import ROUND, top_speed, typical_speed
from flowlab.scene.layers.streamlines import paint_firmer_downstream, staggered, traced

SPACING = 26.0  # smallest distance between arrows, logical pixels
LONGEST, TYPICAL = 1.7, 0.85  # longest arrow of the top and of the median speed, in spacings
SEEDS = 36.0  # distance between the seeds of streamlines
REACH = 38.0  # length of a streamline, each way from its seed
STEPS = 4  # of the midpoint rule, each way
SHOWN = 0.2  # opacity from which a cell has an arrow, and a streamline continues
PARTS = (0.4, 0.75), (0.9, 1.3)  # opacities and widths of the parts of a streamline
BARB, HEAD = 7.0, 9.0  # pixels: longest arrow head; the piece at a streamline's end
MOST = 4000  # greatest number of seeds


def field_colour(stage: Stage) -> Colour:
    """Green for the exact field, violet for the learned one, neutral for the averaged one."""
    theme = stage.theme
    return {"exact": theme.exact, "learned": theme.learned}.get(
        stage.frame.document.blending.field, theme.particle
    )


def arrow_time(stage: Stage, tangents: Tangents) -> float:
    """A round step of alpha, in which the flow moves about as far as an arrow is long."""
    across = SPACING / stage.frame.camera.scale(stage.height)
    pitch = float(tangents.estimate.xs[1] - tangents.estimate.xs[0])
    speed = max(top_speed(tangents) / LONGEST, typical_speed(tangents) / TYPICAL)
    longest = max(across, pitch) / speed
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(m * power for m in ROUND if m * power <= longest * 1.001))


def arrows(stage: Stage, field: Slice, step: float) -> Floats:
    """Tails and tips (n, 2, 2) in the plane of D times `step`, in the middle of every k-th cell."""
    spacing = SPACING / stage.frame.camera.scale(stage.height)
    k = max(1, int(np.ceil(spacing / max(field.pitch) - 1e-6)))
    lattice = (slice(k // 2, None, k), slice(k // 2, None, k))
    x, y = np.meshgrid(field.xs[lattice[1]], field.ys[lattice[0]])
    visible = (field.good & (field.cover > SHOWN))[lattice]
    middle = np.stack([x, y], axis=-1)[visible]
    way = np.float32(0.5 * step) * field.values[lattice][visible]
    return np.stack([middle - way, middle + way], axis=1)


def paint_arrows(painter: QPainter, stage: Stage) -> None:
    """Layer: arrows as long as the flow's way in a round step of alpha, which the legend names."""
    field, bundle = slice_of(stage), stage.frame.bundle
    tangents = tangents_of(bundle)
    if field is None or tangents is None:
        return
    moved = np.array(plane_offset(stage.view, bundle, stage.frame.t), np.float32)
    ends = stage.pixels(arrows(stage, field, arrow_time(stage, tangents)) + moved)
    draw_arrows(painter, stage, ends[:, 0], ends[:, 1], field_colour(stage))


def draw_arrows(
    painter: QPainter,
    stage: Stage,
    tail: Floats,
    tip: Floats,
    colour: Colour,
    *,
    filled: bool | None = None,
) -> None:
    """Draw arrows between pixels tail and tip (n, 2); on the screen their heads are lines only.

    Heads of lines take a fifth of the time of filled ones.
    """
    if filled is None:
        filled = not stage.live
    way = tip - tail
    length = np.maximum(np.sqrt((way * way).sum(axis=1, keepdims=True)), 1e-6)
    along = way / length
    across = along[:, ::-1] * np.array([-1, 1], np.float32)
    head = np.minimum(0.45 * length, BARB)
    neck = tip - along * head
    left, right = neck + across * head * 0.42, neck - across * head * 0.42
    painter.setPen(stage.pen(colour, 0.95, 1.0 if stage.live else 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not filled:
        painter.drawPath(path_of(np.stack([tail, tip, left, right, tip], axis=1)))
        return
    painter.drawPath(path_of(np.stack([tail, neck], axis=1)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(path_of(np.stack([tip, left, right], axis=1), closed=True), rgba(colour, 0.95))


def paint_streamlines(painter: QPainter, stage: Stage) -> None:
    """Layer: pieces of streamlines, firmer downstream and with a head at their end."""
    field, bundle = slice_of(stage), stage.frame.bundle
    lattice = None if field is None else lattice_over(stage, field, SEEDS, MOST)
    if field is None or lattice is None:
        return
    moved = np.array(plane_offset(stage.view, bundle, stage.frame.t), np.float32)
    reach = REACH / stage.frame.camera.scale(stage.height)
    lines = stage.pixels(streamlines(field, shaken(lattice), reach) + moved)
    colour = field_colour(stage)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    paint_firmer_downstream(painter, stage, lines, colour, *PARTS)
    draw_arrows(painter, stage, *_last_pieces(lines), colour)


def streamlines(field: Slice, seeds: Floats, reach: float) -> Floats:
    """Lines (n, 2 STEPS + 1, 2) in the plane through the seeds, about `reach` long each way.

    Computed by the midpoint rule on the unit field; NaN from where they leave the drawn cells.
    """
    pitch = np.array(field.pitch, np.float32)
    low = np.array([field.xs[0], field.ys[0]], np.float32)
    drawn = field.good & (field.cover > SHOWN)
    start = ((seeds - low) / pitch).T  # from here on in units of cells
    start = start[:, _inside(drawn, start)]
    u, v = field.values[..., 0], field.values[..., 1]
    way = reach / STEPS / np.sqrt(np.maximum(u * u + v * v, np.float32(1e-24)))
    steps = np.empty(u.shape, np.complex64)
    steps.real, steps.imag = u * way / pitch[0], v * way / pitch[1]

    lines = traced(partial(_step, steps), start, STEPS, partial(_inside, drawn))
    return lines.transpose(2, 0, 1) * pitch + low


def shaken(lattice: Lattice) -> Floats:
    """Places (n, 2) of a staggered lattice with jitter; panning doesn't change them."""
    column = lattice.left + np.arange(lattice.columns)
    row = lattice.top - np.arange(lattice.rows)
    places = staggered(column, row, jitter=0.55) + 0.5
    return (places.reshape(-1, 2) * lattice.pitch).astype(np.float32)


def _inside(drawn: Bools, x: Floats) -> Bools:
    """True for places (2, n), in cells, that lie in a drawn cell."""
    rows, columns = drawn.shape
    i, j = np.rint(x).astype(np.intp)
    off = (i < 0) | (i >= columns) | (j < 0) | (j >= rows)
    inside: Bools = drawn.reshape(-1).take(np.where(off, 0, j * columns + i))
    return inside & ~off


def _step(steps: Complexes, x: Floats) -> Floats:
    """Steps (2, n) at places (2, n), bilinear between the complex steps (H, W) of the cells."""
    step = read(steps, x[0], x[1])
    return np.stack([step.real, step.imag])


def _last_pieces(lines: Floats) -> tuple[Floats, Floats]:
    """Tails and tips (m, 2) of the last HEAD pixels of each line."""
    good = np.isfinite(lines[..., 0])
    last = lines.shape[1] - 1 - good[:, ::-1].argmax(axis=1)
    each = np.arange(len(lines))
    tip = lines[each, last]
    way = tip - lines[each, np.maximum(last - 1, 0)]
    length = np.sqrt((way * way).sum(axis=1, keepdims=True))
    long = length[:, 0] > 0.5
    return tip[long] - HEAD * way[long] / length[long], tip[long]
