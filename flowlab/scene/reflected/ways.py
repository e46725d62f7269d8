"""The same starts and noise, kept between the walls in several ways, side by side."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.reflected.results import TITLES, Way, Ways, ways_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.reflected.walls import extent

RULES = {
    "threshold": "project the mean, then add the noise",
    "project": "project where the step ends",
    "reflect": "turn the step at each wall",
}


def _is_tiled(frame: Frame) -> bool:
    return ways_of(frame.bundle) is not None


def _ways(frame: Frame) -> Ways:
    ways = ways_of(frame.bundle)
    assert ways is not None
    return ways


def _pictures(frame: Frame) -> list[Picture]:
    ways = _ways(frame)
    return [
        Picture(
            frame=replace(
                alone(frame, bundle, _before(frame, ways, k)), legend=frame.legend and k == 0
            ),
            title=TITLES[way.name],
            lines=[RULES[way.name], shares(ways, way, frame.t)],
            dot=colour_of(frame.theme, way.name),
        )
        for k, (way, bundle) in enumerate(zip(ways.ways, ways.bundles, strict=True))
    ]


def shares(ways: Ways, way: Way, t: float) -> str:
    """How many particles are outside, and how many on the walls."""
    leaked, on_walls = (way.at(ways.times, t, which) for which in ("leaked", "on_walls"))
    return f"{100 * leaked:.1f} % outside · {100 * on_walls:.1f} % on the walls"


def _before(frame: Frame, ways: Ways, k: int) -> Bundle | None:
    old = ways_of(frame.blend_from)
    return None if old is None or len(old.bundles) != len(ways.bundles) else old.bundles[k]


def _reach(frame: Frame) -> Extent:
    reach = extent(_ways(frame))
    assert reach is not None
    return reach


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def colour_of(theme: Theme, name: str) -> Colour:
    """The colour of a way: what leaks or sticks has that of warnings."""
    return {"threshold": theme.warn, "project": theme.source, "reflect": theme.learned}[name]
