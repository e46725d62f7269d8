"""Learned against exact: a map of the velocity's error, and how far each particle is off."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from flowlab.core.array_types import Bytes, Floats
from flowlab.core.estimates import to_error
from flowlab.core.views.bundle import FlowError
from flowlab.scene.base.colours import mix
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour, Theme

LEVELS = 255
# from small errors to large ones; with `warn` in between, each step further from the ground
RAMPS: dict[str, tuple[Colour, Colour]] = {
    "dark": ((96, 20, 44), (255, 226, 182)),
    "light": ((244, 178, 158), (84, 4, 26)),
}
FULL = 0.5  # error, as a share of the rms exact speed, that gets the full colour
STRONGEST = 0.9  # alpha of the full colour
FIRM = 1.6  # how fast a small error becomes firm
PLENTY = 0.25  # share of the largest density below which the colour fades
DIMMED = {True: 0.68, False: 0.6}  # how much of the flow behind the map is covered, dark and light
DOT = 1.5
FOLLOWED = 150  # number of particles whose two positions are joined


def flow_error_of(stage: Stage) -> FlowError | None:
    """The flow error, if the view shows it and it is known."""
    bundle = stage.frame.bundle
    return bundle.flow_error if bundle is not None and stage.view.shows == "difference" else None


def paint_error_map(painter: QPainter, stage: Stage) -> None:
    """Layer: |v - v*| at t, over the rms exact speed, fading where p_t is small."""
    gap = flow_error_of(stage)
    if gap is None:
        return
    frames = gap.frames
    values = frames.at(stage.frame.t)
    share = np.hypot(values[..., 0], values[..., 1]) / max(gap.speed, 1e-9)
    image = error_image(share[::-1], stage.theme, gap.weight_at(stage.frame.t)[::-1])
    dx, dy = plane_offset(stage.view, stage.frame.bundle, stage.frame.t)
    half = 0.5 * float(frames.xs[1] - frames.xs[0])
    low = np.array([frames.xs[0] - half + dx, frames.ys[-1] + half + dy], np.float32)
    high = np.array([frames.xs[-1] + half + dx, frames.ys[0] - half + dy], np.float32)
    (x0, y0), (x1, y1) = stage.pixels(np.stack([low, high])).tolist()
    painter.save()
    painter.setClipRect(QRectF(0, 0, stage.width, stage.height))
    dimmed = rgba(stage.theme.canvas, DIMMED[stage.theme.dark])
    painter.fillRect(QRectF(0, 0, stage.width, stage.height), dimmed)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(x0, y0, x1 - x0, y1 - y0), image)
    painter.restore()


def error_image(share: Floats, theme: Theme, weight: Floats | None = None) -> QImage:
    """Pixels of errors (H, W), row 0 at the top, growing as the square root; NaN is clear.

    With a density `weight`, they fade where there is little mass, in the same colour.
    """
    level = np.sqrt(np.clip(np.nan_to_num(share) / FULL, 0.0, 1.0))
    cover = STRONGEST * np.minimum(FIRM * level, 1.0)
    if weight is not None:
        cover *= np.clip(weight / PLENTY, 0.0, 1.0)
    colours = _ramp(theme)[np.rint(LEVELS * level).astype(np.intp)]
    channels = np.rint(colours * cover[..., None]).astype(np.uint8)
    height, width = share.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(channels.data, width, height, 4 * width, form).copy()


@lru_cache(maxsize=2)
def _ramp(theme: Theme) -> Bytes:
    """Opaque pixels (LEVELS + 1, 4) from the least to the largest errors."""
    low, high = RAMPS[theme.name]
    shares = np.linspace(0.0, 2.0, LEVELS + 1).tolist()
    colours = [mix(low, theme.warn, s) if s <= 1 else mix(theme.warn, high, s - 1) for s in shares]
    return np.array([(*colour[::-1], 255) for colour in colours], np.uint8)


def paint_strays(painter: QPainter, stage: Stage) -> None:
    """Layer: lines from the particles' positions in the exact flow to those in the learned flow."""
    bundle = stage.frame.bundle
    if flow_error_of(stage) is None or bundle is None or bundle.exact is None:
        return
    count = min(FOLLOWED, bundle.points.shape[1])
    parts = stage.scratch.cached("strays", (bundle, count), lambda: _parts(stage, count))
    here, true = (
        stage.pixels(stage.frame.placed(positions.at(stage.frame.t), None, stage.frame.t))
        for positions in parts
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(stage.theme.exact, 0.95, 1.0 if stage.live else 1.5))
    painter.drawPath(path_of(np.stack([true, here], axis=1)))
    pen = QPen(rgba(stage.theme.exact, 0.95), 2 * DOT)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPoints([QPointF(x, y) for x, y in true[np.isfinite(true).all(1)].tolist()])


def error_lines(stage: Stage) -> list[tuple[str, Colour]]:
    """The errors at t in words, each line with its colour; empty if the view doesn't show them."""
    gap, bundle, theme = flow_error_of(stage), stage.frame.bundle, stage.theme
    if gap is None or bundle is None:
        return []
    velocity, places = gap.at(stage.frame.t)
    off = _share(places, gap.places_error_at(stage.frame.t))
    return [
        (f"Learned against exact, t = {stage.frame.t:.2f}", theme.text),
        (f"velocity off by {_share(velocity)} of its rms speed", theme.warn),
        (f"particles off by {off} of the shapes' radius", theme.exact),
        (bundle.exact_note, theme.dim),
    ]


def _share(share: float, error: float | None = None) -> str:
    if not np.isfinite(share):
        return "an unknown share"
    if not error:
        return f"{100 * share:.1f} %"
    return f"{to_error(100 * share, 100 * error)} %"


def _parts(stage: Stage, count: int) -> tuple[Any, Any]:
    bundle = stage.frame.bundle
    assert bundle is not None
    assert bundle.exact is not None
    index = np.arange(count)
    return bundle.select(index), bundle.exact.select(index)
