"""The views of the reflected room, after reflected diffusion models."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow, only

_WALLS = ("walls", "width", "height", "center_x", "center_y", "outline", "clip")
_NOISE = ("process", "sigma_min", "sigma_max", "steps", "start", "start_x", "start_y")
_CLOUD = ("show_particles", "show_density", "show_contours", "show_paths")
_PLAIN = {
    **{f"show_{layer}": False for layer in ("raw", "grid", "trails", "ends")},
    "layout": "overlay",
    "field": "none",
}
_PATHS_ALONE = {
    name: value
    for name, value in only(layout="overlay", show_raw=False).items()
    if name != "show_paths"
}

ROOM = Room(
    name="reflected",
    title="Reflected",
    tip="Particles between walls, also walls that you draw",
    settings="reflected",
    presets="flowlab.core.reflected.presets:presets",
    views=(
        ViewRow(
            name="reflected_motion",
            also="reflected Brownian motion, reflected diffusion, forward process, local time, "
            "bounce, billiard, collisions, wall hits, Neumann",
            title="Motion between walls",
            button="Motion",
            tip="Noise added step by step, each step reflected at the walls that it meets",
            plan="flowlab.core.reflected.motion:motion",
            reads=(*_WALLS, *_NOISE),
            network=False,
            compares=False,
            layers=_CLOUD,
            overrides=_PLAIN,
            still=0.5,
            ends=True,
            roles=("target",),
            own_ends=True,
            backwards=True,
        ),
        ViewRow(
            name="reflected_time_plane",
            also="time plane, space time, one coordinate, x against t, Skorokhod",
            title="Motion in (t, x)",
            button="(t, x)",
            tip="Paths between walls against time, over the density of one coordinate",
            plan="flowlab.core.reflected.motion:motion",
            reads=(*_WALLS, *_NOISE),
            network=False,
            compares=False,
            layers=("show_paths",),
            overrides=_PATHS_ALONE,
            still=0.5,
            ends=True,
            roles=("target",),
            own_ends=True,
            backwards=True,
        ),
        ViewRow(
            name="ways_to_stay",
            also="thresholding, clipping, projection, reflection, atom, leak, boundary",
            title="Ways to stay inside",
            button="Ways",
            tip="The same starts and noise, kept between the walls in different ways",
            plan="flowlab.core.reflected.ways:ways",
            reads=(*_WALLS, *_NOISE),
            network=False,
            compares=False,
            layers=_CLOUD,
            overrides=_PLAIN,
            still=0.5,
            ends=True,
            roles=("target",),
            own_ends=True,
            backwards=True,
        ),
    ),
)
