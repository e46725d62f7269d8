"""The pair a chain is on, and other pairs that could have been drawn instead."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.colours import as_text
from flowlab.scene.base.image_cache import paint_cached
from flowlab.scene.base.stage import Stage
from flowlab.scene.blending.blend_labels import Labels
from flowlab.scene.blending.blend_marks import rimmed, rings, specks, through
from flowlab.scene.blending.chain_state import ChainPosition, FollowedChain

END, POINT = 5.0, 6.0  # radii of the pair's ends and of the blended point, logical pixels
SEGMENT = 2.6  # width of the line between them
SIZE = 14  # font size of the labels
FAINT, DOT = 0.42, 2.0  # opacity of the other pairs, and radius of their ends
MANY = 40  # at most this many other pairs are drawn with lines
SWIFT, FEW = 32, 12  # more beads than SWIFT pass quickly and get FEW lines only
LASTING = 64  # number of beads whose other pairs are seen in one run of t
LEFT = 0.45  # opacity that is left of them when the next bead is reached


def paint_others(painter: QPainter, stage: Stage, about: FollowedChain, now: ChainPosition) -> None:
    """Draw the pairs that could have been drawn at a bead; they fade until the next bead."""
    enabled = (
        stage.frame.document.blending.show_others and stage.frame.lens is None
    )  # the lens shows pairs of its own
    if not (enabled and now.deblended) or now.bead >= len(about.others):
        return
    index, passed = _lasting(stage, about, now)
    pairs = stage.pixels(about.others[index])  # (M, 2, 2)
    lines = pairs[: FEW if stage.live and len(about.beads) > SWIFT else MANY]
    bead = stage.pixels(about.beads[index])

    def draw(painter: QPainter) -> None:
        through(painter, stage, (lines[:, 0], lines[:, 1]), bead, FAINT, 1.0)
        specks(painter, stage, pairs[:, 0], DOT, stage.theme.source, 0.6)
        specks(painter, stage, pairs[:, 1], DOT, stage.theme.target, 0.6)

    painter.save()
    painter.setOpacity(1 - (1 - LEFT) * passed)  # for all as one image, from the first frame on
    paint_cached(painter, stage, "others", (about, index), (pairs, 2 * DOT), draw, after=0)
    painter.restore()


def _lasting(stage: Stage, about: FollowedChain, now: ChainPosition) -> tuple[int, float]:
    """The bead whose other pairs are shown, and the share of their time that has passed.

    On the screen, if many beads pass in a second, only some show their pairs, each for longer.
    """
    stride = max(1, len(about.beads) // LASTING) if stage.live and now.share > 0 else 1
    bead = now.bead - now.bead % stride
    return bead, (now.bead - bead + now.share) / stride


def here_of(stage: Stage, about: FollowedChain, now: ChainPosition) -> Floats:
    """Pixel (2,) of the blended point."""
    place = about.string.at(stage.frame.t)[0] if now.share else about.beads[now.bead]
    return stage.pixels(place)


def paint_segment(
    painter: QPainter, stage: Stage, about: FollowedChain, now: ChainPosition
) -> None:
    """Draw the segment of the pair: amber up to the blended point, blue from there on."""
    ends, here = _ends(stage, about, now), here_of(stage, about, now)
    if ends is None or not np.isfinite([*ends, here]).all():
        return
    painter.setPen(stage.pen(stage.theme.canvas, 0.75, SEGMENT + 3.0))
    painter.drawLine(QPointF(*ends[0].tolist()), QPointF(*ends[1].tolist()))
    through(painter, stage, (ends[0][None], ends[1][None]), here, 1.0, SEGMENT)


def paint_points(painter: QPainter, stage: Stage, about: FollowedChain, now: ChainPosition) -> None:
    """Draw both ends of the pair, and the blended point as a ring."""
    ends, here = _ends(stage, about, now), here_of(stage, about, now)
    if ends is not None:
        rimmed(painter, stage, ends[0][None], END, stage.theme.source)
        rimmed(painter, stage, ends[1][None], END, stage.theme.target)
    rings(painter, stage, here[None], POINT + 1.2, stage.theme.canvas, 1.4)
    rings(painter, stage, here[None], POINT, stage.theme.text, 2.4)


def _ends(stage: Stage, about: FollowedChain, now: ChainPosition) -> tuple[Floats, Floats] | None:
    """Pixels (2,) of x0 and x1; None without a pair."""
    if now.pair is None:
        return None
    return stage.pixels(about.x0[now.pair]), stage.pixels(about.x1[now.pair])


def label_pair(labels: Labels, stage: Stage, about: FollowedChain, now: ChainPosition) -> None:
    """Label x₀ and x₁ beyond the ends of the segment, and x_α beside the point."""
    here, theme = here_of(stage, about, now), stage.theme
    along = np.array([1.0, 0.0])
    ends = _ends(stage, about, now)
    if ends is not None:
        x0, x1 = ends
        along = x1 - x0
        labels.hold(np.stack([x0, x1]), END)
        labels.put("x₀", x0, -along, as_text(theme, theme.source), size=SIZE, must=True)
        labels.put("x₁", x1, along, as_text(theme, theme.target), size=SIZE, must=True)
    across = np.array([along[1], -along[0]])
    if across[1] > 0:  # then the label lies above the line
        across = -across
    if ends is None or 0.03 < stage.frame.t < 0.97:
        labels.put("x", here, across, theme.text, size=SIZE, gap=10.0, lower="α", must=True)
