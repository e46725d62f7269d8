"""The classifier that is learned, against the exact one and finite differences."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowlab.core.diffusion.exact_classifier import exact_classifier
from flowlab.core.diffusion.guidance import ClassifierGuidance, Strength
from flowlab.core.diffusion.guided_fields import guided_field
from flowlab.core.diffusion.noisy_classifier import (
    ClassifierTrainer,
    NoisyClassifier,
    learned_classifier,
)
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import carried_by_diffusion
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture
from flowlab.core.exact import oracle_for
from flowlab.core.learning.conditioning import sample_class
from flowlab.core.metrics import sliced_w2
from tests.helpers.noise_models import NOISE, drawn, exact_field, exact_model, untrained

TARGET = Mixture(
    means=((-1.0, 0.5), (1.0, -0.5)), covs=((0.5, 0.0, 0.7), (0.6, 0.2, 0.5)), weights=(0.4, 0.6)
)
DOCUMENT = Document(source=NOISE, target=TARGET)


@pytest.fixture(scope="module")
def trained() -> NoisyClassifier:
    return learned_classifier(DOCUMENT, 400)


def test_it_learns_the_exact_one(trained: NoisyClassifier) -> None:
    exact, oracle = exact_classifier(DOCUMENT), oracle_for(DOCUMENT)
    assert oracle is not None
    rng = torch.Generator().manual_seed(1)
    for t in (0.1, 0.5, 0.9):
        x = oracle.sample(torch.full((2000,), t), rng)
        off = (exact.log_prob(x, t).exp() - trained.log_prob(x, t).exp()).abs().sum(1) / 2
        assert float(off.mean()) < 0.03
        sums = trained.log_prob(x, t).exp().sum(1)
        torch.testing.assert_close(sums, torch.ones_like(sums))


def test_its_gradient_is_that_of_finite_differences(trained: NoisyClassifier) -> None:
    wide = replace(trained, vector=trained.vector.double())
    x, h = drawn(NOISE, 20, 2).double(), 1e-5
    steps = h * torch.eye(2, dtype=torch.float64)
    t = torch.linspace(0.05, 0.95, 20)
    rise = [
        (wide.log_prob(x + step, t) - wide.log_prob(x - step, t))[:, 1] / (2 * h) for step in steps
    ]
    torch.testing.assert_close(wide.gradient(x, t, 1), torch.stack(rise, 1), atol=1e-7, rtol=1e-6)


def test_what_a_velocity_takes_of_it_is_bounded(trained: NoisyClassifier) -> None:
    model, field, x = exact_model(DOCUMENT), exact_field(DOCUMENT), drawn(NOISE, 200, 0)
    guided = ClassifierGuidance(field, trained, 1, Strength(1.0), model.path, model.source)
    early, later = (
        (guided.velocity(x, t) - field.velocity(x, t)).norm(dim=1).max() for t in (1e-4, 0.1)
    )
    assert 0 < float(early) < 3 * float(later)


def test_the_same_seed_gives_the_same_whatever_the_blocks() -> None:
    one, two, other = (ClassifierTrainer(DOCUMENT, seed) for seed in (0, 0, 1))
    one.advance(45)
    assert [trainer.advance(20) for trainer in (two, two)]
    two.advance(5)
    other.advance(45)
    torch.testing.assert_close(one.classifier().vector, two.classifier().vector, atol=0, rtol=0)
    assert not torch.equal(one.classifier().vector, other.classifier().vector)


def test_guided_by_it_samples_at_gamma_1_follow_the_class(trained: NoisyClassifier) -> None:
    n, model, field = 2000, exact_model(DOCUMENT), exact_field(DOCUMENT)
    guided = ClassifierGuidance(field, trained, 1, Strength(1.0), model.path, model.source)
    x, rng = drawn(NOISE, n, 5), torch.Generator().manual_seed(6)
    sampler = Sampler(method="ddpm", steps=100)
    end = torch.from_numpy(carried_by_diffusion(guided, DOCUMENT, x, sampler, 0).points[-1].copy())
    clouds = [sample_class(build(TARGET), 1, n, rng) for _ in range(6)]
    floor = sum(sliced_w2(a, b) for a, b in zip(clouds[::2], clouds[1::2], strict=True)) / 3
    assert sum(sliced_w2(end, each) for each in clouds) / 6 < 1.5 * floor
    every = build(TARGET).sample(n, rng)
    assert sliced_w2(end, every) > 5 * floor  # and not the whole target


def test_a_network_that_is_told_no_class_is_led_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "flowlab.core.diffusion.guided_fields.learned_classifier",
        lambda document: learned_classifier(document, 5),
    )
    field = untrained(DOCUMENT)
    guided = guided_field(field, DOCUMENT, 0, Strength(2.0))
    assert isinstance(guided, ClassifierGuidance)
    assert guided.velocity(drawn(NOISE, 5, 0), 0.5).isfinite().all()
    with pytest.raises(Invalid, match="has no classes"):
        ClassifierTrainer(Document(target=Gaussian()))
    with pytest.raises(Invalid, match="without latent noise"):
        ClassifierTrainer(replace(DOCUMENT, path=Path(noise="brownian")))
