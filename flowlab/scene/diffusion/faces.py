"""One model as noise, denoised point, score and velocity: four pictures of one field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.face_results import FaceMaps, FacePicture, faces_of
from flowlab.core.diffusion.settings import DENOISED, FACES, NOISE, SCORE, VELOCITY
from flowlab.core.estimates import to_error
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.diffusion.arrows import draw_typical
from flowlab.scene.diffusion.denoising import level_words
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.furniture.reach import reach_around

DOT = 3.2  # logical pixels
EQUATIONS = {  # of noise N(0, I), and of any other
    NOISE: ("x = {a} x₁ + {b} ε", "x = {a} x₁ + {b} ε"),
    DENOISED: ("D = (x − b ε)/a = (x − {b} ε)/{a}",) * 2,
    SCORE: ("s = −ε/b = −ε/{b}", "s = −C⁻¹(ε − m)/b = −C⁻¹(ε − m)/{b}"),
    VELOCITY: ("v = D − ε = (x − {c} ε)/{a}",) * 2,
}
SYMBOLS = {NOISE: "ε", DENOISED: "D", SCORE: "s", VELOCITY: "v"}
MEANS = {
    NOISE: "ε = E[x₀ | x]",
    DENOISED: "D = E[x₁ | x]",
    SCORE: "s = ∇ log pₜ(x)",
    VELOCITY: "v = E[x₁ − x₀ | x]",
}


def _is_tiled(frame: Frame) -> bool:
    return faces_of(frame.bundle) is not None


def _pictures(frame: Frame) -> list[Picture]:
    maps = faces_of(frame.bundle)
    assert maps is not None
    assert frame.bundle is not None
    return [
        Picture(
            frame=replace(
                alone(frame, replace(frame.bundle, extra=FacePicture(name=name, maps=maps)), None),
                legend=False,
                card=False,
            ),
            title=title,
            lines=lines_of(maps, name, frame.t),
            dot=colour_of(frame.theme, name),
        )
        for name, title in FACES.items()
    ]


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    return reach_around(frame.bundle)


PICTURES = Pictures(
    is_tiled=_is_tiled, pictures=_pictures, reach=_reach, is_hovered=lambda _: False
)


def lines_of(maps: FaceMaps, name: str, t: float) -> list[str]:
    """The level at t, the face in formulas with its numbers, and its error where it is known."""
    a, b = maps.weights(t)
    numbers = {key: f"{value:.3g}" for key, value in (("a", a), ("b", b), ("c", a + b))}
    lines = [
        level_words(maps.schedule, min(t, float(maps.times[-1]))),
        MEANS[name],
        EQUATIONS[name][not maps.plain].format(**numbers),
    ]
    if maps.errors is not None:
        error = maps.error(name, t)
        lines.append(f"off by {to_error(error, error.error)}")
    return lines


def colour_of(theme: Theme, name: str) -> Colour:
    """The colour of a face, in pictures and panels."""
    return {
        NOISE: theme.source,
        DENOISED: theme.target,
        SCORE: theme.particle,
        VELOCITY: theme.learned,
    }[name]


def paint_face(painter: QPainter, stage: Stage) -> None:
    """Layer: arrows of one face, or lines to the denoised points."""
    bundle = stage.frame.bundle
    picture = None if bundle is None else bundle.extra
    if not isinstance(picture, FacePicture):
        return
    name, frames = picture.name, picture.maps.faces[picture.name]
    values = frames.at(stage.frame.t)
    known = np.isfinite(values[..., 0])
    places = np.stack(np.meshgrid(frames.xs, frames.ys), -1)[known]
    colour = colour_of(stage.theme, name)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if name == DENOISED:
        _draw_denoised(painter, stage, places, values[known], colour)
    else:
        size = np.interp(stage.frame.t, picture.maps.times, picture.maps.size[name])
        vectors, spacing = values[known] / max(size, 1e-12), float(frames.xs[1] - frames.xs[0])
        draw_typical(painter, stage, places, vectors, spacing, colour)
    painter.restore()


def _draw_denoised(
    painter: QPainter, stage: Stage, places: Floats, values: Floats, colour: Colour
) -> None:
    """Draw a line from each place to its denoised point, and a dot there."""
    ends = stage.pixels((places + values).astype(np.float32))
    painter.setPen(stage.pen(colour, 0.3, 1.0))
    painter.drawPath(path_of(np.stack([stage.pixels(places), ends], axis=1)))
    pen = stage.pen(colour, 0.95, DOT)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    for x, y in ends.tolist():
        painter.drawPoint(QPointF(x, y))
