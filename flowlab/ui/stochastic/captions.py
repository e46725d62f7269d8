"""The caption of a picture of this room, one line at its foot."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.solver import METHODS
from flowlab.core.stochastic.curves import characteristics_of
from flowlab.core.stochastic.results import processes_of
from flowlab.core.stochastic.settings import SDE_METHODS
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, counted, particles_words, weights_words

LAST = "last velocity at t = 1 − h/2"


def caption(document: Document, bundle: Bundle) -> str:
    """The caption for the document's view; the bundle may still be another view's."""
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
        *([LAST] if processes.last < 1 and sde.eps else []),
        weights_words(bundle, exact=processes.exact),
    ]
    return " · ".join(parts)


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
