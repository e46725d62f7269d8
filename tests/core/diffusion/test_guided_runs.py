"""The view of guidance: its arrows against densities written out, and the law that is missed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.guided_results import ARROWS, GUIDED, TILTED, GuidedRun, guided_run_of
from flowlab.core.diffusion.guided_runs import class_guidance, evaluations, is_new
from flowlab.core.diffusion.leading import label_shown
from flowlab.core.diffusion.plan import model_for
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import carried_by_diffusion
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Mixture, Moons
from flowlab.core.document.training import LABEL_DROPOUT, Training
from flowlab.core.document.view import View
from flowlab.core.exact import MixtureOracle
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.request import PlanOptions
from tests.helpers.noise_models import NOISE, exact_field, log_mixture_at, slope, untrained

BROAD = Mixture(
    means=((-1.5, 0.0), (1.5, 0.0)), covs=((1.2, 0.0, 1.2), (1.2, 0.3, 0.8)), weights=(0.4, 0.6)
)
LEARNS = {
    "network": Network(width=8, depth=1, conditional=True),
    "training": Training(label_dropout=LABEL_DROPOUT, batch=32),
}


def document_of(target: Any = BROAD, shows: str = "exact", **settings: Any) -> Document:
    return Document(
        source=NOISE,
        target=target,
        view=View(name="class_guidance", particles=800, shows=shows, condition=1),
        diffusion=Diffusion(**{"first": "ddim", "steps": 20, **settings}),
    )


def run_of(document: Document, field: Any = None, **options: Any) -> GuidedRun:
    run = guided_run_of(class_guidance(document, field, PlanOptions(**options)))
    assert run is not None
    return run


@pytest.mark.parametrize("by", ["fields", "classifier"])
def test_the_arrows_are_slopes_of_both_densities_and_their_sum(by: str) -> None:
    """grad log p(x, y), grad log p(x), and gamma of the first + (1 - gamma) of the second."""
    settings = {"standardise": False, "guidance": 2.5, "guided_by": by}
    parts = run_of(document_of(guided_to=0.6, **settings)).parts
    assert parts is not None
    for k in (3, 12, 20):
        frames = parts.conditional
        t, step = float(frames.times[k]), round(1000 * (1 - float(frames.times[k])))
        a, b = (float(each[1000 - step]) for each in _levels())
        known = np.isfinite(frames.values[k][..., 0])
        places = np.stack(np.meshgrid(frames.xs, frames.ys), -1)[known]
        x = torch.from_numpy(places.astype(np.float64))
        gamma = 2.5 if t <= 0.6 else 1.0
        one = slope(lambda x: log_mixture_at(BROAD, NOISE, a, b, x)[:, 1], x).numpy()  # noqa: B023
        every = slope(lambda x: log_mixture_at(BROAD, NOISE, a, b, x).logsumexp(1), x).numpy()  # noqa: B023
        for found, expected in (
            (frames, one),
            (parts.unconditional, every),
            (parts.guided, gamma * one + (1 - gamma) * every),
        ):
            np.testing.assert_allclose(found.values[k][known], expected, rtol=2e-3, atol=2e-3)


def _levels() -> tuple[torch.Tensor, torch.Tensor]:
    levels = Sampler(method="ddim").levels
    return levels.signal, levels.noise


def test_guided_samples_miss_the_tilted_law_but_at_gamma_1() -> None:
    for gamma, misses in ((1.0, False), (3.0, True)):
        document = document_of(guidance=gamma, steps=100)
        run = run_of(document)
        pane = run.pane(GUIDED)
        assert pane is not None
        assert pane.marginals is not None
        meter = pane.marginals.meter([pane.bundle.at(1.0)], 1.0)
        assert meter.is_off(meter.values[0]) == misses  # type: ignore[arg-type]
        figures = dict(run.figures)
        narrower = figures[TILTED].spread - figures[GUIDED].spread
        error = np.hypot(figures[TILTED].spread.error, figures[GUIDED].spread.error)
        assert (narrower > 4 * error) == misses
        tilted = run.pane(TILTED)
        assert tilted is not None
        np.testing.assert_array_equal(tilted.bundle.times, pane.bundle.times)


def test_its_paths_are_those_of_scripts() -> None:
    document = document_of(guidance=2.0, guided_from=0.2, guided_to=0.7)
    field, sampler = exact_field(document), Sampler(method="ddim", steps=20, standardise=True)
    led = replace(sampler, label=1, guidance=2.0, interval=(0.2, 0.7))
    pane = run_of(document).pane(GUIDED)
    assert pane is not None
    model, _ = model_for(document, field, PlanOptions())
    plain = carried_by_diffusion(field, document, model.x, led, document.seed)
    np.testing.assert_allclose(pane.bundle.at(1.0), plain.at(1.0), atol=1e-5)
    assert evaluations(document) == 40
    assert evaluations(document_of(guidance=1.0)) == 20


def test_another_gamma_asks_no_field_for_the_arrows_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    document = document_of(guidance=1.5)
    run_of(document, coarse=True)
    asked: list[int] = []
    velocity = MixtureOracle.velocity

    def counted(self: MixtureOracle, x: Any, t: Any) -> torch.Tensor:
        asked.append(len(x))
        return velocity(self, x, t)

    monkeypatch.setattr(MixtureOracle, "velocity", counted)
    again = replace(document, diffusion=replace(document.diffusion, guidance=2.5))
    run_of(again, coarse=True)
    assert asked == [250] * 40  # both fields at 20 steps, of a first answer's particles


@pytest.mark.parametrize("by", ["fields", "classifier"])
def test_a_conditional_network_is_guided_in_both_ways(by: str) -> None:
    document = replace(document_of(shows="learned", guided_by=by), **LEARNS)  # type: ignore[arg-type]
    assert is_new(document) == (by == "classifier")
    told: list[float] = []
    run = run_of(document, untrained(document), coarse=True, progress=told.append)
    assert told == sorted(told)
    assert any(share < 0.5 for share in told) == (by == "classifier")  # which is trained first
    assert told[-1] == pytest.approx(1.0)
    assert run.refused == ()
    assert run.figures == ()
    assert run.parts is not None
    pane = run.pane(GUIDED)
    assert pane is not None
    assert np.isfinite(pane.bundle.at(1.0)).all()
    never = replace(document, training=Training(batch=32))
    refused = dict(run_of(never, untrained(never), coarse=True).refused)
    assert "set Label dropout" in refused[GUIDED]


def test_what_cannot_be_shown_has_its_reason() -> None:
    plain = replace(document_of(shows="learned"), network=Network(width=8, depth=1))
    run = run_of(plain, untrained(plain), coarse=True)
    assert set(dict(run.refused)) == {GUIDED, ARROWS}
    assert "isn’t conditional" in dict(run.refused)[GUIDED]
    assert run.pane(TILTED) is not None
    empty = document_of(guided_from=0.7, guided_to=0.2)
    assert "the lesser first" in dict(run_of(empty, coarse=True).refused)[GUIDED]
    moons = run_of(document_of(Moons(noise=0.1), steps=3), coarse=True, particles=60)
    assert set(dict(moons.refused)) == {TILTED}
    assert "density of each class" in moons.why_no_figures
    for document, why in (
        (document_of(Gaussian()), "no classes"),
        (document_of(first="iadb"), "isn’t guided here"),
        (document_of(first="ddpm", variance="optimal"), "without guidance"),
        (replace(document_of(), source=BROAD), "noise"),
    ):
        with pytest.raises(Invalid, match=why):
            class_guidance(document, None, PlanOptions())  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        run_of(document_of(guidance=1.7), cancelled=lambda: True)
    assert label_shown(document_of()) == 1
