"""The velocity at one time, as arrows or streamlines."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.distributions.bilinear import read
from flowlab.core.views.bundle import FieldFrames
from flowlab.scene.base.layout import drift, plane_offset
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.layers.error_map import flow_error_of
from flowlab.scene.layers.streamlines import paint_firmer_downstream, staggered, traced

SPACING = 32.0  # distance between arrows, logical pixels
STREAM_SPACING = 21.0
STREAM_STEPS = 6  # integration steps each way from a seed
STREAM_PARTS = (0.25, 0.49, 0.73, 0.97), (0.6, 1.05, 1.5, 1.95)  # opacities and widths of its parts
STREAM_REACH = 19.0  # longest half of a streamline, pixels


def paint_arrows(painter: QPainter, stage: Stage) -> None:
    """Layer: arrows on a lattice fixed to the plane, as long as the velocity up to a limit.

    Side by side, they point where particles move in the picture: the layout moves them, too.
    """
    field = _field_of(stage, "arrows")
    if field is None:
        return
    seeds, moved = _seeds(stage, SPACING)
    added = added_velocity(stage)
    velocity = (sample(field, seeds, stage.frame.t) + added) * np.array([1, -1], np.float32)
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    good = speed > 1e-9  # False also where it is blank
    velocity, speed = velocity[good], speed[good]
    base = stage.pixels(seeds[good] + moved)
    length = 0.92 * SPACING * np.minimum(speed / _typical_with(field, added), 1.0)
    draw_arrows(painter, stage, base, velocity / speed[:, None], length, field_colour(stage))


def draw_arrows(
    painter: QPainter, stage: Stage, base: Floats, along: Floats, length: Floats, colour: Colour
) -> None:
    """Draw arrows about pixels (n, 2), along unit vectors (n, 2), as long as lengths (n,)."""
    length = length[:, None]
    across = along[:, ::-1] * np.array([-1, 1], np.float32)
    tip = base + along * length * 0.5
    tail = base - along * length * 0.5
    barb = np.minimum(0.45 * length, 7.0)
    neck = tip - along * barb
    heads = np.stack([tip, neck + across * barb * 0.42, neck - across * barb * 0.42], axis=1)
    painter.setPen(stage.pen(colour, 0.9, 1.0 if stage.live else 1.2))
    painter.drawPath(path_of(np.stack([tail, neck], axis=1)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(path_of(heads, closed=True), rgba(colour, 0.95))


def paint_streamlines(painter: QPainter, stage: Stage) -> None:
    """Layer: short streamlines from an even lattice of seeds, growing firmer downstream."""
    field = _field_of(stage, "streamlines")
    if field is None:
        return
    lines = streamlines(field, stage.frame.t, *_seeds(stage, STREAM_SPACING, 0.7), stage)
    paint_firmer_downstream(painter, stage, lines, field_colour(stage), *STREAM_PARTS)


def streamlines(field: FieldFrames, t: float, seeds: Floats, moved: Floats, stage: Stage) -> Floats:
    """Lines (n, 2 STREAM_STEPS + 1, 2) of pixels through the seeds, by the midpoint rule.

    Each half grows with the speed up to STREAM_REACH; lines end where the field is blank.
    """
    added = added_velocity(stage)
    values, typical = field.at(t) + added, _typical_with(field, added)
    seeds = seeds[np.isfinite(interpolate(field, values, seeds)[:, 0])]
    reach = STREAM_REACH / stage.frame.camera.scale(stage.height)
    h = np.float32(reach / STREAM_STEPS / typical)

    def step(x: Floats) -> Floats:
        v = interpolate(field, values, x)
        speed = np.hypot(v[:, 0], v[:, 1])[:, None]
        return v * (h * typical / np.maximum(speed, typical))

    points = np.moveaxis(traced(step, seeds, STREAM_STEPS), 0, 1)
    return stage.pixels(points + moved)


def sample(field: FieldFrames, xy: Floats, t: float) -> Floats:
    """Velocity (n, 2) at points (n, 2) and time t; NaN off the lattice and where it is blank."""
    return interpolate(field, field.at(t), xy)


def interpolate(field: FieldFrames, values: Floats, xy: Floats) -> Floats:
    """Bilinear value (n, 2) of `values` (H, W, 2) on the field's lattice; NaN off it."""
    dx, dy = field.xs[1] - field.xs[0], field.ys[1] - field.ys[0]
    x, y = (xy[:, 0] - field.xs[0]) / dx, (xy[:, 1] - field.ys[0]) / dy
    rows, columns = values.shape[:2]
    inside = (x >= 0) & (x <= columns - 1) & (y >= 0) & (y <= rows - 1)
    result = read(values, np.where(inside, x, 0), np.where(inside, y, 0))
    result[~inside] = np.nan
    return result


def added_velocity(stage: Stage) -> Floats:
    """What the layout adds to velocities, (2,); errors are differences, and it cancels in them."""
    shift = drift(stage.view, stage.frame.bundle) if flow_error_of(stage) is None else 0.0
    return np.array([shift, 0.0], np.float32)


def field_colour(stage: Stage) -> Colour:
    """Green for the exact field, violet for the learned one, `warn` for the difference."""
    if stage.frame.exact:
        return stage.theme.exact
    return stage.theme.learned if flow_error_of(stage) is None else stage.theme.warn


def _field_of(stage: Stage, kind: str) -> FieldFrames | None:
    bundle = stage.frame.bundle
    if bundle is None or stage.view.field != kind:
        return None
    gap = flow_error_of(stage)
    return bundle.field if gap is None else gap.frames


def _seeds(stage: Stage, spacing: float, jitter: float = 0.0) -> tuple[Floats, Floats]:
    """A staggered lattice (n, 2) on the field's plane, unchanged by panning, and its offset."""
    frame = stage.frame
    moved = np.array(plane_offset(frame.view, frame.bundle, frame.t), np.float32)
    step = spacing / frame.camera.scale(stage.height)
    x0, x1, y0, y1 = frame.camera.visible(stage.width, stage.height)
    columns = np.arange(np.floor((x0 - moved[0]) / step), np.ceil((x1 - moved[0]) / step) + 1)
    rows = np.arange(np.floor((y0 - moved[1]) / step), np.ceil((y1 - moved[1]) / step) + 1)
    seeds = staggered(columns, rows, jitter)
    return (seeds.reshape(-1, 2) * step).astype(np.float32), moved


def _typical_with(field: FieldFrames, added: Floats) -> float:
    return float(np.hypot(_typical(field), added[0]))


@memoise
def _typical(field: FieldFrames) -> float:
    """A speed near the field's largest at any time: one scale for the whole animation."""
    speed = np.hypot(field.values[..., 0], field.values[..., 1])
    finite = speed[np.isfinite(speed)]
    return max(float(np.quantile(finite, 0.8)), 1e-9) if len(finite) else 1.0
