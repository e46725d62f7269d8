"""The caption of a picture of this room, one line at its foot."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.core.document.solver import METHODS
from flowlab.core.stochastic.curves import characteristics_of
from flowlab.core.stochastic.results import NAIVE, SDE, Processes, processes_of
from flowlab.core.stochastic.settings import SDE_METHODS, Stochastic
from flowlab.core.stochastic.strip_results import strip_of
from flowlab.core.stochastic.trip_results import RoundTrips, trips_of
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, class_words, counted, particles_words, weights_words
from flowlab.ui.stochastic.map_captions import divergence_caption, likelihood_caption
from flowlab.ui.stochastic.race_caption import race_caption

LAST = "last velocity at t = 1 − h/2"
ENDS = "first and last velocity at h/2 from the ends"
_ROUNDING = 1e-9
SCORES = {"exact": "exact score", "noise": "learned E[z | x]"}


def caption(document: Document, bundle: Bundle) -> str:
    """The caption for the document's view; the bundle may still be another view's."""
    return CAPTIONS[document.view.name](document, bundle)


def _of_processes(document: Document, bundle: Bundle) -> str:
    processes = processes_of(bundle)
    if processes is None:
        return COMING
    ode, sde = document.solver, document.stochastic
    name = METHODS[ode.method]
    parts = [
        particles_words(bundle, document.view.particles),
        f"ODE {name}" + ("" if ode.method == "dopri5" else f" {ode.steps}"),
        *_sde_words(processes, sde),
        *([f"SDE ends at t = {processes.until:g}"] if processes.until < 1 else []),
        *_inside_words(processes, sde.eps, sde.steps),
        *([SCORES[processes.score]] if processes.score and sde.eps else []),
        *_stored_words(bundle, processes),
        weights_words(bundle, exact=processes.exact),
    ]
    return " · ".join(parts)


def _sde_words(processes: Processes, sde: Stochastic) -> list[str]:
    """The solver of what has noise, if anything has."""
    name = "SDE" if processes.has(SDE) else "noise"
    noisy = processes.has(SDE) or processes.has(NAIVE)
    return [f"{name} {SDE_METHODS[sde.method]}, {counted(sde.steps, 'step')}"] if noisy else []


def _stored_words(bundle: Bundle, processes: Processes) -> list[str]:
    """At how many times a file has the paths, while all of them are computed."""
    count = counted(len(bundle.times), "time")
    return [f"stored at {count}, all on their way"] if processes.stored else []


def _inside_words(processes: Processes, eps: float, steps: int) -> list[str]:
    """Where the drift of an SDE is evaluated instead of at the ends of time."""
    half = 0.5 / steps
    if not eps or processes.until < 1 or processes.last > 1 - half + _ROUNDING:
        return []
    return [ENDS if processes.first > half - _ROUNDING else LAST]


def _of_curves(document: Document, bundle: Bundle) -> str:
    found, solver = characteristics_of(bundle), document.solver
    if found is None:
        return COMING
    parts = [
        particles_words(bundle, document.view.particles),
        METHODS[solver.method] + ("" if solver.method == "dopri5" else f" {solver.steps}"),
        f"{counted(found.count, 'curve')}, Runge–Kutta {len(found.times) - 1}",
        *class_words(document, found.condition),
        weights_words(bundle, exact=found.exact),
    ]
    return " · ".join(parts)


def _of_strip(document: Document, bundle: Bundle) -> str:
    strip = strip_of(bundle)
    if strip is None:
        return COMING
    return f"{particles_words(bundle, document.view.particles)} at {len(strip.times)} times"


def _of_trips(document: Document, bundle: Bundle) -> str:
    trips = trips_of(bundle)
    return COMING if trips is None else round_trip_caption(document, bundle, trips)


def round_trip_caption(document: Document, bundle: Bundle, trips: RoundTrips) -> str:
    """The caption of the round trips: their particles, solvers and velocity."""
    ode, sde = document.solver, document.stochastic
    steps = "" if ode.method == "dopri5" else f" {ode.steps}"
    each_way = f"{counted(sde.steps, 'step')}, each way"
    return " · ".join(
        (
            particles_words(bundle, document.view.particles),
            f"ODE {METHODS[ode.method]}{steps}",
            *([] if trips.refused else [f"SDE {SDE_METHODS[sde.method]}, {each_way}"]),
            weights_words(bundle, exact=trips.exact),
        )
    )


CAPTIONS: dict[str, Callable[[Document, Bundle], str]] = {
    "processes": _of_processes,
    "time_plane": _of_processes,
    "characteristics": _of_curves,
    "round_trip": _of_trips,
    "strip": _of_strip,
    "race": race_caption,
    "likelihood": likelihood_caption,
    "divergence": divergence_caption,
}
