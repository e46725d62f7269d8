"""The views of the ODE / SDE room, from the ground up."""

from __future__ import annotations

from flowlab.scene.base.drawing import Drawing
from flowlab.scene.base.lazy_layer import lazy
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.particles.particles import paint_particles
from flowlab.scene.stochastic.cell_marks import paint_cell
from flowlab.scene.stochastic.curve_marks import paint_curves

DRAWINGS = {
    "processes": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.stochastic.processes",
    ),
    "time_plane": Drawing(
        layers=(lazy("stochastic.time_plane", "paint_processes"),),
        own_axes="flowlab.scene.stochastic.time_plane:nearest",
    ),
    "round_trip": Drawing(
        layers=(
            paint_density,
            paint_contours,
            paint_particles,
            lazy("stochastic.round_trip", "paint_ways"),
            paint_paths,
        ),
        tiled="flowlab.scene.stochastic.round_trip",
    ),
    "strip": Drawing(
        layers=(paint_density, paint_contours, paint_particles),
        tiled="flowlab.scene.stochastic.strip",
    ),
    "race": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.stochastic.race",
    ),
    "characteristics": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_curves, paint_cell),
    ),
}
