"""The views of the ODE / SDE room, after the notebook on stochastic interpolants."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow

_CLOUD = ("show_particles", "show_trails", "show_density", "show_contours", "show_paths")
_PLAIN = {"layout": "overlay", "show_raw": False, "field": "none", "show_grid": False}

ROOM = Room(
    name="stochastic",
    title="ODE / SDE",
    tip="One velocity, and a family of processes with the same marginals",
    settings="stochastic",
    presets="flowlab.core.stochastic.presets:presets",
    views=(
        ViewRow(
            name="processes",
            title="ODE and SDE",
            button="Processes",
            tip="The same starts carried by the ODE, by the SDE, and by noise without the score",
            plan="flowlab.core.stochastic.plan:processes",
            reads=("eps", "eps_shape", "method", "steps", "naive"),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
        ViewRow(
            name="characteristics",
            title="Characteristics",
            tip="Curves of the velocity with their density, and the mass that flows through a cell",
            plan="flowlab.core.stochastic.characteristics:characteristics",
            reads=("curves", "show_cell", "cell_x", "cell_y", "cell_size"),
            compares=False,
            layers=("show_particles", "show_density", "show_contours", "show_ends"),
            overrides={**_PLAIN, "show_paths": False, "show_trails": False},
            still=0.5,
            ends=True,
        ),
    ),
)
