"""The caption of a picture of this room, one line at its foot."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.solver import METHODS
from flowlab.core.stochastic.curves import characteristics_of
from flowlab.core.stochastic.results import processes_of
from flowlab.core.stochastic.settings import SDE_METHODS
from flowlab.core.stochastic.strip_results import strip_of
from flowlab.core.stochastic.trip_results import RoundTrips, trips_of
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, counted, particles_words, weights_words
from flowlab.ui.stochastic.race_caption import race_caption

LAST = "last velocity at t = 1 − h/2"


def caption(document: Document, bundle: Bundle) -> str:
    """The caption for the document's view; the bundle may still be another view's."""
    if document.view.name == "race":
        return race_caption(document, bundle)
    if (strip := strip_of(bundle)) is not None:
        return f"{particles_words(bundle, document.view.particles)} at {len(strip.times)} times"
    if (trips := trips_of(bundle)) is not None:
        return round_trip_caption(document, bundle, trips)
    if document.view.name == "characteristics":
        return _of_curves(document, bundle)
    processes = processes_of(bundle)
    if processes is None:
        return COMING
    ode, sde = document.solver, document.stochastic
    name = METHODS[ode.method]
    parts = [
        particles_words(bundle, document.view.particles),
        f"ODE {name}" + ("" if ode.method == "dopri5" else f" {ode.steps}"),
        f"SDE {SDE_METHODS[sde.method]}, {counted(sde.steps, 'step')}",
        *([f"SDE ends at t = {processes.until:g}"] if processes.until < 1 else []),
        *([LAST] if processes.last < processes.until == 1 and sde.eps else []),
        weights_words(bundle, exact=processes.exact),
    ]
    return " · ".join(parts)


def round_trip_caption(document: Document, bundle: Bundle, trips: RoundTrips) -> str:
    """The caption of the round trips: their particles, solvers and velocity."""
    ode, sde = document.solver, document.stochastic
    steps = "" if ode.method == "dopri5" else f" {ode.steps}"
    return " · ".join(
        (
            particles_words(bundle, document.view.particles),
            f"ODE {METHODS[ode.method]}{steps}",
            f"SDE {SDE_METHODS[sde.method]}, {counted(sde.steps, 'step')}, each way",
            weights_words(bundle, exact=trips.exact),
        )
    )


def _of_curves(document: Document, bundle: Bundle) -> str:
    found, solver = characteristics_of(bundle), document.solver
    if found is None:
        return COMING
    parts = [
        particles_words(bundle, document.view.particles),
        METHODS[solver.method] + ("" if solver.method == "dopri5" else f" {solver.steps}"),
        f"{counted(found.count, 'curve')}, Runge–Kutta {len(found.times) - 1}",
        weights_words(bundle, exact=found.exact),
    ]
    return " · ".join(parts)
