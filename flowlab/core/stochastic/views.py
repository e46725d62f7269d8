"""The views of the ODE / SDE room, after the notebook on stochastic interpolants."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow, only

_CLOUD = ("show_particles", "show_trails", "show_density", "show_contours", "show_paths")
_PLAIN = {"layout": "overlay", "show_raw": False, "field": "none", "show_grid": False}
_MAPS = only(show_raw=False, layout="overlay")
_PROCESSES = (
    "eps",
    "eps_shape",
    "eps_curve",
    "exact_score",
    "method",
    "steps",
    "naive",
    "churn",
    "stop",
)
_PATHS_ALONE = {
    name: value
    for name, value in only(layout="overlay", show_raw=False).items()
    if name != "show_paths"
}

ROOM = Room(
    name="stochastic",
    title="ODE / SDE",
    tip="One velocity, and a family of processes with the same marginals",
    settings="stochastic",
    presets="flowlab.core.stochastic.presets:presets",
    views=(
        ViewRow(
            name="processes",
            also="drift, probability flow ODE, Fokker Planck equation, stochastic process, "
            "diffusion process, forward process, random walk, "
            "Brownian motion",
            title="ODE and SDE",
            button="Processes",
            tip="The same starts carried by the ODE, by the SDE, and by noise without the score",
            plan="flowlab.core.stochastic.plan:processes",
            calls="flowlab.core.stochastic.plan:evaluations",
            reads=(*_PROCESSES, "density_change"),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
        ViewRow(
            name="time_plane",
            also="time plane, space time, one coordinate, x against t",
            title="(t, x)",
            button="(t, x)",
            tip="Paths against time over the density of one coordinate: paths differ, marginals "
            "don't",
            plan="flowlab.core.stochastic.time_plane:time_plane",
            calls="flowlab.core.stochastic.time_plane:evaluations",
            reads=_PROCESSES,
            compares=False,
            layers=("show_paths",),
            overrides=_PATHS_ALONE,
            still=0.5,
            ends=True,
        ),
        ViewRow(
            name="characteristics",
            also="method of characteristics, continuity equation, transport equation, advection",
            title="Characteristics",
            button="Curves",
            tip="Curves of the velocity with their density, and the mass that flows through a cell",
            plan="flowlab.core.stochastic.characteristics:characteristics",
            reads=("curves", "show_cell", "cell_x", "cell_y", "cell_size"),
            compares=False,
            layers=("show_particles", "show_density", "show_contours", "show_ends"),
            overrides={**_PLAIN, "show_paths": False, "show_trails": False},
            still=0.5,
            ends=True,
        ),
        ViewRow(
            name="round_trip",
            also="round trip, time reversal, reverse process, reverse SDE, backward process, "
            "cycle, invert, reconstruction",
            title="There and back",
            button="Backwards",
            tip="From the target to the source and back again, by the ODE and by the SDE",
            plan="flowlab.core.stochastic.round_trip:round_trip",
            calls="flowlab.core.stochastic.round_trip:evaluations",
            reads=("eps", "eps_shape", "eps_curve", "exact_score", "method", "steps"),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
        ViewRow(
            name="strip",
            also="snapshots, film strip, stills, stochastic interpolant",
            title="Interpolant",
            button="Strip",
            tip="Samples of xₜ = α x₀ + β x₁ + γ z at several times, side by side",
            plan="flowlab.core.stochastic.strip:strip",
            reads=("panels",),
            network=False,
            compares=False,
            layers=("show_particles", "show_density", "show_contours"),
            overrides={**_PLAIN, "show_paths": False, "show_trails": False, "show_ends": False},
            ends=True,
        ),
        ViewRow(
            name="race",
            also="compare solvers, solver comparison, order of convergence, "
            "convergence of solvers, efficiency",
            title="Step budget",
            button="Race",
            tip="Every solver at one budget, and how fast its error falls with its steps",
            plan="flowlab.core.stochastic.race.plan:race",
            calls="flowlab.core.stochastic.race.plan:evaluations",
            reads=(
                "eps",
                "eps_shape",
                "eps_curve",
                "race_by",
                "race_evaluations",
                "race_milliseconds",
            ),
            compares=False,
            layers=(*_CLOUD, "show_ends"),
            overrides=_PLAIN,
            ends=True,
        ),
        ViewRow(
            name="likelihood",
            also="log density, change of variables, exact likelihood, NLL, bits per dimension, "
            "instantaneous change of variables",
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
            also="rotation, vorticity, Jacobian, divergence theorem, expansion",
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
