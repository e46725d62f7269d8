"""The learned and the exact score between walls, and their difference, as maps on one scale."""

from __future__ import annotations

import numpy as np

from flowlab.core.reflected.score_results import PANES, ScoreMaps, score_maps_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Theme
from flowlab.scene.furniture.maps import MapPane, Maps, Sheet, sheet_once


def _is_tiled(frame: Frame) -> bool:
    return score_maps_of(frame.bundle) is not None


def score_sheet(frame: Frame) -> Sheet:
    """The maps at the noise level nearest to the frame's t."""
    maps = score_maps_of(frame.bundle)
    assert maps is not None
    k = maps.at(frame.t)
    return sheet_once(frame, k, lambda: _sheet(maps, k, frame.theme))


def _sheet(maps: ScoreMaps, k: int, theme: Theme) -> Sheet:
    top = max(float(np.nanmax(maps.maps["exact"][k])), 0.01)
    inks = {"learned": theme.learned, "exact": theme.exact, "error": theme.dim}
    panes = [
        MapPane(
            title=title,
            lines=lines_of(maps, name, k),
            dot=inks[name],
            xs=maps.xs,
            ys=maps.ys,
            values=maps.maps[name][k],
            low=0.0,
            high=top,
        )
        for name, title in PANES.items()
    ]
    return Sheet(panes=panes, low=f"σ = {maps.sigmas[k]:.3g}, σ |s|  0", high=f"≥ {top:.3g}")


def lines_of(maps: ScoreMaps, name: str, k: int) -> tuple[str, ...]:
    """What is drawn, and how large it is in the mean over the particles."""
    if name == "error":
        return ("σ |s − s*|", _mean(maps, maps.error[k]))
    if name == "exact":
        return ("σ |s*|", _mean(maps, maps.size[k]))
    return ("σ |s|", "what the network says")


def _mean(maps: ScoreMaps, value: float) -> str:
    """What is measured; of a rough first answer that it will be."""
    return f"{'…' if maps.rough else f'{value:.2g}'} in the mean over pₜ"


SCORES = Maps(is_tiled=_is_tiled, sheet_of=score_sheet)
