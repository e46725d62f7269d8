"""The pair that a chain is on, and others that could have been drawn in its place."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.image_cache import paint_kept
from flowlab.scene.base.stage import Stage
from flowlab.scene.blending.blend_labels import Labels
from flowlab.scene.blending.blend_marks import rimmed, rings, specks, through
from flowlab.scene.blending.chain_state import ChainPosition, Told

END, POINT = 5.0, 6.0  # radii of the pair's ends and of the blended point, logical pixels
SEGMENT = 2.6  # width of the line between them
SIZE = 14  # of the labels' type
FAINT, DOT = 0.42, 2.0  # of the other pairs: opacity, and radius of their ends
MANY = 40  # of them have their lines drawn, too
SWIFT, FEW = 32, 12  # lines where there are more beads than that, which soon are passed
LASTING = 64  # beads whose other pairs are seen in one run of t
LEFT = 0.45  # share of that which is left of them when the next bead is reached


def paint_others(painter: QPainter, stage: Stage, about: Told, now: ChainPosition) -> None:
    """Pairs that could have been drawn at the bead, all through it; they fade on the way."""
    wanted = (
        stage.frame.document.blending.show_others and stage.frame.lens is None
    )  # which has its own
    if not (wanted and now.deblended) or now.bead >= len(about.others):
        return
    shown, passed = _lasting(stage, about, now)
    pairs = stage.pixels(about.others[shown])  # (M, 2, 2)
    lines = pairs[: FEW if stage.live and len(about.beads) > SWIFT else MANY]
    bead = stage.pixels(about.beads[shown])

    def draw(painter: QPainter) -> None:
        through(painter, stage, (lines[:, 0], lines[:, 1]), bead, FAINT, 1.0)
        specks(painter, stage, pairs[:, 0], DOT, stage.theme.source, 0.6)
        specks(painter, stage, pairs[:, 1], DOT, stage.theme.target, 0.6)

    painter.save()
    painter.setOpacity(1 - (1 - LEFT) * passed)  # of all as one image, from the first frame on
    paint_kept(painter, stage, "others", (about, shown), (pairs, 2 * DOT), draw, after=0)
    painter.restore()


def _lasting(stage: Stage, about: Told, now: ChainPosition) -> tuple[int, float]:
    """The bead whose other pairs are shown, and the share of their time that has passed.

    On the screen, between beads of which many pass in a second, those of some stay for longer.
    """
    stride = max(1, len(about.beads) // LASTING) if stage.live and now.share > 0 else 1
    shown = now.bead - now.bead % stride
    return shown, (now.bead - shown + now.share) / stride


def here_of(stage: Stage, about: Told, now: ChainPosition) -> Floats:
    """Pixel (2,) of the blended point."""
    place = about.string.at(stage.frame.t)[0] if now.share else about.beads[now.bead]
    return stage.pixels(place)


def paint_segment(painter: QPainter, stage: Stage, about: Told, now: ChainPosition) -> None:
    """That of the pair: amber up to the blended point and blue from there on."""
    ends, here = _ends(stage, about, now), here_of(stage, about, now)
    if ends is None or not np.isfinite([*ends, here]).all():
        return
    painter.setPen(stage.pen(stage.theme.canvas, 0.75, SEGMENT + 3.0))
    painter.drawLine(QPointF(*ends[0].tolist()), QPointF(*ends[1].tolist()))
    through(painter, stage, (ends[0][None], ends[1][None]), here, 1.0, SEGMENT)


def paint_points(painter: QPainter, stage: Stage, about: Told, now: ChainPosition) -> None:
    """Both ends of the pair, and the blended point as a ring."""
    ends, here = _ends(stage, about, now), here_of(stage, about, now)
    if ends is not None:
        rimmed(painter, stage, ends[0][None], END, stage.theme.source)
        rimmed(painter, stage, ends[1][None], END, stage.theme.target)
    rings(painter, stage, here[None], POINT + 1.2, stage.theme.canvas, 1.4)
    rings(painter, stage, here[None], POINT, stage.theme.text, 2.4)


def _ends(stage: Stage, about: Told, now: ChainPosition) -> tuple[Floats, Floats] | None:
    """Pixels (2,) of x0 and x1, where there is a pair."""
    if now.pair is None:
        return None
    return stage.pixels(about.x0[now.pair]), stage.pixels(about.x1[now.pair])


def label_pair(labels: Labels, stage: Stage, about: Told, now: ChainPosition) -> None:
    """x₀ and x₁ beyond the ends of the segment, x_α beside the point."""
    here, theme = here_of(stage, about, now), stage.theme
    along = np.array([1.0, 0.0])
    ends = _ends(stage, about, now)
    if ends is not None:
        x0, x1 = ends
        along = x1 - x0
        labels.hold(np.stack([x0, x1]), END)
        labels.put("x₀", x0, -along, theme.source, size=SIZE, must=True)
        labels.put("x₁", x1, along, theme.target, size=SIZE, must=True)
    across = np.array([along[1], -along[0]])
    if across[1] > 0:  # above the line
        across = -across
    if ends is None or 0.03 < stage.frame.t < 0.97:
        labels.put("x", here, across, theme.text, size=SIZE, gap=10.0, lower="α", must=True)
