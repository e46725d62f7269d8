"""The views of the diffusion room, from the ground up."""

from __future__ import annotations

from flowlab.scene.base.drawing import Drawing
from flowlab.scene.base.lazy_layer import lazy
from flowlab.scene.layers.density import paint_contours, paint_density
from flowlab.scene.layers.paths import paint_paths
from flowlab.scene.particles.particles import paint_particles

DRAWINGS = {
    "samplers": Drawing(
        layers=(
            paint_density,
            paint_contours,
            paint_particles,
            paint_paths,
            lazy("diffusion.twins", "paint_twins"),
        ),
        tiled="flowlab.scene.diffusion.denoising:PICTURES",
    ),
    "noising": Drawing(
        layers=(
            paint_density,
            paint_contours,
            paint_particles,
            lazy("diffusion.strip_marks", "paint_marks"),
        ),
        tiled="flowlab.scene.diffusion.strip:PICTURES",
    ),
    "diffusion_time_plane": Drawing(
        layers=(lazy("diffusion.time_plane", "paint_samplers"),),
        own_axes="flowlab.scene.diffusion.time_plane:nearest",
        tiled="flowlab.scene.diffusion.denoising:REFUSED",
    ),
    "faces": Drawing(
        layers=(lazy("furniture.maps", "paint_map"), lazy("diffusion.faces", "paint_face")),
        tiled="flowlab.scene.diffusion.face_errors:PICTURES",
    ),
    "class_guidance": Drawing(
        layers=(
            paint_density,
            paint_contours,
            paint_particles,
            paint_paths,
            lazy("diffusion.guided", "paint_scores"),
        ),
        tiled="flowlab.scene.diffusion.guided:PICTURES",
    ),
    "counterfactual": Drawing(
        layers=(
            paint_density,
            paint_contours,
            paint_particles,
            paint_paths,
            lazy("diffusion.counterfactual", "paint_difference"),
            lazy("diffusion.counterfactual", "paint_point"),
        ),
        tiled="flowlab.scene.diffusion.counterfactual:PICTURES",
    ),
    "langevin_dynamics": Drawing(
        layers=(paint_density, paint_contours, paint_particles, paint_paths),
        tiled="flowlab.scene.diffusion.langevin:PICTURES",
        extent="flowlab.scene.diffusion.langevin:extent",
    ),
    "learned_scores": Drawing(
        layers=(
            lazy("furniture.maps", "paint_map"),
            lazy("diffusion.score_matching", "paint_score"),
        ),
        tiled="flowlab.scene.diffusion.score_matching:PICTURES",
        extent="flowlab.scene.diffusion.score_matching:extent",
    ),
    "elbo": Drawing(
        layers=(lazy("diffusion.elbo", "paint_elbo"),),
        own_axes="flowlab.scene.diffusion.elbo:nearest",
    ),
    "latent_model": Drawing(
        layers=(lazy("diffusion.latent", "paint_latent"),),
        own_axes="flowlab.scene.diffusion.latent:nearest",
    ),
    "memorisation": Drawing(
        layers=(
            lazy("diffusion.memorisation", "paint_expected"),
            paint_particles,
            paint_paths,
            lazy("diffusion.memorisation", "paint_training_points"),
        ),
        entries="flowlab.scene.diffusion.memorisation:entries",
        tiled="flowlab.scene.diffusion.memorisation:PICTURES",
    ),
}
