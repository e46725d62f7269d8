"""The views of the reflected room, after reflected diffusion models."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow, only

_WALLS = ("walls", "width", "height", "center_x", "center_y", "outline", "clip")
_SHAPE = _WALLS[:-1]  # without what is clipped to it
_NOISE = ("process", "sigma_min", "sigma_max", "steps", "start", "start_x", "start_y")
_REVERSE = ("reverse_steps", "flow_steps", "annealed", "guard", "corrections", "snr", "denoise")
_GUIDED = ("reverse_steps", "flow_steps", "one_class", "guided_class", "guidance", "quantile")
_CLOUD = ("show_particles", "show_density", "show_contours", "show_paths")
_PLAIN = {
    **{f"show_{layer}": False for layer in ("raw", "grid", "trails", "ends")},
    "layout": "overlay",
    "field": "none",
}
_MAPS = only(show_raw=False, layout="overlay")
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
        ViewRow(
            name="reflected_sampling",
            also="reverse SDE, probability flow ODE, annealing, predictor-corrector, Langevin, "
            "generate, samples, score, reflected diffusion model",
            title="Sampling between walls",
            button="Samples",
            tip="From the uniform law to the data by the exact score: SDE, annealed, and flow",
            plan="flowlab.core.reflected.sampling:sampling",
            calls="flowlab.core.reflected.sampling:evaluations",
            reads=(*_WALLS, "process", "sigma_min", "sigma_max", *_REVERSE),
            network=False,
            compares=False,
            layers=_CLOUD,
            overrides=_PLAIN,
            ends=True,
            roles=("target",),
            own_ends=True,
        ),
        ViewRow(
            name="step_in_walls",
            also="Euler-Maruyama step, predicted mean, one step, slow motion, arrows",
            title="One step between walls",
            button="One step",
            tip="Each step of the reverse SDE: the predicted mean, the noise, and then the walls",
            plan="flowlab.core.reflected.slow:slow_steps",
            calls="flowlab.core.reflected.slow:evaluations",
            reads=(*_WALLS, "process", "sigma_min", "sigma_max", "way", "slow_steps", "quantile"),
            network=False,
            compares=False,
            overrides=only(layout="overlay", show_raw=False),
            still=0.5,
            ends=True,
            roles=("target",),
            own_ends=True,
        ),
        ViewRow(
            name="guidance_in_walls",
            also="classifier-free guidance, CFG, saturation, thresholding, dynamic thresholding, "
            "conditional generation, Imagen",
            title="Guidance between walls",
            button="Guidance",
            tip="One class generated with guidance, kept between the walls in several ways",
            plan="flowlab.core.reflected.guided:guided",
            calls="flowlab.core.reflected.guided:evaluations",
            reads=(*_WALLS, "process", "sigma_min", "sigma_max", *_GUIDED),
            network=False,
            compares=False,
            layers=_CLOUD,
            overrides=_PLAIN,
            ends=True,
            roles=("target",),
            own_ends=True,
        ),
        ViewRow(
            name="heat_kernel",
            also="transition density, method of images, heat equation, Green's function, "
            "eigenfunction expansion, sum of reflections, mirror images",
            title="Transition density",
            button="Kernel",
            tip="p(x | x₀) by mirror images and by harmonics: where each of both sums fails",
            plan="flowlab.core.reflected.heat:heat_kernel",
            reads=(
                *_SHAPE,
                "process",
                "sigma_min",
                "sigma_max",
                "start_x",
                "start_y",
                "image_terms",
                "tone_terms",
            ),
            network=False,
            compares=False,
            overrides=_MAPS,
            still=0.4,
            ends=True,
            roles=(),
            own_ends=True,
            backwards=True,
        ),
        ViewRow(
            name="wall_tones",
            also="eigenfunctions, eigenmodes, harmonics, drum, Neumann, Laplacian, spectrum, "
            "Chladni",
            title="Tones of the walls",
            button="Tones",
            tip="The eigenfunctions of the walls: each decays by itself, at its own rate",
            plan="flowlab.core.reflected.heat:tones",
            reads=(*_SHAPE, "tone", "tones_shown"),
            network=False,
            compares=False,
            overrides=_MAPS,
            ends=True,
            roles=(),
            own_ends=True,
            backwards=True,
        ),
        ViewRow(
            name="wall_likelihood",
            also="log density, change of variables, exact likelihood, NLL, bits per dimension, "
            "divergence",
            title="Likelihood between walls",
            button="Likelihood",
            tip="log p of the data by the flow back to the uniform law, beside the density itself",
            plan="flowlab.core.reflected.likelihood:wall_likelihood",
            reads=(*_WALLS, "process", "sigma_min", "sigma_max", "flow_steps"),
            network=False,
            compares=False,
            overrides=_MAPS,
            ends=True,
            roles=("target",),
            own_ends=True,
        ),
    ),
)
