"""The ODE / SDE room's presets; those called notebook are the figures of the interpolants notebook.

Its eight Gaussians, network, loss and optimiser; Euler in 80 steps, the SDE at eps = 2 in 80 steps.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.recipes import NOTEBOOK, with_recipe
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.rows import Preset

_TRAINED = "notebook_ode_and_sde"  # whose weights the other figures of the notebook share
_STEPS = 5000
_RING = tuple(  # starts of curves: two to each of the eight modes
    (round(1.2 * math.cos(angle), 3), round(1.2 * math.sin(angle), 3), 0.0)
    for angle in (math.pi * (k + 0.5) / 8 for k in range(16))
)
_CELL = {"show_cell": True, "cell_x": 1.8, "cell_y": 1.8, "cell_size": 1.5}  # where mass passes


def presets() -> dict[str, Preset]:
    """Name -> the preset, in the order of the menu."""
    return {
        "ode_and_sde": Preset(
            lambda: _beside("eight_gaussians"), weights="eight_gaussians", title="ODE and SDE"
        ),
        "there_and_back": Preset(
            lambda: notebook("round_trip", particles=1000, highlighted=3), t=1.0, weights=_TRAINED
        ),
        "notebook_samples": Preset(
            lambda: notebook("strip", particles=5000, panels=2, **_dots(0.5)),
            t=1.0,
            weights=_TRAINED,
        ),
        "notebook_interpolant": Preset(
            lambda: notebook("strip", particles=8000, **_dots(0.08)), t=1.0, weights=_TRAINED
        ),
        "schroedinger_bridge": Preset(
            schroedinger_bridge, t=1.0, steps=_STEPS, title="Schrödinger bridge"
        ),
        "notebook_curves": Preset(
            lambda: _characteristics(curves=_RING, show_cell=False), t=1.0, weights=_TRAINED
        ),
        "notebook_flux": Preset(lambda: _characteristics(**_CELL), t=0.5, weights=_TRAINED),
        _TRAINED: Preset(
            lambda: notebook(
                "processes", particles=20_000, highlighted=0, show_ends=False, **_dots(0.03)
            ),
            t=1.0,
            steps=_STEPS,
            title="Notebook ODE and SDE",
        ),
    }


def _dots(opacity: float) -> dict[str, Any]:
    """Dots as the notebook draws them: six points wide, and this opaque."""
    return {"opacity": opacity, "dot": 3.0}


def _characteristics(**settings: Any) -> Document:
    """The notebook's flow with curves, or a cell, that are set so."""
    document = notebook("characteristics", particles=500, highlighted=0)
    return document.with_parts(stochastic=replace(document.stochastic, **settings))


def _beside(target: str) -> Document:
    view = View(name="processes", highlighted=6)
    return Document(source=named("gaussian"), target=named(target), view=view)


def schroedinger_bridge(sigma: float = 1.0) -> Document:
    """N(0, 1) to N(0, 4), of all processes with these ends the one nearest to sigma W.

    Its pairs are those of the entropic plan of regularisation 2 sigma^2, joined by Brownian
    bridges of sigma W. At eps = sigma^2 / 2, whose noise is that of sigma W, the SDE is the bridge
    and keeps the plan; other levels have the same marginals and another plan.
    """
    return Document(
        source=named("gaussian"),
        target=Gaussian(std_x=2.0, std_y=2.0),
        path=Path(noise="brownian", level=sigma),
        coupling=Coupling(kind="sinkhorn", regularisation=2 * sigma**2),
        network=Network(predicts="velocity_and_noise"),
        view=View(name="time_plane", highlighted=6),
        stochastic=Stochastic(eps=sigma**2 / 2, eps_shape="constant", naive=False),
    )


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
