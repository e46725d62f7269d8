"""The latent model of a document's settings: what q loses is all that is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowlab.core.diffusion.latent_picture import LatentPicture, is_latent, pictured
from flowlab.core.diffusion.latent_plan import latent_model
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.views.request import PlanOptions

SETTINGS = Diffusion(latent_x=2.0, latent_slope=1.5, q_mean=0.4, q_deviation=0.7)


@pytest.mark.parametrize("bend", [0.0, 0.6])
def test_the_evidence_is_the_same_for_every_q(bend: float) -> None:
    settings = replace(SETTINGS, latent_bend=bend)
    for q in ({}, {"q_mean": -3.0}, {"q_deviation": 2.0}):
        found = pictured(replace(settings, **q))
        assert found.log_evidence == pytest.approx(pictured(settings).log_evidence, abs=1e-9)
        assert found.elbo + found.gap == pytest.approx(found.log_evidence, abs=1e-6)
    best = pictured(settings)
    matched = replace(settings, q_mean=best.posterior_mean, q_deviation=best.posterior_deviation)
    gap = pictured(matched).gap
    assert gap < best.gap
    assert (gap < 1e-9) == (bend == 0.0)


def test_the_plan_gives_the_bound_of_the_settings() -> None:
    bundle = latent_model(Document(diffusion=SETTINGS), None, PlanOptions(revision=3))  # type: ignore[arg-type]
    assert isinstance(bundle.extra, LatentPicture)
    assert bundle.extra.bound is pictured(SETTINGS)
    assert (bundle.revision, bundle.count, is_latent(bundle)) == (3, 0, True)
    assert not is_latent(replace(bundle, extra=None))
    assert bundle.extra.nbytes > 0


def test_the_narrowest_densities_of_the_settings_are_resolved() -> None:
    settings = Diffusion(
        latent_x=10.0, latent_slope=3.0, latent_bend=2.0, latent_deviation=0.1, q_deviation=0.05
    )
    found = pictured(settings)
    assert found.elbo + found.gap == pytest.approx(found.log_evidence, abs=1e-9)
