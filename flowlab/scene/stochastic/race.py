"""The same starts by every solver at one budget, and fresh samples, side by side."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.estimates import Estimate, to_error
from flowlab.core.stochastic.race.results import ADAPTIVE, LANES, Lane, Race, race_of
from flowlab.core.stochastic.settings import SDE_METHODS
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.furniture.reach import reach_around

INKS = {  # colours of the theme; an SDE's solver has that of its sibling
    "euler": "source",
    "midpoint": "target",
    "heun": "exact",
    "rk4": "learned",
    ADAPTIVE: "text",
    "euler_maruyama": "source",
    "stochastic_heun": "exact",
}


def _is_tiled(frame: Frame) -> bool:
    return race_of(frame.bundle) is not None


def _race(frame: Frame) -> Race:
    race = race_of(frame.bundle)
    assert race is not None
    return race


def _pictures(frame: Frame) -> list[Picture]:
    """A picture of each lane, and of fresh samples."""
    race = _race(frame)
    bundles = [*(lane.bundle for lane in race.lanes), race.fresh]
    texts = [_lane_text(lane) for lane in race.lanes] + [_fresh_text(race)]
    inks = [INKS[lane.method] for lane in race.lanes] + ["dim"]
    parts = zip(bundles, _before(frame, race), texts, inks, strict=True)
    return [
        Picture(
            frame=_alone(frame, bundle, old),
            title=title,
            lines=lines,
            dot=getattr(frame.theme, ink),
        )
        for bundle, old, (title, lines), ink in parts
    ]


def _reach(frame: Frame) -> Extent:
    return reach_around(_race(frame).fresh)


def _is_carried(frame: Frame) -> bool:
    """False for points that no solver carries."""
    return frame.bundle is not None and bool(frame.bundle.method)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach, is_hovered=_is_carried)


def _before(frame: Frame, race: Race) -> list[Bundle | None]:
    """The bundle that each lane still moves away from, while new weights or noise bend it."""
    old = race_of(frame.blend_from)
    lanes = {} if old is None else {lane.method: lane.bundle for lane in old.lanes}
    found = [lanes.get(lane.method) for lane in race.lanes]
    same = [
        each if each is not None and each.count == lane.bundle.count else None
        for each, lane in zip(found, race.lanes, strict=True)
    ]
    return [*same, None]


def _alone(frame: Frame, bundle: Bundle, old: Bundle | None) -> Frame:
    if not bundle.method:  # points that no solver carries
        frame = frame.with_view(show_paths=False, show_trails=False)
    return replace(alone(frame, bundle, old), legend=False)


def _lane_text(lane: Lane) -> tuple[str, list[str]]:
    """The title of a lane, and the lines below it."""
    title = LANES[lane.method]
    if not lane.bundle.count:
        why = "no tolerance" if lane.method == ADAPTIVE else "not one step"
        return title, [f"{why} fits into the budget"]
    return title, [_spent(lane), _distance(lane)]


def _spent(lane: Lane) -> str:
    """The evaluations that were done, and the time that they are estimated to take."""
    said = f"{lane.evaluations:,} evaluation{'' if lane.evaluations == 1 else 's'}"
    said = f"SDE, {said}" if lane.method in SDE_METHODS else said
    time = lane.milliseconds
    return said if time is None else f"{said}, about {time:.3g} ms"


def _distance(lane: Lane) -> str:
    value = lane.distance
    return "particles lost" if value is None else _at_end(lane.bundle, value)


def _at_end(bundle: Bundle, distance: Estimate) -> str:
    """A distance, and the end that it is measured at, whatever the time of the picture."""
    end = 0 if bundle.direction == "reverse" else 1
    return f"W₂ at t = {end}: {to_error(distance, distance.error)}"


def _fresh_text(race: Race) -> tuple[str, list[str]]:
    title = "Samples of pₜ" if race.fresh_moves else "Samples of the end"
    return title, ["drawn without a solver", _at_end(race.lanes[0].bundle, race.floor)]
