"""The diffusion room's presets: in two dimensions, what the text on diffusion models shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowlab.core.diffusion.settings import DDIM, DDPM, MODE, NONE, ODE, SDE, TEXT, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Mixture, Shape
from flowlab.core.document.training import ABSOLUTE, LABEL_DROPOUT, Training
from flowlab.core.document.view import View
from flowlab.core.views.rows import Preset

_SKEWED = Mixture(  # of which the mean of what is known of a noised point isn't its median
    means=((-0.8, -0.6), (2.2, 0.4), (0.2, 2.4)),
    covs=((0.15, 0.0, 0.15), (0.08, 0.0, 0.08), (0.08, 0.0, 0.08)),
    weights=(0.6, 0.25, 0.15),
)


def presets() -> dict[str, Preset]:
    """Name -> the preset, in the order of the menu."""
    return {
        "samplers_of_a_diffusion_model": Preset(
            lambda: _of("eight_gaussians", "samplers"), weights="eight_gaussians"
        ),
        "forward_and_reverse_strip": Preset(
            lambda: _of("two_moons", "noising", T=300, steps=300, first=DDPM),
            t=0.5,
            weights="moons",
        ),
        "diffusion_sde_and_ode": Preset(
            lambda: _of("two_moons", "diffusion_time_plane", highlighted=6,
                        first=SDE, second=ODE, third=NONE, steps=200),
            title="Diffusion SDE and ODE",
            t=0.5,
            weights="moons",
        ),
        "the_texts_own_step": Preset(
            lambda: _of("two_moons", "samplers", T=300, steps=300,
                        first=SDE, second=TEXT, third=NONE),
            title="The text's own step",
            t=1.0,
            weights="moons",
        ),
        "the_texts_clamp": Preset(
            lambda: _of("two_moons", "samplers", T=300, steps=300, clamp=True,
                        first=DDPM, second=DDIM, third=NONE),
            title="The text's clamp",
            t=1.0,
            weights="moons",
        ),
        "iadb_is_ddim": Preset(
            lambda: _of("two_moons", "samplers", iadb_is_ddim=True, steps=20,
                        first=DDIM, second=NONE, third=NONE),
            title="IADB is DDIM",
            weights="moons",
        ),
        "four_faces_of_one_model": Preset(
            lambda: _of("two_moons", "faces"), t=0.6, weights="moons"
        ),
        "guidance_and_the_tilted_law": Preset(
            lambda: _led(
                "class_guidance", TWO_BROAD, 1, particles=2000, highlighted=20, shows="exact",
                first=DDIM, steps=50, guidance=3.0,
            ),
            t=1.0,
        ),
        "anomaly_triple": Preset(
            lambda: _led(
                "counterfactual", ANOMALY, 0, particles=600, highlighted=0, shows="exact",
                first=DDIM, steps=100, noised_to=500, guidance=2.0,
                point_x=2.8, point_y=-0.8,
            ),
            t=1.0,
        ),
        "langevin_dynamics_in_three_ways": Preset(
            lambda: _of("eight_gaussians", "langevin_dynamics", highlighted=3,
                        langevin_start=MODE),
            weights="eight_gaussians",
        ),
        "samples_along_training_with_l1": Preset(
            lambda: replace(
                _of("two_moons", "samplers", steps=300,
                    first=DDPM, second=DDIM, third=NONE),
                target=_SKEWED,
                network=Network(predicts="noise"),
                training=Training(objective=ABSOLUTE),
            ),
            title="Samples while it learns, with the flat L1 loss",
            t=1.0,
            steps=5000,
            earlier=24,
        ),
        "score_matching_in_five_ways": Preset(
            lambda: _of("two_moons", "learned_scores"), t=1.0, weights="moons"
        ),
        "bound_on_the_likelihood": Preset(
            lambda: _exact(_of("gaussian", "elbo", bound_points=1000)), t=0.9
        ),
        "a_latent_model_and_its_bound": Preset(
            lambda: _of("gaussian", "latent_model"), t=1.0, weights="bound_on_the_likelihood"
        ),
        "memorisation_of_few_points": Preset(
            lambda: _of("two_moons", "memorisation", highlighted=0, steps=250,
                        training_points=32),
            t=0.96,
            weights="moons",
        ),
    }  # fmt: skip


TWO_BROAD = Mixture(
    means=((-1.5, 0.0), (1.5, 0.0)), covs=((1.2, 0.0, 1.2), (1.2, 0.0, 1.2)), weights=(0.5, 0.5)
)
ANOMALY = Mixture(  # what is as usual, and a smaller cluster beside it that isn't
    means=((-0.8, 0.3), (2.6, -0.6)),
    covs=((0.7, 0.25, 1.1), (0.12, 0.0, 0.12)),
    weights=(0.8, 0.2),
)


def _led(
    view: str, target: Shape, label: int, particles: int, highlighted: int, shows: str,
    **settings: Any,
) -> Document:  # fmt: skip
    return Document(
        source=named("gaussian"),
        target=target,
        network=Network(conditional=True),
        training=Training(label_dropout=LABEL_DROPOUT),
        view=View(name=view, particles=particles, highlighted=highlighted, colour="class",
                  shows=shows, condition=label),
        diffusion=Diffusion(**settings),
    )  # fmt: skip


def _exact(document: Document) -> Document:
    """The document with the exact field in place of a network's."""
    return replace(document, view=replace(document.view, shows="exact"))


def _of(target: str, view: str, highlighted: int = 12, **settings: Any) -> Document:
    return Document(
        source=named("gaussian"),
        target=named(target),
        view=View(name=view, highlighted=highlighted),
        diffusion=Diffusion(**settings),
    )
