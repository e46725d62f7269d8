"""How far each face of a model is from the exact one, as maps; or the faces as arrows."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.diffusion.face_results import FaceMaps, faces_of
from flowlab.core.diffusion.settings import ERROR, FACES
from flowlab.core.estimates import to_error
from flowlab.scene.base.drawing import Tiles
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Theme
from flowlab.scene.diffusion import faces
from flowlab.scene.diffusion.denoising import level_words
from flowlab.scene.furniture.either import Either
from flowlab.scene.furniture.maps import MapPane, Maps, Sheet, sheet_once

NEARLY_ALL = 0.98  # share of the cells whose errors the colours tell apart


def _errors_of(frame: Frame) -> FaceMaps | None:
    """The faces of a frame, if their errors are to be drawn and are known."""
    maps = faces_of(frame.bundle)
    wanted = frame.document.diffusion.faces_as == ERROR
    return maps if maps is not None and maps.away is not None and wanted else None


def sheet_of(frame: Frame) -> Sheet:
    """The maps at the level nearest to the frame's t."""
    maps = _errors_of(frame)
    assert maps is not None
    k = maps.nearest(frame.t)
    return sheet_once(frame, k, lambda: _sheet(maps, k, frame.theme))


def _sheet(maps: FaceMaps, k: int, theme: Theme) -> Sheet:
    assert maps.away is not None
    known = next(iter(maps.faces.values()))
    panes = [_pane(maps, name, k, theme, known.xs, known.ys, maps.away[name][k]) for name in FACES]
    return Sheet(panes=panes, low="learned minus exact  0", high="each picture's own end")


def _pane(
    maps: FaceMaps,
    name: str,
    k: int,
    theme: Theme,
    xs: np.ndarray,
    ys: np.ndarray,
    values: np.ndarray,
) -> MapPane:
    assert maps.errors is not None
    top, error, symbol = end_of(values), maps.errors[name][k], faces.SYMBOLS[name]
    return MapPane(
        title=FACES[name],
        lines=(
            level_words(maps.schedule, float(maps.times[k])),
            f"|{symbol} − exact|, colours from 0 to {top:g}",
            f"off by {to_error(error, error.error)}",
        ),
        dot=faces.colour_of(theme, name),
        xs=xs,
        ys=ys,
        values=values,
        low=0.0,
        high=top,
    )


def end_of(values: np.ndarray) -> float:
    """1, 2 or 5 times a power of ten that nearly all values lie below."""
    finite = values[np.isfinite(values)]
    most = float(np.quantile(finite, NEARLY_ALL)) if finite.size else 0.0
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 5, 10) if most <= step * power * (1 + 1e-9))


ERRORS = Maps(is_tiled=lambda frame: _errors_of(frame) is not None, sheet_of=sheet_of)


def _chosen(frame: Frame) -> Tiles:
    return faces.PICTURES if _errors_of(frame) is None else ERRORS  # type: ignore[return-value]


PICTURES = Either(_chosen)
