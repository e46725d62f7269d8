"""The views of the ODE / SDE room, from the ground up."""

from __future__ import annotations

from flowlab.scene.base.drawing import Drawing
from flowlab.scene.base.lazy_layer import lazy
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.particles.particles import paint_particles

DRAWINGS = {
    "processes": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.stochastic.processes:PICTURES",
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
        tiled="flowlab.scene.stochastic.round_trip:PICTURES",
    ),
    "strip": Drawing(
        layers=(paint_density, paint_contours, paint_particles),
        tiled="flowlab.scene.stochastic.strip:PICTURES",
    ),
    "race": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.stochastic.race:PICTURES",
    ),
    "likelihood": Drawing(
        layers=(lazy("furniture.maps", "paint_map"),),
        tiled="flowlab.scene.stochastic.likelihood_tiles:PICTURES",
    ),
    "divergence": Drawing(
        layers=(lazy("furniture.maps", "paint_map"),),
        tiled="flowlab.scene.stochastic.divergence_tiles:PICTURES",
    ),
    "characteristics": Drawing(
        layers=(
            paint_density,
            paint_contours,
            paint_particles,
            lazy("stochastic.curve_marks", "paint_curves"),
            lazy("stochastic.cell_marks", "paint_cell"),
        ),
    ),
}
