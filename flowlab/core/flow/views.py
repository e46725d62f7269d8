"""The views of the Flow room: four selections of layers on the same trajectories."""

from __future__ import annotations

from flowlab.core.views.rows import LAYERS, PAIRS, Room, ViewRow, only

_PLAN = "flowlab.core.views.trajectories:trajectories"
_ALL = (*LAYERS, PAIRS, "layout")

ROOM = Room(
    name="flow",
    title="Flow",
    tip="Train a network, and watch it carry one distribution to the other",
    presets="flowlab.core.flow.presets:presets",
    views=(
        ViewRow(
            name="trajectories",
            title="Trajectories",
            tip="Samples of one end, carried to the other by the velocity",
            plan=_PLAN,
            layers=_ALL,
        ),
        ViewRow(
            name="density",
            title="Density",
            tip="The density of the moving samples, and its lines of equal density",
            plan=_PLAN,
            layers=_ALL,
            overrides=only(show_density=True, show_contours=True),
        ),
        ViewRow(
            name="field",
            title="Velocity field",
            tip="Where the velocity points at this time",
            plan=_PLAN,
            layers=_ALL,
            overrides=only(show_ends=True, show_particles=True, field="arrows"),
        ),
        ViewRow(
            name="grid",
            title="Deforming grid",
            tip="A square lattice that the flow carries along",
            plan=_PLAN,
            layers=_ALL,
            overrides=only(show_ends=True, show_particles=True, show_grid=True),
        ),
    ),
)
