"""Points noised, led to another class, and how far that moves each: three pictures."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.counterfactual_results import (
    BACK,
    DIFFERENCE,
    FORTH,
    CounterfactualPicture,
    CounterfactualRun,
    counterfactual_of,
)
from flowlab.core.diffusion.settings import DRAWN, TAKEN_BACK
from flowlab.core.document.classes import class_name
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.colours import viridis
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.diffusion.denoising import level_words
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.legend import BAR, Entry, Legend
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.furniture.reach import reach_around

LINES, DOT, RING = 600, 2.6, 7.0  # differences that are drawn; radii in logical pixels
SHADES = 24  # colours of the differences
NOISES = {DRAWN: "noise drawn at random", TAKEN_BACK: "DDIM’s own way, reversed"}
TITLES = {FORTH: "Original, noised", BACK: "Led to class {}", DIFFERENCE: "Difference"}


def _is_tiled(frame: Frame) -> bool:
    return counterfactual_of(frame.bundle) is not None


def _run(frame: Frame) -> CounterfactualRun:
    run = counterfactual_of(frame.bundle)
    assert run is not None
    return run


def _pictures(frame: Frame) -> list[Picture]:
    run, old = _run(frame), counterfactual_of(frame.blend_from)
    before = {} if old is None else {FORTH: old.forth, BACK: old.back}
    name = class_name(run.label, frame.document.target)
    return [
        Picture(
            frame=replace(
                alone(frame, _bundle(run, kind), before.get(kind)),
                legend=frame.legend and kind == FORTH,
                card=frame.card and kind != DIFFERENCE,
            ),
            title=title.format(name),
            lines=lines_of(run, kind, frame.t, frame.document.diffusion.noise_of_point),
            dot=colour_of(frame.theme, kind),
            still=kind == DIFFERENCE,
        )
        for kind, title in TITLES.items()
    ]


def _bundle(run: CounterfactualRun, kind: str) -> Bundle:
    """What a picture shows: both clouds have their paths, the difference has none."""
    picture = CounterfactualPicture(name=kind, run=run)
    if kind == DIFFERENCE:
        return replace(run.forth.select(np.zeros(0, np.int64)), extra=picture)
    return replace(run.forth if kind == FORTH else run.back, extra=picture)


def _reach(frame: Frame) -> Extent:
    return reach_around(_run(frame).forth)


def _is_hovered(frame: Frame) -> bool:
    return frame.bundle is not None and bool(frame.bundle.count)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach, is_hovered=_is_hovered)


def lines_of(run: CounterfactualRun, kind: str, t: float, noise: str) -> list[str]:
    """The level at t and what has become of the points by then."""
    level = level_words(run.schedule, max(t, run.begin))
    if kind == FORTH:
        return [level, f"up to step L = {run.k:,}", NOISES[noise]]
    if kind == BACK:
        w = f"{run.gamma - 1:.3g}".replace("-", "−")
        return [level, f"from step L = {run.k:,}", f"γ = {run.gamma:.3g} (w = {w})"]
    return ["from each original to where it is led"]


def colour_of(theme: Theme, kind: str) -> Colour:
    """The colour of a picture."""
    return {FORTH: theme.target, BACK: theme.learned, DIFFERENCE: theme.warn}[kind]


def _picture(stage: Stage) -> CounterfactualPicture | None:
    bundle = stage.frame.bundle
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, CounterfactualPicture) else None


def paint_difference(painter: QPainter, stage: Stage) -> None:
    """Layer: a line from each original to where it is led, and a dot; in the longer, the lighter.

    In light themes it is the darker.
    """
    picture = _picture(stage)
    if picture is None or picture.name != DIFFERENCE:
        return
    begin, end = (each.at(1.0)[1 : 1 + LINES] for each in (picture.run.forth, picture.run.back))
    known = np.isfinite(begin).all(1) & np.isfinite(end).all(1)
    begin, end = begin[known], end[known]
    length = np.hypot(*(end - begin).T)
    shade = np.minimum(SHADES * length / max(float(length.max(initial=0.0)), 1e-9), SHADES - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for k in range(SHADES):
        chosen = shade.astype(int) == k
        if chosen.any():
            colour = _shade((k + 0.5) / SHADES, dark=stage.theme.dark)
            _lines(painter, stage, begin[chosen], end[chosen], colour)
    _key(painter, stage, float(length.max(initial=0.0)))
    painter.restore()


def _key(painter: QPainter, stage: Stage, longest: float) -> None:
    """Say what the colours mean."""
    painter.setFont(small_font())
    bar = Entry(f"{longest:.3g}", before="moved by 0", image=_bar(stage.theme.dark), size=BAR)
    Legend(painter, stage).draw([bar])


@lru_cache(maxsize=2)
def _bar(dark: bool) -> QImage:
    """The colours of the differences, the shortest at the left."""
    image = QImage(SHADES, 1, QImage.Format.Format_RGB32)
    for k in range(SHADES):
        image.setPixelColor(k, 0, rgba(_shade((k + 0.5) / SHADES, dark=dark)))
    return image


def _lines(painter: QPainter, stage: Stage, begin: Floats, end: Floats, colour: Colour) -> None:
    """Draw lines between points (n, 2), and dots where they begin."""
    starts, ends = (stage.pixels(each.astype(np.float32)) for each in (begin, end))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(colour, 0.45, 1.0))
    painter.drawPath(path_of(np.stack([starts, ends], axis=1)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(colour))
    for x, y in starts.tolist():
        painter.drawEllipse(QPointF(x, y), DOT, DOT)


def _shade(share: float, *, dark: bool) -> Colour:
    share = 0.15 + 0.85 * share
    r, g, b = np.rint(viridis(np.array(share if dark else 1 - share))).astype(int).ravel().tolist()
    return r, g, b


def paint_point(painter: QPainter, stage: Stage) -> None:
    """Layer: the chosen point, in a ring, its way in the picture, and what moves it."""
    picture = _picture(stage)
    if picture is None or not picture.run.forth.count:
        return
    run = picture.run
    begin, end = (each.at(1.0)[:1] for each in (run.forth, run.back))
    if not (np.isfinite(begin).all() and np.isfinite(end).all()):
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if picture.name == DIFFERENCE:
        ends = np.concatenate([begin, end])
    else:
        ends = _way(run.forth if picture.name == FORTH else run.back, stage.frame.t)
    _way_of_point(painter, stage, ends)
    _ring(painter, stage, begin, stage.theme.text)
    painter.restore()


def _way(bundle: Bundle, t: float) -> Floats:
    """The way (K, 2) of the chosen point, up to where it is at t."""
    few = bundle.select(np.array([0]))
    times = [*(float(each) for each in few.times if each < t), t]
    return np.concatenate([few.at(each) for each in times])


def _way_of_point(painter: QPainter, stage: Stage, points: Floats) -> None:
    """Draw a line through points (K, 2), with its last one as a dot."""
    places = stage.pixels(np.asarray(points, np.float32))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, alpha, width in ((stage.theme.canvas, 0.7, 4.6), (stage.theme.text, 1.0, 2.2)):
        painter.setPen(stage.pen(colour, alpha, width))
        painter.drawPath(path_of(places[None]))
    painter.setPen(stage.pen(stage.theme.canvas, 1.0, 1.2))
    painter.setBrush(rgba(stage.theme.text))
    painter.drawEllipse(QPointF(*places[-1].tolist()), 5.0, 5.0)


def _ring(painter: QPainter, stage: Stage, place: Floats, colour: Colour) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(colour, 0.95, 1.6))
    painter.drawEllipse(QPointF(*stage.pixels(place)[0].tolist()), RING, RING)
