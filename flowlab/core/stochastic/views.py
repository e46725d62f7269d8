"""The views of the ODE / SDE room, after the notebook on stochastic interpolants."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow, only

_CLOUD = ("show_particles", "show_trails", "show_density", "show_contours", "show_paths")
_PLAIN = {"layout": "overlay", "show_raw": False, "field": "none", "show_grid": False}
_MAPS = only(show_raw=False, layout="overlay")

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
            name="likelihood",
            title="Likelihood",
            tip="log p at t = 1 by the exact divergence, and by Hutchinson's estimate of it",
            plan="flowlab.core.stochastic.likelihood:likelihood",
            reads=("vectors",),
            compares=False,
            overrides=_MAPS,
            ends=True,
        ),
        ViewRow(
            name="divergence",
            title="Curl and divergence",
            button="Curl",
            tip="How fast the flow turns and thins out, learned and exact",
            plan="flowlab.core.stochastic.derivatives:derivatives",
            is_new="flowlab.core.stochastic.derivatives:is_new",
            compares=False,
            overrides=_MAPS | {"shows": "learned"},
            still=0.5,
            ends=True,
        ),
    ),
)
