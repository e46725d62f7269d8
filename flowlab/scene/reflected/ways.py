"""The same starts and noise, kept between the walls in several ways, side by side."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.reflected.results import TITLES, Guided, Way, Ways, guided_of, ways_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pictures import Picture, Pictures, alone, refusal
from flowlab.scene.reflected.held import held
from flowlab.scene.reflected.walls import extent

RULES = {
    "threshold": "project the mean, then add the noise",
    "project": "project where the step ends",
    "reflect": "turn the step at each wall",
}
DATA = ["samples of what is to be generated"]


def _of(bundle: Bundle | None) -> Ways | None:
    """The ways of noise alone, or of generated data."""
    return ways_of(bundle) or guided_of(bundle)


def _is_tiled(frame: Frame) -> bool:
    return _of(frame.bundle) is not None


def _ways(frame: Frame) -> Ways:
    ways = _of(frame.bundle)
    assert ways is not None
    return ways


def _pictures(frame: Frame) -> list[Picture]:
    ways = _ways(frame)
    made = {
        way.name: Picture(
            frame=replace(
                alone(frame, bundle, _before(frame, ways, k)),
                legend=frame.legend and k == 0,
                t=held(bundle, frame.t),
            ),
            title=TITLES[way.name],
            lines=_lines(way, bundle, held(bundle, frame.t)),
            dot=colour_of(frame.theme, way.name),
        )
        for k, (way, bundle) in enumerate(zip(ways.ways, ways.bundles, strict=True))
    }
    first, theme = ways.bundles[0], frame.theme
    made |= {
        name: refusal(frame, first, TITLES[name], why, theme.dim) for name, why in ways.refused
    }
    pictures = [made[name] for name in TITLES if name in made]
    return [*pictures, _data(frame, ways.data)] if isinstance(ways, Guided) else pictures


def _lines(way: Way, bundle: Bundle, t: float) -> list[str]:
    """What a way does, and its shares; where there are many pictures, only these."""
    found = shares(bundle, way, t)
    return found if way.saturated is not None else [RULES[way.name], *found]


def _data(frame: Frame, data: Bundle) -> Picture:
    """What is to be generated."""
    still = replace(alone(frame, data, None), t=1.0, legend=False)
    still = still.with_view(show_paths=False)
    return Picture(frame=still, title="The data", lines=DATA, dot=frame.theme.target, still=True)


def shares(bundle: Bundle, way: Way, t: float) -> list[str]:
    """How many particles are outside, on the walls, and at t = 1 within a thousandth of them."""
    if way.leavers is not None and way.name == "flow":  # it is folded, so that nobody is outside
        return [_leavers(way), _saturated(way)]
    leaked, on_walls = (100 * way.at(bundle.times, t, which) for which in ("leaked", "on_walls"))
    now = f"{leaked:.1f} % outside · {on_walls:.1f} % on the walls"
    if way.saturated is None:
        return [now]
    return [now, _saturated(way)]


def _saturated(way: Way) -> str:
    return f"saturated at t = 1: {100 * (way.saturated or 0.0):.1f} %"


def _leavers(way: Way) -> str:
    """How many particles leave by the flow, and by the score that isn't tangent to the walls."""
    if way.free_leavers is None:
        return f"leave, and are folded: {way.leavers:,}"
    return f"leave: {way.leavers:,} tangent, {way.free_leavers:,} unconstrained"


def _before(frame: Frame, ways: Ways, k: int) -> Bundle | None:
    old = _of(frame.blend_from)
    return None if old is None or len(old.bundles) != len(ways.bundles) else old.bundles[k]


def _reach(frame: Frame) -> Extent:
    reach = extent(_ways(frame))
    assert reach is not None
    return reach


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def colour_of(theme: Theme, name: str) -> Colour:
    """The colour of a way: what leaks or sticks has that of warnings."""
    known = {"threshold": theme.warn, "dynamic": theme.raw, "project": theme.source}
    return {**known, "reflect": theme.learned, "flow": theme.text}[name]
