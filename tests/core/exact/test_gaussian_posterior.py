"""Posteriors over components, beside sums over a fine lattice of x0 of the joint density."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, distributions

from flowlab.core.distributions.factory import build
from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Mixture
from flowlab.core.exact.gaussian_posterior import (
    GeneralPosterior,
    SharedCovarianceJoint,
    SharedCovariancePosterior,
    general_posteriors,
    posteriors,
)
from flowlab.core.exact.joint import Blend, Joint
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from tests.helpers.shapes import TILTED

ALIKE = Mixture(
    means=((2.0, -1.0), (0.5, 2.0), (-1.0, -2.0)),
    covs=((0.6, 0.2, 0.5),) * 3,
    weights=(1.0, 3.0, 2.0),
)
OTHER = Mixture(means=((-2.0, 0.0), (1.0, 1.0)), covs=((0.4, -0.1, 0.7),) * 2, weights=(2.0, 1.0))


def parameters(shape: Mixture) -> MixtureParameters:
    found = build(shape).mixture()
    assert found is not None
    return found


def joint(source: Mixture, target: Mixture, path: Interpolant = LINEAR) -> Joint:
    return Joint.of(parameters(source), parameters(target), path)


X = torch.tensor([[0.0, 0.0], [1.0, -0.5], [-1.2, 0.8], [0.4, 1.1]], dtype=torch.float64)


def normal(shape: Mixture) -> distributions.MixtureSameFamily:
    """The mixture as torch has it."""
    weights, means, covs = (
        torch.tensor(part, dtype=torch.float64) for part in (shape.weights, shape.means, shape.covs)
    )
    parts = distributions.MultivariateNormal(means, covs[:, [0, 1, 1, 2]].reshape(-1, 2, 2))
    return distributions.MixtureSameFamily(distributions.Categorical(weights), parts)


class Summed:
    """p(x0) p(x1 = (x - (1 - t) x0) / t) / t^2 summed over x0 on a lattice, for the linear path."""

    def __init__(self, source: Mixture, target: Mixture, x: Tensor, t: float) -> None:
        ticks = torch.linspace(-7, 7, 421, dtype=torch.float64)
        x0 = torch.cartesian_prod(ticks, ticks)
        x1 = (x[:, None] - (1 - t) * x0) / t  # (n, N, 2)
        weight = (normal(source).log_prob(x0) + normal(target).log_prob(x1)).exp()
        cell = float(ticks[1] - ticks[0]) ** 2
        self.log_density = (weight.sum(1) * cell / t**2).log()
        share = (weight / weight.sum(1, keepdim=True))[..., None]
        self.x0, self.x1 = (share * x0).sum(1), (share * x1).sum(1)
        self.velocity = self.x1 - self.x0
        off = x1 - x0 - self.velocity[:, None]
        self.residual = (share * off.square()).sum((1, 2))


@pytest.mark.parametrize(
    ("source", "target"), [(TILTED, ALIKE), (OTHER, ALIKE)], ids=["each", "shared"]
)
@pytest.mark.parametrize("t", [0.3, 0.6])
def test_everything_is_what_a_sum_over_pairs_gives(
    source: Mixture, target: Mixture, t: float
) -> None:
    law, time = joint(source, target), torch.full((1,), t, dtype=torch.float64)
    kinds = [GeneralPosterior(law, X, time)]
    if law.shared:
        kinds.append(SharedCovariancePosterior(SharedCovarianceJoint(law), X, Blend(law, time)))
    true = Summed(source, target, X, t)
    for found in kinds:
        torch.testing.assert_close(found.log_density(), true.log_density, rtol=0, atol=1e-6)
        torch.testing.assert_close(found.velocity().T, true.velocity, rtol=0, atol=1e-6)
        torch.testing.assert_close(found.ends()[0].T, true.x0, rtol=0, atol=1e-6)
        torch.testing.assert_close(found.ends()[1].T, true.x1, rtol=0, atol=1e-6)
        torch.testing.assert_close(
            found.weights.sum(1), torch.ones(len(X)).double(), rtol=0, atol=1e-12
        )
    torch.testing.assert_close(kinds[0].residual(), true.residual, rtol=1e-5, atol=0)
    assert len(kinds) == 1 + (source is OTHER)


NOISY = interpolant_of(Path(noise="brownian", level=0.7))


@pytest.mark.parametrize("path", [LINEAR, NOISY], ids=["linear", "noisy"])
@pytest.mark.parametrize("source", [TILTED, OTHER], ids=["each", "shared"])
def test_the_score_is_the_slope_of_the_log_density(source: Mixture, path: Interpolant) -> None:
    law = joint(source, ALIKE, path)
    shared = SharedCovarianceJoint(law) if law.shared else None
    time, h = torch.full((1,), 0.4, dtype=torch.float64), 1e-5

    def asked(x: Tensor):
        (found,) = posteriors(law, shared, x, time, 100)
        return found

    slopes = [
        (asked(X + s).log_density() - asked(X - s).log_density()) / (2 * h)
        for s in h * torch.eye(2, dtype=torch.float64)
    ]
    torch.testing.assert_close(asked(X).score(), torch.stack(slopes), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("path", [LINEAR, NOISY], ids=["linear", "noisy"])
def test_the_velocity_carries_the_density(path: Interpolant) -> None:
    """d log p / dt + div v + v . score = 0."""
    law, t, h = joint(TILTED, ALIKE, path), 0.45, 1e-4

    def asked(x: Tensor, s: float) -> GeneralPosterior:
        return GeneralPosterior(law, x, torch.full((1,), s, dtype=torch.float64))

    rate = (asked(X, t + h).log_density() - asked(X, t - h).log_density()) / (2 * h)
    steps = h * torch.eye(2, dtype=torch.float64)
    divergence = sum(
        (asked(X + s, t).velocity()[k] - asked(X - s, t).velocity()[k]) / (2 * h)
        for k, s in enumerate(steps)
    )
    now = asked(X, t)
    along = (now.velocity() * now.score()).sum(0)
    torch.testing.assert_close(
        rate + divergence + along, torch.zeros(4).double(), rtol=0, atol=1e-5
    )
    assert float(rate.abs().max()) > 0.1


def test_alike_components_are_computed_together_with_the_same_result() -> None:
    law = joint(OTHER, ALIKE, NOISY)
    shared = SharedCovarianceJoint(law)
    t = torch.linspace(0.05, 0.95, len(X), dtype=torch.float64)
    assert shared.suits(Blend(law, t))
    (quick,) = posteriors(law, shared, X, t, 10)
    (slow,) = posteriors(law, None, X, t, 10)
    assert isinstance(quick, SharedCovariancePosterior)
    assert isinstance(slow, GeneralPosterior)
    for name in ("log_density", "score", "velocity", "ends"):
        torch.testing.assert_close(
            getattr(quick, name)(), getattr(slow, name)(), rtol=1e-9, atol=1e-9
        )
    torch.testing.assert_close(quick.weights, slow.weights, rtol=1e-9, atol=1e-12)


def test_rows_come_in_parts_with_their_own_times() -> None:
    law = joint(TILTED, ALIKE)
    t = torch.linspace(0.1, 0.9, len(X), dtype=torch.float64)
    (whole,) = general_posteriors(law, X, t)
    parts = list(general_posteriors(law, X, t, 3))
    assert [len(part.weights) for part in parts] == [3, 1]
    joined = torch.cat([part.log_density() for part in parts])
    torch.testing.assert_close(joined, whole.log_density(), rtol=1e-12, atol=0)


def test_components_without_width_share_in_nothing() -> None:
    atoms = MixtureParameters(
        weights=torch.tensor([0.5, 0.5]).double(),
        means=torch.tensor([[0.0, 0.0], [1.0, 1.0]]).double(),
        covs=torch.zeros(2, 2, 2).double(),
    )
    law = Joint.of(parameters(TILTED), atoms, LINEAR)
    end = GeneralPosterior(law, X, torch.ones(1).double())
    assert bool(end.log_density().isnan().all())
    before = GeneralPosterior(law, X, torch.full((1,), 0.5).double())
    assert bool(before.log_density().isfinite().all())


def test_sums_do_not_suit_components_too_narrow_for_them() -> None:
    far = Mixture(
        means=((-1000.0, 0.0), (1000.0, 0.0)), covs=((1e-6, 0.0, 1e-6),) * 2, weights=(1.0, 1.0)
    )
    narrow = SharedCovarianceJoint(joint(far, far))
    wide, half = SharedCovarianceJoint(joint(OTHER, ALIKE)), torch.full((1,), 0.5).double()
    assert not narrow.suits(Blend(narrow.joint, half))
    assert wide.suits(Blend(wide.joint, half))


def test_far_away_nothing_overflows() -> None:
    law = joint(TILTED, ALIKE)
    far = GeneralPosterior(
        law, torch.tensor([[1e4, -1e4]]).double(), torch.full((1,), 0.5).double()
    )
    assert float(far.log_density()) < -1e6
    assert math.isfinite(float(far.velocity().abs().sum()))
