"""Guided samples, noised samples of the tilted law, and what the guided score is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.guidance_words import BY_CLASSIFIER as CLASSIFIER_EQUATION
from flowlab.core.diffusion.guidance_words import CLASSIFIER_FREE
from flowlab.core.diffusion.guided_results import (
    ARROWS,
    GUIDED,
    TILTED,
    TITLES,
    ArrowPicture,
    GuidedRun,
    ScoreParts,
    guided_run_of,
)
from flowlab.core.diffusion.settings import BY_CLASSIFIER, PROCESSES
from flowlab.core.document.classes import class_name
from flowlab.core.views.bundle import Bundle, FieldFrames
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.diffusion.denoising import level_words
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.legend import Entry, Legend
from flowlab.scene.furniture.pictures import Picture, Pictures, alone, refusal
from flowlab.scene.furniture.reach import reach_around
from flowlab.scene.layers.vectors import draw_arrows

LONG, MOST, SHORT = 0.85, 1.7, 2.0  # cells of a typical arrow and at most; pixels below which none
BESIDE, SIDES = 3.0, (-1.0, 1.0, 0.0)  # pixels between arrows of one place, and to which side


def _is_tiled(frame: Frame) -> bool:
    return guided_run_of(frame.bundle) is not None


def _run(frame: Frame) -> GuidedRun:
    run = guided_run_of(frame.bundle)
    assert run is not None
    return run


def _pictures(frame: Frame) -> list[Picture]:
    run, refused = _run(frame), dict(_run(frame).refused)
    assert frame.bundle is not None
    pictures = []
    for kind, title in TITLES.items():
        dot = colour_of(frame.theme, kind, exact=run.exact)
        if kind in refused:
            pictures.append(refusal(frame, frame.bundle, title, refused[kind], dot))
        else:
            lines = lines_of(run, kind, frame.t, _name(frame, run))
            pictures.append(
                Picture(frame=_alone(frame, run, kind), title=title, lines=lines, dot=dot)
            )
    return pictures


def _alone(frame: Frame, run: GuidedRun, kind: str) -> Frame:
    """The frame of one picture."""
    assert frame.bundle is not None
    if kind == ARROWS:
        nobody = frame.bundle.select(np.zeros(0, np.int64))
        made = alone(frame, replace(nobody, extra=ArrowPicture(run=run)), None)
        return replace(made, card=False, legend=False)
    pane, old = run.pane(kind), guided_run_of(frame.blend_from)
    assert pane is not None
    before = None if old is None else old.pane(kind)
    made = alone(frame, pane.bundle, None if before is None else before.bundle)
    if kind == TILTED:  # a law at each t, which nothing carries from one to the next
        made = made.with_view(show_paths=False, show_trails=False)
    return replace(made, legend=frame.legend and kind == GUIDED)


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    return reach_around(frame.bundle)


def _is_hovered(frame: Frame) -> bool:
    return frame.bundle is not None and bool(frame.bundle.count)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach, is_hovered=_is_hovered)


def _name(frame: Frame, run: GuidedRun) -> str:
    return class_name(run.label, frame.document.target)


def lines_of(run: GuidedRun, kind: str, t: float, name: str) -> list[str]:
    """The level at t, and what the picture shows of it; `name` is that of the class y."""
    level = level_words(run.schedule, t)
    if kind == GUIDED:
        return [level, f"class y = {name}, {scale_words(run, t)}", f"by {PROCESSES[run.process]}"]
    if kind == TILTED:
        return [level, "p(x) p(y | x)^γ, exact", "with the noise of this level"]
    equation = CLASSIFIER_EQUATION if run.by == BY_CLASSIFIER else CLASSIFIER_FREE
    return [level, f"{equation}, {scale_words(run, t)}"]


def scale_words(run: GuidedRun, t: float) -> str:
    """Both scales at t, and that there is none outside the interval."""
    gamma = run.gamma_at(t)
    if gamma != run.gamma:
        return "not guided at this t: γ = 1"
    w = f"{gamma - 1:.3g}".replace("-", "−")
    return f"γ = {gamma:.3g} (w = {w})"


def colour_of(theme: Theme, kind: str, *, exact: bool) -> Colour:
    """The colour of a picture, here and in panels."""
    if kind == TILTED:
        return theme.exact
    return theme.exact if exact and kind == ARROWS else theme.learned


def paint_scores(painter: QPainter, stage: Stage) -> None:
    """Layer: from each place the score of all, that of the class, and the guided one, as arrows."""
    run = _shown(stage)
    if run is None or run.parts is None:
        return
    parts, t = run.parts, stage.frame.t
    size = float(np.interp(t, parts.conditional.times, parts.size))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    arrows = _arrows(stage.theme, run, parts)
    for k, (_, colour, frames) in enumerate(arrows):
        values = frames.at(t) / max(size, 1e-12)
        _draw(painter, stage, frames, values, colour, BESIDE * SIDES[k])
    painter.setFont(small_font())
    Legend(painter, stage).draw([Entry(text, colour) for text, colour, _ in arrows])
    painter.restore()


def _shown(stage: Stage) -> GuidedRun | None:
    """The run whose arrows this picture shows."""
    bundle: Bundle | None = stage.frame.bundle
    picture = None if bundle is None else bundle.extra
    return picture.run if isinstance(picture, ArrowPicture) else None


def _arrows(
    theme: Theme, run: GuidedRun, parts: ScoreParts
) -> list[tuple[str, Colour, FieldFrames]]:
    """Words, colour and values of each of the arrows; the guided one is on top."""
    return [
        ("s(x), of all", theme.source, parts.unconditional),
        ("s(x | y), of the class", theme.target, parts.conditional),
        ("guided", colour_of(theme, ARROWS, exact=run.exact), parts.guided),
    ]


def _draw(
    painter: QPainter,
    stage: Stage,
    frames: FieldFrames,
    values: Floats,
    colour: Colour,
    aside: float,
) -> None:
    """Draw arrows from their places, of vectors (H, W, 2) whose typical length is 1.

    They lie a few pixels `aside`, so that parallel ones don't cover each other.
    """
    known = np.isfinite(values[..., 0])
    places = np.stack(np.meshgrid(frames.xs, frames.ys), -1)[known]
    vectors = values[known] * np.array([1, -1], np.float32)
    cell = float(frames.xs[1] - frames.xs[0]) * stage.frame.camera.scale(stage.height)
    length = np.hypot(*vectors.T)
    pixels = (cell * np.minimum(LONG * length, MOST)).astype(np.float32)
    seen = pixels > SHORT
    along = (vectors[seen] / length[seen, None]).astype(np.float32)
    across = along[:, ::-1] * np.array([-aside, aside], np.float32)
    middle = stage.pixels(places[seen]) + along * pixels[seen, None] / 2 + across
    draw_arrows(painter, stage, middle.astype(np.float32), along, pixels[seen], colour)
