"""The ODE / SDE room's presets; those called notebook are the figures of the interpolants notebook.

Its eight Gaussians, network, loss and optimiser; Euler in 80 steps, the SDE at eps = 2 in 80 steps.
"""

from __future__ import annotations

from typing import Any

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.recipes import NOTEBOOK, with_recipe
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.rows import Preset

_TRAINED = "notebook_ode_and_sde"  # whose weights the other figures of the notebook share
_STEPS = 5000


def presets() -> dict[str, Preset]:
    """Name -> the preset, in the order of the menu."""
    return {
        "ode_and_sde": Preset(lambda: _beside("eight_gaussians"), weights="eight_gaussians"),
        "there_and_back": Preset(
            lambda: notebook("round_trip", particles=1000, highlighted=3), t=1.0, weights=_TRAINED
        ),
        "notebook_samples": Preset(
            lambda: notebook("strip", particles=5000, panels=2), t=1.0, weights=_TRAINED
        ),
        "notebook_interpolant": Preset(
            lambda: notebook("strip", particles=8000), t=1.0, weights=_TRAINED
        ),
        _TRAINED: Preset(
            lambda: notebook("processes", particles=20_000, highlighted=0), t=1.0, steps=_STEPS
        ),
    }


def _beside(target: str) -> Document:
    view = View(name="processes", highlighted=6)
    return Document(source=named("gaussian"), target=named(target), view=view)


def notebook(view: str, panels: int = 6, **shown: Any) -> Document:
    """The notebook's document in a view, of which `shown` are further fields."""
    document = Document(
        source=named("gaussian"),
        target=named("eight_gaussians"),
        solver=Solver(method="euler", steps=80),
        view=View(name=view, **shown),
        stochastic=Stochastic(eps=2.0, eps_shape="alpha", steps=80, naive=False, panels=panels),
    )
    return with_recipe(document, NOTEBOOK)
