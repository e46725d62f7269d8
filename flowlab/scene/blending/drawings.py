"""The views of the (de)blending room, from the ground up."""

from __future__ import annotations

from flowlab.scene.base.drawing import Drawing
from flowlab.scene.base.lazy_layer import lazy
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.particles.particles import paint_particles

_CLOUD = (paint_density, paint_contours, lazy("blending.blend_view", "paint_cloud"))
_SUPPORT = lazy("blending.blend_support", "paint_support")

DRAWINGS = {
    "blending": Drawing(
        layers=(
            *_CLOUD,
            _SUPPORT,
            lazy("blending.blend_view", "paint_blends"),
            paint_paths,
            lazy("blending.blend_key", "paint_blend_key"),
        )
    ),
    "chain": Drawing(
        layers=(
            *_CLOUD,
            _SUPPORT,
            lazy("blending.chain_view", "paint_chain"),
            lazy("blending.blend_key", "paint_chain_key"),
        )
    ),
    "mapping": Drawing(
        layers=(
            *_CLOUD,
            lazy("blending.mapping", "paint_mapping"),
            paint_paths,
            lazy("blending.blend_key", "paint_mapping_key"),
        )
    ),
    "tangent_field": Drawing(
        layers=(
            lazy("blending.tangent_view", "paint_tangents"),
            lazy("blending.tangent_key", "paint_tangent_key"),
        ),
        figures="flowlab.scene.blending.tangent_figures:tangent_lines",
        tiled="flowlab.scene.blending.tangent_tiles",
        several=lambda document: document.blending.field == "beside",
    ),
    "conditions": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.blending.conditions",
        lens_beside=True,
    ),
}
