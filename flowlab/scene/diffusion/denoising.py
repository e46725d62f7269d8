"""The same noise by several samplers, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowlab.core.diffusion.results import TWIN, Denoising, Pane, Schedule, denoising_of, twin_of
from flowlab.core.diffusion.settings import (
    DDIM,
    DDPM,
    IADB,
    KINDS,
    NOT_A_SAMPLER,
    ODE,
    ODE_PREDICTORS,
    PROCESSES,
    SDE,
    SDE_PREDICTORS,
    TEXT,
    VARIANCES,
    Diffusion,
)
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pictures import Picture, Pictures, alone, refusal
from flowlab.scene.furniture.reach import reach_around

TITLES = {**PROCESSES, TWIN: "IADB is DDIM"}


def _is_tiled(frame: Frame) -> bool:
    return denoising_of(frame.bundle) is not None


def _denoising(frame: Frame) -> Denoising:
    denoising = denoising_of(frame.bundle)
    assert denoising is not None
    return denoising


def _pictures(frame: Frame) -> list[Picture]:
    denoising = _denoising(frame)
    pictures = [
        Picture(
            frame=replace(
                alone(frame, pane.bundle, _before(frame, denoising, k)),
                legend=frame.legend and k == 0,
            ),
            title=TITLES[pane.kind],
            lines=lines_of(frame.document.diffusion, pane, denoising.schedule, frame.t),
            dot=colour_of(frame.theme, pane.kind),
        )
        for k, pane in enumerate(denoising.panes)
    ]
    return [*pictures, *_refusals(frame, denoising)]


def _refusals(frame: Frame, denoising: Denoising) -> Iterator[Picture]:
    """An empty picture of each sampler that can't be had, with the reason."""
    assert frame.bundle is not None
    for kind, why in denoising.refused:
        yield refusal(frame, frame.bundle, TITLES[kind], why, colour_of(frame.theme, kind))


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    return reach_around(frame.bundle)


def _is_refused(frame: Frame) -> bool:
    denoising = denoising_of(frame.bundle)
    return denoising is not None and not denoising.panes


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)
REFUSED = replace(PICTURES, is_tiled=_is_refused)  # of other views: why they show nothing


def _before(frame: Frame, denoising: Denoising, k: int) -> Bundle | None:
    """The bundle that a picture still moves away from, while new weights bend it."""
    old = denoising_of(frame.blend_from)
    if old is None or [p.kind for p in old.panes] != [p.kind for p in denoising.panes]:
        return None
    return old.panes[k].bundle


def lines_of(settings: Diffusion, pane: Pane, schedule: Schedule | None, t: float) -> list[str]:
    """The lines below a picture's title: the level at t, and how it is sampled."""
    level = [] if schedule is None else [level_words(schedule, t)]
    return [*level, *_how(settings, pane)]


def level_words(schedule: Schedule, t: float) -> str:
    """The noise level at t, in words."""
    return f"k = {schedule.k(t):,} of {schedule.T:,}"


def _how(settings: Diffusion, pane: Pane) -> list[str]:
    if pane.kind == TEXT:
        return [NOT_A_SAMPLER]
    if pane.kind == TWIN:
        twin = twin_of(pane.bundle)
        apart = [] if twin is None else [apart_words(twin.apart)]
        return ["dots: Euler, rings: DDIM, η = 0", *apart]
    clamp = (
        [f"clamped to ±{settings.box:g}, in units of the scaled data"]
        if settings.clamp and pane.kind in CLAMPED
        else []
    )
    own = {
        DDPM: f"variance: {VARIANCES[settings.variance].lower()}",
        DDIM: f"η = {settings.eta:g}",
        SDE: _sde_words(settings),
        ODE: ODE_PREDICTORS[settings.ode_predictor],
        IADB: f"Euler, {KINDS['blend']}",
    }
    return [own[pane.kind], *clamp]


def apart_words(apart: float) -> str:
    """How far two samplers are apart at most, in words."""
    return f"at most {apart:.1g} apart" if apart else "equal to the last bit"


CLAMPED = DDPM, DDIM, SDE


def _sde_words(settings: Diffusion) -> str:
    corrected = f", {settings.corrector} × corrected" if settings.corrector else ""
    return SDE_PREDICTORS[settings.predictor] + corrected


def colour_of(theme: Theme, kind: str) -> Colour:
    """The colour of a sampler, in pictures and panels: the wrong one has that of warnings."""
    return {
        DDPM: theme.learned,
        DDIM: theme.text,
        SDE: theme.particle,
        ODE: theme.dim,
        TEXT: theme.warn,
        IADB: theme.raw,
        TWIN: theme.raw,
    }[kind]
