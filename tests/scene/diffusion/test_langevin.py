"""The pictures of Langevin dynamics: steps, sigmas and step sizes in words, starts in view."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.diffusion.langevin_runs import langevin_runs
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.diffusion import langevin as pictures
from tests.helpers.noise_models import NOISE, TWO, untrained


def frame(t: float = 0.5) -> Frame:
    document = Document(
        source=NOISE,
        target=TWO,
        network=Network(width=8, depth=1),
        view=View(name="langevin_dynamics", particles=60),
        diffusion=Diffusion(langevin_steps=20, sigmas=5, most_sigma=10.0, sigma=0.1),
    )
    bundle = langevin_runs(document, untrained(document), PlanOptions())
    camera = Camera(0.0, 0.0, 3.0)
    return Frame(bundle=bundle, t=t, document=document, camera=camera, card=False, theme=DARK)


def test_each_way_says_its_step_its_sigma_and_its_step_size(qapp: object) -> None:
    shown = frame()
    plain, climbing, annealed = pictures._pictures(shown)
    assert plain.lines == ["step 10 of 20", "σ = 0.1, η = 0.01", "x + η s/2 + √η z"]
    assert climbing.lines[2] == "x + η s/2"
    assert annealed.lines[1] == "σ = 1, η = 0.2 σ² = 0.2"  # the third of 10, 3.2, 1, .32, .1
    assert len({each.dot for each in (plain, climbing, annealed)}) == 3
    before = replace(shown, blend_from=shown.bundle)
    assert pictures._pictures(before)[2].frame.blend_from is annealed.frame.bundle
    assert len({pictures.colour_of(LIGHT, each) for each in pictures.WAYS}) == 3


def test_starts_far_out_are_in_the_picture(qapp: object) -> None:
    shown = frame()
    assert shown.bundle is not None
    box = pictures.extent(shown.bundle.extra)
    assert box is not None
    start = shown.bundle.at(0.0)
    assert box[0] < start[:, 0].min() < start[:, 0].max() < box[1]
    assert box[2] < start[:, 1].min() < start[:, 1].max() < box[3]
    assert pictures.extent(None) is None
