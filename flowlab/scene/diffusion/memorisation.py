"""Samples over training points: by the exact field of these points, and by another field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.memorisation_results import (
    EMPIRICAL,
    LEARNED,
    Memories,
    MemoryPane,
    MemoryPicture,
    memories_of,
)
from flowlab.core.estimates import Estimate, to_error, typeset
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.diffusion.arrows import draw_typical
from flowlab.scene.diffusion.denoising import level_words
from flowlab.scene.furniture.legend import Entry
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.furniture.reach import reach_around

CROSS = 6.0, 1.6  # half the size of one of few training points, and of one of very many
FEW, MANY = 64, 4000
THIN = 3.0
FAINT = 0.75  # opacity of arrows


def _is_tiled(frame: Frame) -> bool:
    return memories_of(frame.bundle) is not None


def _pictures(frame: Frame) -> list[Picture]:
    memories = memories_of(frame.bundle)
    assert memories is not None
    return [
        Picture(
            frame=replace(
                alone(frame, _shown(pane, memories), _before(frame, k)),
                legend=frame.legend and k == 0,
            ),
            title=title_of(memories, pane.kind),
            lines=lines_of(memories, pane, frame.t),
            dot=colour_of(frame.theme, memories, pane.kind),
        )
        for k, pane in enumerate(memories.panes)
    ]


def _shown(pane: MemoryPane, memories: Memories) -> Bundle:
    return replace(pane.bundle, extra=MemoryPicture(pane=pane, memories=memories))


def _before(frame: Frame, k: int) -> Bundle | None:
    """The bundle that a picture still moves away from, while new weights bend it."""
    old, new = memories_of(frame.blend_from), memories_of(frame.bundle)
    if old is None or new is None or old.panes[k].bundle.count != new.panes[k].bundle.count:
        return None
    return old.panes[k].bundle


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    return reach_around(frame.bundle)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def title_of(memories: Memories, kind: str) -> str:
    """What carries the particles of a picture."""
    if kind == EMPIRICAL:
        return f"Exact for {len(memories.points):,} points"
    return "Exact for the whole target" if memories.exact else "The network"


def lines_of(memories: Memories, pane: MemoryPane, t: float) -> list[str]:
    """The level at t, what the field knows, and how far samples are from the training points."""
    median, fresh = pane.measured.median, pane.measured.median_fresh
    beside = "of each point to the others" if memories.bare else "of fresh samples"
    given = "knows these points and nothing else"
    if pane.kind == LEARNED:
        given = _learned_from(memories)
    return [
        level_words(memories.schedule, t),
        given,
        f"median distance at t = 1: {_words(median)}",
        f"{beside}: {_words(fresh)}",
    ]


def _words(value: Estimate) -> str:
    return typeset(to_error(value, value.error))


def _learned_from(memories: Memories) -> str:
    if memories.trained_on_these:
        return "exact for them as well" if memories.exact else "learns from these points alone"
    return "never saw these points in particular"


def colour_of(theme: Theme, memories: Memories, kind: str) -> Colour:
    """The colour of a field, in pictures and panels."""
    return getattr(theme, ink_of(kind, exact=memories.exact))


def ink_of(kind: str, *, exact: bool) -> str:
    """Its name among the theme's colours."""
    if kind == EMPIRICAL:
        return "warn"
    return "exact" if exact else "learned"


def picture_of(stage: Stage) -> MemoryPicture | None:
    """What one of the pictures shows; None for another view's."""
    bundle = stage.frame.bundle
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, MemoryPicture) else None


def paint_expected(painter: QPainter, stage: Stage) -> None:
    """Layer: arrows to where the field expects the data, of typical length at each t."""
    picture = picture_of(stage)
    if picture is None:
        return
    memories, arrows = picture.memories, picture.pane.arrows
    values, t = arrows.at(stage.frame.t), stage.frame.t
    known = np.isfinite(values[..., 0])
    places = np.stack(np.meshgrid(arrows.xs, arrows.ys), -1)[known]
    size = float(np.interp(t, arrows.times, memories.size))
    colour = colour_of(stage.theme, memories, picture.pane.kind)
    spacing = float(arrows.xs[1] - arrows.xs[0])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(FAINT)
    draw_typical(painter, stage, places, values[known] / max(size, 1e-12), spacing, colour)
    painter.restore()


def paint_training_points(painter: QPainter, stage: Stage) -> None:
    """Layer: a cross for each training point, smaller where there are very many."""
    picture = picture_of(stage)
    if picture is None:
        return
    points, half = picture.memories.points, half_of(len(picture.memories.points))
    lines = path_of(crosses(stage.pixels(points), half))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if half > THIN:
        painter.setPen(stage.pen(stage.theme.canvas, 0.9, 5.0))
        painter.drawPath(lines)
    painter.setPen(stage.pen(stage.theme.source, 1.0, 2.2 if half > THIN else 1.0))
    painter.drawPath(lines)
    painter.restore()


def crosses(places: Floats, half: float) -> Floats:
    """The lines (2 n, 2, 2) of crosses at pixels (n, 2)."""
    arms = half * np.array([[[-1, 0], [1, 0]], [[0, -1], [0, 1]]], np.float32)
    lines: Floats = (places[:, None, None] + arms).reshape(-1, 2, 2)
    return lines


def half_of(count: int) -> float:
    """Half the size of a cross in logical pixels, one of so many."""
    share = np.clip(np.log(count / FEW) / np.log(MANY / FEW), 0.0, 1.0)
    return float(CROSS[0] + (CROSS[1] - CROSS[0]) * share)


def entries(stage: Stage) -> list[Entry]:
    """The legend's entries of training points and arrows."""
    if picture_of(stage) is None:
        return []
    return [
        Entry("training point", stage.theme.source, "cross"),
        Entry("arrows: to the expected data"),
    ]
