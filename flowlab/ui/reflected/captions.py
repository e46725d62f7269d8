"""The caption of a picture of this room, one line at its foot."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.classes import class_name, classes_of, nearest_class
from flowlab.core.document.document import Document
from flowlab.core.document.solver import METHODS
from flowlab.core.domains.domain import BOUNCES
from flowlab.core.reflected.flow_results import wall_flow_of
from flowlab.core.reflected.heat_results import heat_maps_of, tones_of, wall_likelihood_of
from flowlab.core.reflected.results import (
    both_ways_of,
    guided_of,
    motion_of,
    sampling_of,
    slow_steps_of,
    ways_of,
)
from flowlab.core.reflected.score_results import score_maps_of
from flowlab.core.reflected.settings import WALLS, WAYS
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, counted, particles_words, weights_words


def caption(document: Document, bundle: Bundle) -> str:
    """The caption for the document's view; the bundle may still be another view's."""
    return CAPTIONS[document.view.name](document, bundle)


def _of_motion(document: Document, bundle: Bundle) -> str:
    motion = motion_of(bundle)
    if motion is None:
        return COMING
    return " · ".join([*_words(document, bundle), *stopped_words(motion.stopped)])


def _of_ways(document: Document, bundle: Bundle) -> str:
    ways = ways_of(bundle)
    if ways is None:
        return COMING
    return " · ".join([*_words(document, bundle), *stopped_words(ways.stopped)])


def _of_sampling(document: Document, bundle: Bundle) -> str:
    settings, sampling = document.reflected, sampling_of(bundle)
    if sampling is None:
        return COMING
    steps, flow = counted(settings.reverse_steps, "step"), counted(settings.flow_steps, "step")
    parts = [
        particles_words(bundle, document.view.particles),
        f"{WALLS[settings.walls].lower()} walls",
        f"with noise {steps}, flow {flow}",
        "reflected" if settings.guard == "reflect" else "projected",
        ROUGH if sampling.rough else score_words(bundle, exact=sampling.exact),
        *stopped_words(sampling.stopped),
        *(["target clipped to the walls"] if settings.clip else []),
    ]
    return " · ".join(parts)


def _of_both(document: Document, bundle: Bundle) -> str:
    settings, both = document.reflected, both_ways_of(bundle)
    if both is None:
        return COMING
    parts = [
        f"{particles_words(bundle, document.view.particles)} each way",
        f"{WALLS[settings.walls].lower()} walls",
        counted(settings.reverse_steps, "step"),
        ROUGH if both.rough else score_words(bundle, exact=both.exact),
        *stopped_words(both.stopped),
        *(["target clipped to the walls"] if settings.clip else []),
    ]
    return " · ".join(parts)


def _of_flow(document: Document, bundle: Bundle) -> str:
    flows = wall_flow_of(bundle)
    if flows is None:
        return COMING
    steps = counted(document.solver.steps, "step")
    how = METHODS.get(bundle.method, bundle.method)
    parts = [
        particles_words(bundle, document.view.particles),
        f"{WALLS[document.reflected.walls].lower()} walls",
        how if bundle.method == "dopri5" else f"{how}, {steps}",
        weights_words(bundle, exact=flows.exact),
        *stopped_words(flows.stopped),
        *(["source and target clipped to the walls"] if document.reflected.clip else []),
    ]
    return " · ".join(parts)


def _of_steps(document: Document, bundle: Bundle) -> str:
    steps = slow_steps_of(bundle)
    if steps is None:
        return COMING
    return " · ".join(
        [
            f"{WALLS[document.reflected.walls].lower()} walls",
            f"{counted(steps.count, 'step')}, {WAYS[steps.way].lower()}",
            score_words(bundle, exact=steps.exact),
            *stopped_words(steps.stopped),
            *(["target clipped to the walls"] if document.reflected.clip else []),
        ]
    )


def _of_heat(document: Document, bundle: Bundle) -> str:
    maps = heat_maps_of(bundle)
    if maps is None:
        return COMING
    x, y = (f"{value:zg}".replace("-", "−") for value in maps.point)
    walls = WALLS[document.reflected.walls].lower()
    return f"{walls} walls · x₀ = ({x}, {y}) · at the nearest of {len(maps.times)} σ"


def _of_tones(document: Document, bundle: Bundle) -> str:
    tones = tones_of(bundle)
    if tones is None:
        return COMING
    return f"{WALLS[document.reflected.walls].lower()} walls · no flux through them"


def _of_likelihood(document: Document, bundle: Bundle) -> str:
    known = wall_likelihood_of(bundle)
    if known is None:
        return COMING
    walls = WALLS[document.reflected.walls].lower()
    return (
        f"{walls} walls · Heun, {counted(known.steps, 'step')} · exact score · blank where "
        "hardly any data lie"
    )


def _of_guidance(document: Document, bundle: Bundle) -> str:
    guided = guided_of(bundle)
    if guided is None:
        return COMING
    settings, known = document.reflected, classes_of(document.target)
    asked = settings.one_class and known
    name = class_name(nearest_class(known, settings.guided_class), document.target) if asked else ""
    noisy, flow = guided.bundles[0], guided.bundles[-1]
    parts = [
        particles_words(bundle, document.view.particles),
        f"class {name}, w = {settings.guidance:g}" if asked else "all classes",
        f"with noise {_steps(noisy, settings.reverse_steps)}, "
        f"flow {_steps(flow, settings.flow_steps)}",
        ROUGH if guided.rough else score_words(bundle, exact=guided.exact),
        *stopped_words(guided.stopped),
        *(["target clipped to the walls"] if settings.clip else []),
    ]
    return " · ".join(parts)


def _steps(bundle: Bundle, wanted: int) -> str:
    """The number of steps; "100 of 1,000 steps" where a first answer takes fewer."""
    taken = len(bundle.times) - 1
    return f"{taken:,} of {counted(wanted, 'step')}" if taken < wanted else counted(taken, "step")


def _of_score(document: Document, bundle: Bundle) -> str:
    maps = score_maps_of(bundle)
    if maps is None:
        return COMING
    parts = [
        f"{WALLS[document.reflected.walls].lower()} walls",
        score_words(bundle, exact=False),
        f"at the nearest of {len(maps.times)} σ",
        *([ROUGH] if maps.rough else []),
        *(["target clipped to the walls"] if document.reflected.clip else []),
    ]
    return " · ".join(parts)


def score_words(bundle: Bundle, *, exact: bool) -> str:
    """Whether a picture is by the exact score, or after how many steps of training."""
    return "exact score" if exact else f"score after {counted(bundle.step, 'training step')}"


def stopped_words(count: int) -> list[str]:
    """How many steps had too many walls to meet, as a part of a caption; empty for none."""
    return [f"{counted(count, 'step')} stopped after {BOUNCES:,} bounces"] if count else []


def _words(document: Document, bundle: Bundle) -> list[str]:
    settings = document.reflected
    return [
        particles_words(bundle, document.view.particles),
        f"{WALLS[settings.walls].lower()} walls",
        f"from {START_WORDS[settings.start]}",
        f"{NOISE_WORDS[settings.process]}, {counted(settings.steps, 'step')}",
        *(["target clipped to the walls"] if settings.clip and settings.start == "target" else []),
    ]


ROUGH = "exact score, rough at first"
START_WORDS = {
    "target": "the target",
    "uniform": "the uniform law",
    "point": "one point",
}
NOISE_WORDS = {"ve": "variance exploding", "brownian": "Brownian motion"}
CAPTIONS: dict[str, Callable[[Document, Bundle], str]] = {
    "reflected_motion": _of_motion,
    "reflected_time_plane": _of_motion,
    "ways_to_stay": _of_ways,
    "reflected_sampling": _of_sampling,
    "forward_and_reverse": _of_both,
    "flow_between_walls": _of_flow,
    "step_in_walls": _of_steps,
    "guidance_in_walls": _of_guidance,
    "wall_score": _of_score,
    "heat_kernel": _of_heat,
    "wall_tones": _of_tones,
    "wall_likelihood": _of_likelihood,
}
