"""The views of the reflected room, from the ground up."""

from __future__ import annotations

from flowlab.scene.base.drawing import Drawing, Ground
from flowlab.scene.base.lazy_layer import lazy
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.particles.particles import paint_particles

_WALLS = "flowlab.scene.reflected.walls:extent"
_MOMENT = "flowlab.scene.reflected.held:moment"
_GROUND = Ground(lazy("reflected.walls", "paint_ground"), lambda document: document.reflected)
_LAYERS = (
    paint_density,
    paint_contours,
    paint_particles,
    lazy("reflected.walls", "paint_refused"),
    lazy("reflected.walls", "paint_walls"),
    lazy("reflected.grips", "paint_grips"),
    lazy("reflected.paths", "paint_bounced"),
)

_MAP = (
    lazy("furniture.maps", "paint_map"),
    lazy("reflected.walls", "paint_walls"),
    lazy("reflected.grips", "paint_grips"),
)
NO_PAIRS = (
    "The lens shows pairs of source and target on straight lines; noise and the walls’ push move "
    "these particles, without pairs."
)

DRAWINGS = {
    "reflected_motion": Drawing(
        ground=_GROUND, layers=_LAYERS, extent=_WALLS, moment=_MOMENT, no_lens=NO_PAIRS
    ),
    "reflected_time_plane": Drawing(
        layers=(lazy("reflected.time_plane", "paint_motion"),),
        own_axes="flowlab.scene.reflected.time_plane:nearest",
        moment=_MOMENT,
    ),
    "ways_to_stay": Drawing(
        ground=_GROUND, layers=_LAYERS, extent=_WALLS, tiled="flowlab.scene.reflected.ways:PICTURES"
    ),
    "step_in_walls": Drawing(
        ground=_GROUND,
        layers=(*_LAYERS[:-1], lazy("reflected.slow", "paint_step")),
        entries="flowlab.scene.reflected.slow:entries",
        extent=_WALLS,
        no_lens=NO_PAIRS,
    ),
    "guidance_in_walls": Drawing(
        ground=_GROUND, layers=_LAYERS, extent=_WALLS, tiled="flowlab.scene.reflected.ways:PICTURES"
    ),
    "reflected_sampling": Drawing(
        ground=_GROUND,
        layers=_LAYERS,
        extent=_WALLS,
        tiled="flowlab.scene.reflected.sampling:PICTURES",
    ),
    "forward_and_reverse": Drawing(
        ground=_GROUND,
        layers=_LAYERS,
        extent=_WALLS,
        tiled="flowlab.scene.reflected.both_ways:PICTURES",
    ),
    "flow_between_walls": Drawing(
        ground=_GROUND,
        layers=(*_LAYERS[:-1], paint_paths, lazy("reflected.flow", "paint_lines")),
        extent=_WALLS,
        tiled="flowlab.scene.reflected.flow:PICTURES",
    ),
    "wall_score": Drawing(layers=_MAP, extent=_WALLS, tiled="flowlab.scene.reflected.score:SCORES"),
    "heat_kernel": Drawing(
        layers=(*_MAP, lazy("reflected.heat", "paint_point")),
        extent=_WALLS,
        tiled="flowlab.scene.reflected.heat:HEAT",
    ),
    "wall_tones": Drawing(layers=_MAP, extent=_WALLS, tiled="flowlab.scene.reflected.heat:TONES"),
    "wall_likelihood": Drawing(
        layers=_MAP, extent=_WALLS, tiled="flowlab.scene.reflected.heat:LIKELIHOOD"
    ),
}
