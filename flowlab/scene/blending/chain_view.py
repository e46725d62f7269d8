"""The view of chains: one as a string of beads, with its pair, its fan and the exact path."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.blending.results import chain_of
from flowlab.scene.base.colours import moving
from flowlab.scene.base.image_cache import paint_cached, paint_grown
from flowlab.scene.base.stage import Stage, enlarged
from flowlab.scene.base.style import FONT_SMALL
from flowlab.scene.blending.blend_labels import Labels
from flowlab.scene.blending.blend_marks import rimmed, rings
from flowlab.scene.blending.chain_pair import label_pair, paint_others, paint_points, paint_segment
from flowlab.scene.blending.chain_state import (
    ChainPosition,
    FollowedChain,
    followed_chain,
    is_deblended,
    position_at,
    several,
)
from flowlab.scene.blending.chain_strings import Group, Look, paint_faint, paint_firm, paint_strings
from flowlab.scene.layers.paths import emphasised

THIN = Look(past=0.4, future=0.10)
FAN = Look(past=0.62, future=0.2)
FOLLOWED = Look(past=1.0, future=0.65, width=2.6, halo=1.6)
BOLD = Look(past=1.0, future=0.5, width=2.0, halo=1.2)
BEAD, SMALLEST = 4.2, 1.6  # radii of a bead, largest and smallest, logical pixels
APART = 3.0  # pixels between beads; closer ones aren't drawn
REACH = 80.0  # pixels beyond the beads that their labels can need
LABELLED = 12  # up to this many beads are labelled with alpha


def paint_chain(painter: QPainter, stage: Stage) -> None:
    """Layer: some of the chains, and the followed chain in detail."""
    about, bundle = followed_chain(stage), stage.frame.bundle
    if about is None or bundle is None or chain_of(bundle) is None:
        return
    now = position_at(bundle.times, stage.frame.t, is_deblended(stage.frame))
    painter.save()
    _paint_many(painter, stage, about)
    paint_others(painter, stage, about, now)
    followed = _followed(stage, about)
    paint_faint(painter, stage, "followed", followed)
    paint_segment(painter, stage, about, now)  # over the future of the chain, under its past
    paint_firm(painter, stage, "followed", followed)
    _paint_beads(painter, stage, about, now)
    if about.exact is not None and stage.frame.document.blending.show_flow:
        here = stage.pixels(about.exact.at(stage.frame.t))
        rings(painter, stage, here, 4.0, stage.theme.exact, 2.0)
    paint_points(painter, stage, about, now)
    _paint_labels(painter, stage, about, now)
    painter.restore()


def _paint_many(painter: QPainter, stage: Stage, about: FollowedChain) -> None:
    """Draw the first few chains and the fan thinly, pinned and hovered ones boldly."""
    bundle, bold = stage.frame.bundle, emphasised(stage.frame)
    assert bundle is not None
    count = min(stage.view.highlighted, bundle.points.shape[1])
    thin = [i for i in range(count) if i not in bold]
    group: Group = []
    if thin and stage.view.show_paths:
        group.append((several(stage, "thin", thin), THIN))
    if about.fan is not None:
        group.append((about.fan, FAN))
    if group:
        paint_strings(painter, stage, "many", group)
    if bold:
        bold_strings = several(stage, "bold", bold)
        paint_strings(painter, stage, "bold", [(bold_strings, BOLD)])
        here = stage.pixels(bold_strings.at(stage.frame.t))
        rimmed(painter, stage, here, 3.4, moving(stage.theme, stage.frame.t))


def _followed(stage: Stage, about: FollowedChain) -> Group:
    """Return the followed chain over the exact path, which is green."""
    chain, green = (about.string, FOLLOWED), stage.theme.exact
    if about.exact is None or not stage.frame.document.blending.show_flow:
        return [chain]
    return [(about.exact, Look(past=1.0, future=0.75, width=2.2, colour=green, halo=1.2)), chain]


def _paint_beads(painter: QPainter, stage: Stage, about: FollowedChain, now: ChainPosition) -> None:
    """Draw beads: solid up to t, hollow beyond if there is room; none if they are too close."""
    pixels, bundle = stage.pixels(about.beads), stage.frame.bundle
    radius = _radius(pixels)
    if radius == 0.0 or bundle is None:
        return

    def solid(painter: QPainter, beads: range) -> None:
        for k in beads:
            colour = moving(stage.theme, float(bundle.times[k]))
            rimmed(painter, stage, pixels[k : k + 1], radius, colour)

    around = pixels, 2 * BEAD
    if radius > SMALLEST:
        rings(painter, stage, pixels[now.bead + 1 :], radius, stage.theme.dim, 1.2)
    paint_grown(painter, stage, "beads", about, around, solid, now.bead + 1)


def _radius(pixels: Floats) -> float:
    """Radius of beads at pixels (N + 1, 2), from the distance between them; 0 for no beads."""
    steps = np.hypot(*np.diff(pixels, axis=0).T)
    steps = steps[np.isfinite(steps)]
    if not len(steps):
        return BEAD
    typical = float(np.median(steps))
    return min(max(0.2 * typical, SMALLEST), BEAD) if typical >= APART else 0.0


def _paint_labels(
    painter: QPainter, stage: Stage, about: FollowedChain, now: ChainPosition
) -> None:
    """Label the beads with alpha if they are few, and the three points of the pair."""
    with enlarged(painter, stage) as words:
        _write_labels(painter, words, about, now)


def _write_labels(
    painter: QPainter, stage: Stage, about: FollowedChain, now: ChainPosition
) -> None:
    labels, pixels = Labels(stage), stage.pixels(about.beads)
    key = about, stage.frame.camera, stage.theme, stage.width, stage.height
    placed = stage.scratch.cached("bead labels", key, lambda: bead_labels(stage, pixels))
    if len(placed):
        paint_cached(painter, stage, "beads labelled", about, (pixels, REACH), placed.paint)
        labels.also(placed)
    label_pair(labels, stage, about, now)
    labels.paint(painter)


def bead_labels(stage: Stage, pixels: Floats) -> Labels:
    """Labels with the value of alpha, across the string from each bead; none if beads are many."""
    labels, bundle = Labels(stage), stage.frame.bundle
    if bundle is None or len(pixels) > LABELLED + 1:
        return labels
    labels.hold(pixels, BEAD + 2.0)
    along = np.gradient(pixels, axis=0)
    texts = distinct(bundle.times)
    for k, (dx, dy) in enumerate(np.nan_to_num(along)):
        alpha = texts[k]
        text = f"α = {alpha}" if k in (0, len(pixels) - 1) else alpha
        side = np.array([dy, -dx])
        labels.put(text, pixels[k], side, stage.theme.dim, size=FONT_SMALL)
    return labels


def distinct(alphas: Floats) -> list[str]:
    """Write each value with two decimals, or with as many as make them all distinct."""
    for decimals in range(2, 9):
        texts = [f"{float(alpha):.{decimals}f}".rstrip("0").rstrip(".") for alpha in alphas]
        if len(set(texts)) == len(texts):
            break
    return texts
