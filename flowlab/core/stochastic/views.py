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
            calls="flowlab.core.stochastic.plan:evaluations",
            reads=("eps", "eps_shape", "method", "steps", "naive"),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
        ViewRow(
            name="race",
            title="Step budget",
            button="Race",
            tip="Every solver at one budget, and how fast its error falls with its steps",
            plan="flowlab.core.stochastic.race.plan:race",
            calls="flowlab.core.stochastic.race.plan:evaluations",
            reads=("eps", "eps_shape", "race_by", "race_evaluations", "race_milliseconds"),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
    ),
)
