"""The views of the (de)blending room, after two articles on iterative alpha-(de)blending."""

from __future__ import annotations

from flowlab.core.views.rows import Room, ViewRow, only

_CLOUD = ("show_particles", "show_density", "show_contours", "show_ends")
_ALPHA = "α"  # the articles' symbol for t
_PAIRED = {"shows": "learned", "show_raw": False, "field": "none", "show_trails": False}

ROOM = Room(
    name="blending",
    title="(De)blending",
    tip="Blend and deblend step by step, and what becomes of it as the steps grow small",
    settings="blending",
    presets="flowlab.core.blending.presets:presets",
    views=(
        ViewRow(
            name="blending",
            also="alpha blending, mix, mixing, interpolate, interpolation, linear interpolation",
            title="Blending",
            button="Blend",
            tip="Random pairs (x₀, x₁), and the cloud of their blends x_α between them",
            plan="flowlab.core.blending.plans:blending",
            reads=("pairs",),
            network=False,
            compares=False,
            layers=(*_CLOUD, "layout"),
            overrides={**_PAIRED, "show_paths": False},
            time=_ALPHA,
            still=0.5,
            key=True,
            blends=True,
        ),
        ViewRow(
            name="chain",
            also="iterative alpha deblending, deblend, denoise, denoising steps",
            title="Chains",
            button="Chain",
            tip="Blend, deblend, blend …: step by step from the source to the target",
            plan="flowlab.core.blending.plans:chain",
            is_new="flowlab.core.blending.plans:is_new",
            reads=("steps", "alphas", "chains", "deblend", "redraw", "followed", "fan"),
            network=False,
            compares=False,
            layers=(*_CLOUD, "show_paths", "layout"),
            overrides=_PAIRED,
            time=_ALPHA,
            key=True,
            ends=True,
        ),
        ViewRow(
            name="tangent_field",
            also="conditional expectation, conditional mean, mean direction, average direction, "
            "tangents",
            title="Tangent field",
            tip="The mean of x₁ − x₀ over all pairs through each point",
            plan="flowlab.core.blending.tangent.plan:tangent_field",
            is_new="flowlab.core.blending.tangent.plan:is_new",
            reads=("cells", "samples"),
            compares=False,
            overrides=only(show_ends=True, shows="learned", show_raw=False, layout="overlay"),
            time=_ALPHA,
            still=0.5,
            ends=True,
        ),
        ViewRow(
            name="mapping",
            also="map, transport map, noise to data",
            title="Mapping",
            tip="Where a network that has learned the tangent field carries each start",
            plan="flowlab.core.views.trajectories:trajectories",
            layers=(*_CLOUD, "layout"),
            overrides={
                "show_raw": False,
                "field": "none",
                "show_trails": False,
                "show_paths": False,
            },
            time=_ALPHA,
            key=True,
        ),
        ViewRow(
            name="conditions",
            also="conditional generation, class-conditional, generate one class",
            title="Conditions",
            tip="Several generations for one class, beside the target's own points",
            plan="flowlab.core.blending.conditions:conditions",
            compares=False,
            layers=(*_CLOUD, "show_trails", "show_paths"),
            overrides={
                "shows": "learned",
                "colour": "time",
                "layout": "overlay",
                "show_raw": False,
            },
            ends=True,
        ),
    ),
)
