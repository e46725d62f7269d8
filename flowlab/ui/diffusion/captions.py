"""The caption of a picture of this room, one line at its foot."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.diffusion.counterfactual_results import counterfactual_of
from flowlab.core.diffusion.elbo_results import forms_of
from flowlab.core.diffusion.face_results import faces_of
from flowlab.core.diffusion.guided_results import guided_run_of
from flowlab.core.diffusion.langevin_results import runs_of
from flowlab.core.diffusion.latent_picture import is_latent
from flowlab.core.diffusion.memorisation_results import memories_of
from flowlab.core.diffusion.results import Denoising, Schedule, denoising_of, strips_of
from flowlab.core.diffusion.score_results import fits_of
from flowlab.core.diffusion.settings import (
    BY_FIELDS,
    ERROR,
    KINDS,
    MODE,
    RING,
    SCHEDULES,
    SOURCE,
    VARIANCES,
)
from flowlab.core.document.document import Document
from flowlab.core.document.training import ABSOLUTE
from flowlab.core.estimates import typeset
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import sees_network
from flowlab.ui.room.captions import COMING, class_words, particles_words, weights_words

MUCH = 0.05  # of the noise's spread, that the data may have left at the start unnoticed
MEDIANS = "L1 loss, which learns medians"
EXACT = "exact noise and score"


def caption(document: Document, bundle: Bundle) -> str:
    """The caption for the document's view; the bundle may still be another view's."""
    words = CAPTIONS[document.view.name](document, bundle)
    learned = sees_network(document) and document.view.shows != "exact"
    absolute = learned and document.training.objective == ABSOLUTE
    return f"{words} · {MEDIANS}" if absolute and words not in ("", COMING) else words


def _of_samplers(document: Document, bundle: Bundle) -> str:
    denoising = denoising_of(bundle)
    if denoising is None:
        return COMING
    if denoising.schedule is None:
        return ""
    return " · ".join([*_parts(document, bundle, denoising.schedule), _whose(bundle, denoising)])


def _of_strips(document: Document, bundle: Bundle) -> str:
    strips = strips_of(bundle)
    if strips is None:
        return _of_samplers(document, bundle)
    parts = [
        *_parts(document, bundle, strips.schedule),
        _whose(bundle, strips),
    ]
    return " · ".join(parts)


def _of_faces(document: Document, bundle: Bundle) -> str:
    maps = faces_of(bundle)
    if maps is None:
        return COMING
    drawn = document.diffusion.faces_as == ERROR and maps.away is not None
    parts = [
        f"{len(maps.times)} of {maps.schedule.T:,} levels",
        *(["blank where hardly any data are"] if drawn else ["arrows of typical length at each"]),
        levels_words(document, maps.schedule),
        *class_words(document, maps.condition),
        _whose(bundle, maps),
    ]
    return " · ".join(parts)


def _of_langevin(document: Document, bundle: Bundle) -> str:
    runs = runs_of(bundle)
    if runs is None:
        return COMING
    drawn = len(bundle.times) - 1
    parts = [
        particles_words(bundle, document.view.particles),
        f"{runs.steps:,} steps from {BEGUN[document.diffusion.langevin_start]}",
        *([f"drawn at {drawn + 1:,} times"] if drawn < runs.steps else []),
        f"annealed over {len(runs.sigmas)} σ from {runs.sigmas[0]:.3g} to {runs.sigmas[-1]:.3g}",
        _whose(bundle, runs),
    ]
    return " · ".join(parts)


def _of_scores(document: Document, bundle: Bundle) -> str:  # noqa: ARG001  # as the others
    fits = fits_of(bundle)
    if fits is None:
        return COMING
    parts = [
        f"trained for {fits.steps:,} steps each",
        f"noise N(0, σ² I), σ = {fits.sigma:.3g}",
        "arrows and colours on one scale",
        "blank where hardly any data are",
    ]
    return " · ".join(parts)


def _of_bound(document: Document, bundle: Bundle) -> str:
    forms = forms_of(bundle)
    if forms is None:
        return COMING
    settings = document.diffusion
    parts = [
        f"mean over {forms.points:,} data points",
        f"variance: {VARIANCES[forms.variance].lower()}",
        f"{SCHEDULES[settings.schedule]} schedule, T = {forms.schedule.T:,}",
        *class_words(document, forms.condition),
        _whose(bundle, forms),
    ]
    return " · ".join(parts)


def _of_latent(document: Document, bundle: Bundle) -> str:
    if not is_latent(bundle):
        return COMING
    settings = document.diffusion
    bend = f" + {settings.latent_bend:g} z²" if settings.latent_bend else ""
    decoder = f"x = {settings.latent_slope:g} z{bend} + {settings.latent_deviation:g} ε"
    return f"{decoder} · q = N({settings.q_mean:.3g}, {settings.q_deviation:.3g}²)".replace(
        "-", "−"
    )


def _of_memories(document: Document, bundle: Bundle) -> str:
    memories = memories_of(bundle)
    if memories is None:
        return COMING
    schedule = memories.schedule
    parts = [
        particles_words(bundle, document.view.particles),
        f"{len(memories.points):,} training points",
        f"DDIM, η = 0, {schedule.steps:,} of {schedule.T:,} steps",
        "arrows of typical length at each level",
        "exact field of the whole target" if memories.exact else weights_words(bundle),
    ]
    return " · ".join(parts)


BEGUN = {RING: "a far ring", MODE: "one mode", SOURCE: "the source"}


def _whose(bundle: Bundle, known: Denoising | object) -> str:
    exact = bool(getattr(known, "exact", False))
    return EXACT if exact else weights_words(bundle)


def _parts(document: Document, bundle: Bundle, schedule: Schedule) -> list[str]:
    drawn = len(bundle.times) - 1
    return [
        particles_words(bundle, document.view.particles),
        f"{schedule.steps:,} of {schedule.T:,} steps",
        *([f"drawn at {drawn + 1:,} times"] if drawn < schedule.steps else []),
        levels_words(document, schedule),
        *([NOT_NOISE.format(schedule.left)] if schedule.left > MUCH else []),
    ]


NOT_NOISE = "not all noise at the start: the data’s spread is {:.2g} times the noise’s"


def levels_words(document: Document, schedule: Schedule) -> str:
    """Kind and schedule of the levels, and how much of the data is left in the noisiest."""
    settings = document.diffusion
    if settings.kind == "ve":
        return f"{KINDS['ve'].lower()}, σ to {schedule.noise[0]:g}, drawn at x/√(1 + σ²)"
    kind = "" if settings.kind == "vp" else f"{KINDS[settings.kind]}, "
    bar = typeset(f"{schedule.bar:.2g}")
    return f"{kind}{SCHEDULES[settings.schedule]} schedule, ᾱ_T = {bar}"


def _of_guidance(document: Document, bundle: Bundle) -> str:
    run = guided_run_of(bundle)
    if run is None:
        return COMING
    guide = "two exact fields" if run.by == BY_FIELDS else "the exact classifier"
    whose = f"led by {guide}" if run.exact else weights_words(bundle)
    parts = [*_parts(document, bundle, run.schedule), *_interval(run.between), whose]
    return " · ".join(parts)


def _interval(between: tuple[float, float]) -> list[str]:
    low, high = between
    return [] if between == (0.0, 1.0) else [f"guided from t = {low:g} to {high:g}"]


def _of_counterfactuals(document: Document, bundle: Bundle) -> str:
    run = counterfactual_of(bundle)
    if run is None:
        return COMING
    parts = [
        particles_words(bundle, document.view.particles),
        f"noised to k = {run.k:,} of {run.schedule.T:,}",
        levels_words(document, run.schedule),
        _whose(bundle, run),
    ]
    return " · ".join(parts)


CAPTIONS: dict[str, Callable[[Document, Bundle], str]] = {
    "samplers": _of_samplers,
    "noising": _of_strips,
    "diffusion_time_plane": _of_samplers,
    "faces": _of_faces,
    "class_guidance": _of_guidance,
    "counterfactual": _of_counterfactuals,
    "langevin_dynamics": _of_langevin,
    "learned_scores": _of_scores,
    "elbo": _of_bound,
    "latent_model": _of_latent,
    "memorisation": _of_memories,
}
