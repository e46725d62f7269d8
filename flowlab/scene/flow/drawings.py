"""The views of the Flow room: one list of layers, some of which each view switches on."""

from __future__ import annotations

from flowlab.core.flow.views import ROOM
from flowlab.scene.base.drawing import Drawing
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.error_map import paint_error_map, paint_strays
from flowlab.scene.layers.grid import paint_lattice
from flowlab.scene.layers.pairs import paint_pairs
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.layers.vectors import paint_arrows, paint_streamlines
from flowlab.scene.particles.particles import paint_particles, paint_raw

FLOW = Drawing(
    layers=(
        paint_density,
        paint_contours,
        paint_lattice,
        paint_streamlines,
        paint_particles,
        paint_raw,
        paint_pairs,
        paint_error_map,
        paint_strays,
        paint_arrows,
        paint_paths,
    )
)

DRAWINGS = {row.name: FLOW for row in ROOM.views}
