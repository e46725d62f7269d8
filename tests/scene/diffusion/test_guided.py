"""The pictures of guidance and of counterfactuals: words, refusals, and what moves."""

from __future__ import annotations

from typing import Any

from flowlab.core.diffusion.counterfactual_runs import counterfactuals
from flowlab.core.diffusion.guided_runs import class_guidance
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import DARK
from flowlab.scene.diffusion import counterfactual, guided
from tests.helpers.noise_models import NOISE, TWO, untrained


def frame(view: str, t: float = 0.5, shows: str = "exact", **settings: Any) -> Frame:
    document = Document(
        source=NOISE,
        target=TWO,
        network=Network(width=8, depth=1),
        view=View(name=view, particles=60, shows=shows, condition=1),
        diffusion=Diffusion(**{"first": "ddim", "steps": 10, "guidance": 2.5, **settings}),
    )
    plan = class_guidance if view == "class_guidance" else counterfactuals
    bundle = plan(document, untrained(document), PlanOptions(coarse=True))
    return Frame(bundle=bundle, t=t, document=document, camera=Camera(0.0, 0.0, 3.0), theme=DARK)


def test_each_picture_of_guidance_says_what_it_shows(qapp: object) -> None:
    samples, tilted, arrows = guided._pictures(frame("class_guidance", guided_to=0.6))
    assert samples.lines == ["k = 500 of 1,000", "class y = 2, γ = 2.5 (w = 1.5)", "by DDIM"]
    assert tilted.lines[1] == "p(x) p(y | x)^γ, exact"
    assert arrows.lines[1] == "γ s(x | y) + (1 − γ) s(x), γ = 2.5 (w = 1.5)"
    assert samples.frame.view.show_paths
    assert not tilted.frame.view.show_paths  # samples of a law at each t: nothing carries them
    later = guided._pictures(frame("class_guidance", t=0.8, guided_to=0.6))
    assert later[0].lines[1] == "class y = 2, not guided at this t: γ = 1"
    assert guided._is_hovered(samples.frame)
    assert not guided._is_hovered(arrows.frame)


def test_what_cannot_be_had_is_an_empty_picture_with_its_reason(qapp: object) -> None:
    samples, tilted, arrows = guided._pictures(frame("class_guidance", shows="learned"))
    for refused in (samples, arrows):
        assert "isn’t conditional" in refused.lines[0]
    assert tilted.frame.bundle is not None
    assert tilted.frame.bundle.count == 60


def test_each_picture_of_counterfactuals_says_what_it_shows(qapp: object) -> None:
    pictures = counterfactual._pictures(frame("counterfactual", t=0.2, noised_to=400))
    forth, back, difference = pictures
    assert forth.lines == ["k = 400 of 1,000", "up to step L = 400", "DDIM’s own way, reversed"]
    assert back.title == "Led to class 2"
    assert back.lines[2] == "γ = 2.5 (w = 1.5)"
    assert [each.still for each in pictures] == [False, False, True]
    assert difference.frame.bundle is not None
    assert not difference.frame.bundle.count
    assert len({each.dot for each in pictures}) == 3
