"""The same particles by the ODE, by the SDE and by naive noise, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowlab.core.stochastic.results import (
    CHURN,
    NAIVE,
    ODE,
    SDE,
    TITLES,
    Pane,
    Processes,
    processes_of,
)
from flowlab.core.stochastic.settings import LEVELS, eps_shape_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.particle_values import ParticleValues
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pictures import Picture, Pictures, alone, refusal
from flowlab.scene.furniture.reach import reach_around


def _is_tiled(frame: Frame) -> bool:
    return processes_of(frame.bundle) is not None


def _processes(frame: Frame) -> Processes:
    processes = processes_of(frame.bundle)
    assert processes is not None
    return processes


def _pictures(frame: Frame) -> list[Picture]:
    processes = _processes(frame)
    coloured = _change(frame, processes.panes[0]) is not None  # unlike the other particles
    shown = [
        Picture(
            frame=replace(
                alone(frame, pane.bundle, _before(frame, processes, k)),
                t=frame.t if pane.kind in (ODE, CHURN) else min(frame.t, processes.until),
                values=_change(frame, pane),
                legend=frame.legend and k <= coloured,
            ),
            title=TITLES[pane.kind],
            lines=_lines(frame, pane),
            dot=colour_of(frame.theme, pane.kind),
        )
        for k, pane in enumerate(processes.panes)
    ]
    places = list(TITLES.values())
    return sorted([*shown, *_refusals(frame, processes)], key=lambda each: places.index(each.title))


def _refusals(frame: Frame, processes: Processes) -> Iterator[Picture]:
    """An empty picture of each process that can't be had, with the reason."""
    bundle = processes.panes[0].bundle
    for kind, why in processes.refused:
        yield refusal(frame, bundle, TITLES[kind], why, colour_of(frame.theme, kind))


def _reach(frame: Frame) -> Extent:
    return reach_around(_processes(frame).panes[0].bundle)


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def _before(frame: Frame, processes: Processes, k: int) -> Bundle | None:
    """The bundle that a picture still moves away from, while new weights or noise bend it."""
    old = processes_of(frame.blend_from)
    if old is None or len(old.panes) != len(processes.panes):
        return None
    return old.panes[k].bundle


def _change(frame: Frame, pane: Pane) -> ParticleValues | None:
    """What the particles of a picture are coloured by, if the document asks for it."""
    return pane.change if frame.document.stochastic.density_change else None


def _lines(frame: Frame, pane: Pane) -> list[str]:
    settings = frame.document.stochastic
    if pane.kind == ODE:
        change = _change(frame, pane)
        return ["dX = b dt", *([] if change is None else [f"Colour: {change.name}"])]
    if pane.kind == CHURN:
        return [f"{settings.churn:g} h back with fresh noise, then {1 + settings.churn:g} h on"]
    shape = eps_shape_of(settings, frame.document.path.noisy)
    level = LEVELS[shape].replace("ε", f"{settings.eps:.3g}", 1)
    drift = "b" if pane.kind == NAIVE else "(b + ε s)"
    processes = processes_of(frame.bundle)
    until = 1.0 if processes is None else processes.until
    stops = [f"ends at t = {until:g}"] if until < 1 else []
    shown = f"ε = {level}".replace(" ", "\N{NO-BREAK SPACE}")  # on one line
    return [f"dX = {drift} dt + √(2ε) dW, {shown}", *stops]


def colour_of(theme: Theme, kind: str) -> Colour:
    """The colour of a process, in pictures and panels: the wrong one has that of warnings."""
    return {ODE: theme.text, CHURN: theme.dim, SDE: theme.learned, NAIVE: theme.warn}[kind]
