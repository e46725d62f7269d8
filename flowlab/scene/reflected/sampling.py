"""The reverse SDE, the same with less noise, and the flow, from the same starts side by side."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.estimates import to_error
from flowlab.core.reflected.results import TITLES, Sampled, Sampling, sampling_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pictures import Picture, Pictures, alone
from flowlab.scene.reflected.held import held
from flowlab.scene.reflected.walls import extent


def _is_tiled(frame: Frame) -> bool:
    return sampling_of(frame.bundle) is not None


def _sampling(frame: Frame) -> Sampling:
    sampling = sampling_of(frame.bundle)
    assert sampling is not None
    return sampling


def _pictures(frame: Frame) -> list[Picture]:
    sampling = _sampling(frame)
    return [
        Picture(
            frame=replace(
                alone(frame, pane.bundle, _before(frame, sampling, k)),
                legend=frame.legend and k == 0,
                t=held(pane.bundle, frame.t),
            ),
            title=title_of(frame, pane),
            lines=[_spent(pane), _distance(sampling, pane)],
            dot=colour_of(frame.theme, pane.kind),
        )
        for k, pane in enumerate(sampling.panes)
    ]


def title_of(frame: Frame, pane: Sampled) -> str:
    """The process's name, of the annealed one with its level."""
    share = frame.document.reflected.annealed
    return f"ḡ = {share:g} g" if pane.kind == "annealed" else TITLES[pane.kind]


def _spent(pane: Sampled) -> str:
    """The scores of a particle, and how many steps the walls turned."""
    scores = f"{pane.bundle.evaluations:,} scores"
    return f"{scores} · {100 * pane.left:.1f} % of steps met a wall"


def _distance(sampling: Sampling, pane: Sampled) -> str:
    if pane.w2 is None or sampling.fresh is None:
        return "W₂ at t = 1: …"
    return f"W₂ at t = 1: {to_error(pane.w2, pane.w2.error)}"


def _before(frame: Frame, sampling: Sampling, k: int) -> Bundle | None:
    old = sampling_of(frame.blend_from)
    return None if old is None or len(old.panes) != len(sampling.panes) else old.panes[k].bundle


def _reach(frame: Frame) -> Extent:
    reach = extent(_sampling(frame))
    assert reach is not None
    return reach


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def colour_of(theme: Theme, kind: str) -> Colour:
    """The colour of a process."""
    return {"sde": theme.learned, "annealed": theme.dim, "flow": theme.text}[kind]
