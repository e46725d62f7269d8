"""The views of the ODE / SDE room, from the ground up."""

from __future__ import annotations

from flowlab.scene.base.drawing import Drawing
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.particles.particles import paint_particles

DRAWINGS = {
    "processes": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.stochastic.processes",
    ),
    "race": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.stochastic.race",
    ),
}
