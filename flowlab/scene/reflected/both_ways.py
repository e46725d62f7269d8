"""The forward process and the reverse one at the same t, side by side."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.estimates import to_error
from flowlab.core.reflected.results import FORWARD, TITLES, BothWays, Moment, Sampled, both_ways_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.reflected.held import held
from flowlab.scene.reflected.walls import extent

WAYS = {
    FORWARD: "data → uniform, as t falls",
    "sde": "uniform → data, as t grows",
}


def _is_tiled(frame: Frame) -> bool:
    return both_ways_of(frame.bundle) is not None


def _both(frame: Frame) -> BothWays:
    both = both_ways_of(frame.bundle)
    assert both is not None
    return both


def _pictures(frame: Frame) -> list[Picture]:
    both = _both(frame)
    t = held(both.panes[-1].bundle, frame.t)  # of both: at each of them both have stepped
    return [
        Picture(
            frame=replace(
                alone(frame, pane.bundle, _before(frame, k)), legend=frame.legend and k == 0, t=t
            ),
            title=TITLES[pane.kind],
            lines=lines_of(both, pane, t),
            dot=frame.theme.target if pane.kind == FORWARD else frame.theme.learned,
        )
        for k, pane in enumerate(both.panes)
    ]


def lines_of(both: BothWays, pane: Sampled, t: float) -> list[str]:
    """Which way a process runs, and how far it is from the other at a moment near t."""
    lines = [WAYS[pane.kind], f"{100 * pane.left:.1f} % of steps met a wall"]
    return lines if pane.kind == FORWARD else [*lines, apart_words(both.near(t))]


def apart_words(moment: Moment | None) -> str:
    """How far both processes are apart, and over the floor."""
    if moment is None:
        return "W₂ to forward: …"
    ratio = moment.apart / moment.floor
    apart = to_error(moment.apart, moment.apart.error)
    return f"W₂ to forward at t = {moment.t:.2g}: {apart}, {ratio:.2g} × floor"


def _before(frame: Frame, k: int) -> Bundle | None:
    old = both_ways_of(frame.blend_from)
    return None if old is None else old.panes[k].bundle


def _reach(frame: Frame) -> Extent:
    reach = extent(_both(frame))
    assert reach is not None
    return reach


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)
