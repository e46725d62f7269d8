"""Any mixtures along any path: the closed form against definitions that don't know of it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.paths import Path
from flowlab.core.exact import MixtureOracle
from flowlab.core.interpolants.paths import interpolant_of
from tests.helpers.randomness import rng

PATHS = {
    "linear": Path(),
    "trigonometric": Path(kind="trigonometric"),
    "preserving": Path(kind="preserving"),
    "custom": Path(kind="custom", alpha_knots=((0.3, 0.9),), beta_knots=((0.5, 0.2),)),
    "clock": Path(clock="smooth"),
    "brownian": Path(noise="brownian", level=0.7),
    "quadratic": Path(kind="trigonometric", noise="quadratic", level=2.0),
    "encoding": Path(kind="encoding", noise="sine"),
    "mirror": Path(kind="mirror", noise="sine"),
}
paths = st.sampled_from(sorted(PATHS))
seeds = st.integers(0, 10_000)
ONE, IDENTITY = torch.ones(1), torch.eye(2)[None]
few = settings(max_examples=8, deadline=None)


def _mixture(rng: torch.Generator) -> MixtureParameters:
    """One to three components of any covariances, of width about 0.5 to 1.5."""
    count = int(torch.randint(1, 4, (), generator=rng))
    weights = 0.2 + torch.rand(count, dtype=torch.float64, generator=rng)
    root = 0.5 * torch.randn(count, 2, 2, dtype=torch.float64, generator=rng)
    covs = root @ root.mT + 0.2 * torch.eye(2, dtype=torch.float64)
    means = 2 * torch.randn(count, 2, dtype=torch.float64, generator=rng)
    return MixtureParameters(weights / weights.sum(), means, covs)


def _drawn(distribution: MixtureParameters, n: int, rng: torch.Generator) -> Tensor:
    k = torch.multinomial(distribution.weights, n, replacement=True, generator=rng)
    z = torch.randn(n, 2, 1, dtype=torch.float64, generator=rng)
    return distribution.means[k] + (torch.linalg.cholesky(distribution.covs)[k] @ z)[..., 0]


def _density(distribution: MixtureParameters, x: Tensor) -> Tensor:
    parts = torch.distributions.MultivariateNormal(distribution.means, distribution.covs)
    return (parts.log_prob(x[..., None, :]).exp() * distribution.weights).sum(-1)


def _case(name: str, seed: int) -> tuple[MixtureOracle, MixtureParameters, MixtureParameters]:
    throws = rng(seed)
    source, target = _mixture(throws), _mixture(throws)
    return MixtureOracle(source, target, interpolant_of(PATHS[name])), source, target


def _points(oracle: MixtureOracle, t: float, n: int, seed: int) -> Tensor:
    return oracle.sample(torch.full((n,), t, dtype=torch.float64), rng(seed + 1))


@few
@given(paths, seeds, st.floats(0.1, 0.9))
def test_velocity_and_density_are_averages_over_all_pairs_through_the_point(
    name: str, seed: int, t: float
) -> None:
    """The part that counts most is solved for and weighted by its density: no algebra of blends."""
    oracle, source, target = _case(name, seed)
    path, n = oracle.path, 40_000
    s = torch.full((n,), t, dtype=torch.float64)
    unit = MixtureParameters(*(part.double() for part in (ONE, torch.zeros(1, 2), IDENTITY)))
    distributions = (source, target, unit)
    parts = [
        _drawn(distribution, n, rng(seed + 2 + i)) for i, distribution in enumerate(distributions)
    ]
    factors = [float(f(s[:1])) for f in (path.alpha, path.beta, path.gamma)]
    most = max(range(3), key=lambda i: factors[i])
    for x in _points(oracle, t, 3, seed):
        rest = sum(factors[i] * parts[i] for i in range(3) if i != most)
        own = list(parts)
        own[most] = (x - rest) / factors[most]
        weights = _density(distributions[most], own[most]) / factors[most] ** 2
        v = path.velocity(own[0], own[1], s, own[2] if path.noisy else None)
        mean = (weights[:, None] * v).sum(0) / weights.sum()
        error = (weights[:, None] * (v - mean)).square().sum(0).sqrt() / weights.sum()
        exact = oracle.velocity(x[None], t)[0]
        assert bool(((mean - exact).abs() < 5 * error + 1e-9).all())
        density = float(oracle.density(x[None], t)[0])
        assert density == pytest.approx(
            float(weights.mean()), rel=1e-9, abs=5 * float(weights.std()) / n**0.5
        )


@few
@given(paths, seeds, st.floats(0.05, 0.95))
def test_pairs_blend_into_the_point_and_average_to_velocity_and_ends(
    name: str, seed: int, t: float
) -> None:
    oracle, _, _ = _case(name, seed)
    path, n = oracle.path, 8_000
    x = _points(oracle, t, 3, seed)
    x0, x1, z = oracle.triples(x, t, n, rng(seed))
    s = torch.full((3 * n,), t, dtype=torch.float64)
    flat = [part.reshape(-1, 2) for part in (x0, x1, z)]
    noise = flat[2] if path.noisy else None
    blend = path.point(flat[0], flat[1], s, noise).reshape(3, n, 2)
    torch.testing.assert_close(blend, x[:, None].expand_as(blend), atol=1e-7, rtol=1e-7)
    v = path.velocity(flat[0], flat[1], s, noise).expand(3 * n, 2).reshape(3, n, 2)
    for draws, exact in zip((v, x0, x1), (oracle.velocity(x, t), *oracle.ends(x, t)), strict=True):
        error = 5 * draws.std(1) / n**0.5 + 1e-9
        assert bool(((draws.mean(1) - exact).abs() < error).all())
    torch.testing.assert_close(v.var(1).sum(-1), oracle.residual(x, t), rtol=0.15, atol=1e-6)


@few
@given(paths, seeds, st.floats(0.02, 0.98))
def test_the_score_is_the_gradient_of_the_log_density(name: str, seed: int, t: float) -> None:
    oracle, _, _ = _case(name, seed)
    x, h = _points(oracle, t, 20, seed), 1e-5
    for axis, step in enumerate(h * torch.eye(2, dtype=torch.float64)):
        slope = (oracle.log_density(x + step, t) - oracle.log_density(x - step, t)) / (2 * h)
        torch.testing.assert_close(oracle.score(x, t)[:, axis], slope, atol=1e-5, rtol=1e-5)


@few
@given(paths, seeds, st.floats(0.05, 0.95))
def test_density_and_velocity_conserve_mass(name: str, seed: int, t: float) -> None:
    oracle, _, _ = _case(name, seed)
    if abs(t - 0.5) < 2e-3:
        t = 0.45  # encoding and decoding meet in a kink
    x, h = _points(oracle, t, 60, seed), 1e-4
    rate = (oracle.density(x, t + h) - oracle.density(x, t - h)) / (2 * h)

    def flux(at: Tensor, axis: int) -> Tensor:
        return oracle.density(at, t) * oracle.velocity(at, t)[:, axis]

    steps = h * torch.eye(2, dtype=torch.float64)
    divergence = sum((flux(x + s, i) - flux(x - s, i)) / (2 * h) for i, s in enumerate(steps))
    size = rate.abs().max() + oracle.density(x, t).max()
    assert float((rate + divergence).abs().max()) < 1e-4 * float(size)


@few
@given(paths, seeds, st.floats(0.0, 1.0))
def test_the_mean_velocity_is_that_of_the_means(name: str, seed: int, t: float) -> None:
    """E[b] = alpha' E[x0] + beta' E[x1], since gamma' E[z] = 0: the linear one is constant."""
    oracle, source, target = _case(name, seed)
    if oracle.path.steep:
        t = 0.1 + 0.8 * t
    n = 20_000
    v = oracle.velocity(_points(oracle, t, n, seed), t)
    s = torch.tensor([t], dtype=torch.float64)
    expected = oracle.path.alpha_dot(s) * (source.weights @ source.means)
    expected = expected + oracle.path.beta_dot(s) * (target.weights @ target.means)
    assert bool(((v.mean(0) - expected).abs() < 5 * v.std(0) / n**0.5 + 1e-9).all())


@few
@given(paths, seeds, st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]))
def test_the_density_integrates_to_one(name: str, seed: int, t: float) -> None:
    oracle, _, _ = _case(name, seed)
    centre = _points(oracle, t, 2000, seed)
    middle, half = centre.mean(0), 3 * float((centre - centre.mean(0)).abs().max())
    ticks = torch.linspace(-half, half, 161, dtype=torch.float64)
    cells = torch.cartesian_prod(ticks, ticks) + middle
    area = float(ticks[1] - ticks[0]) ** 2
    assert float(oracle.density(cells, t).sum()) * area == pytest.approx(1, abs=1e-4)


@few
@given(paths, seeds)
def test_the_ends_of_time_are_finite_or_blank(name: str, seed: int) -> None:
    oracle, _, _ = _case(name, seed)
    for t in (0.0, 1.0, 1e-9, 1 - 1e-9):
        x = _points(oracle, t, 50, seed)
        v = oracle.velocity(x, t)
        inner = oracle.velocity(x, min(max(t, 1e-4), 1 - 1e-4))
        known = v.isfinite().all(1)
        assert bool(oracle.score(x, t).isfinite().all())
        assert bool(oracle.density(x, t).isfinite().all())
        assert bool(known.all()) or oracle.path.name == "preserving"
        if not oracle.path.steep:
            torch.testing.assert_close(v[known], inner[known], atol=0.05, rtol=0.05)


@few
@given(paths, seeds)
def test_the_power_is_the_mean_square_of_the_velocities_of_pairs(name: str, seed: int) -> None:
    oracle, source, target = _case(name, seed)
    if oracle.path.steep:
        assert oracle.power == math.inf
        return
    n = 40_000
    x0, x1 = _drawn(source, n, rng(seed + 2)), _drawn(target, n, rng(seed + 3))
    t = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    z = torch.randn(n, 2, dtype=torch.float64, generator=rng(seed))
    squares = oracle.path.velocity(x0, x1, t, z if oracle.path.noisy else None).square().sum(1)
    assert oracle.power == pytest.approx(
        float(squares.mean()), rel=1e-9, abs=5 * float(squares.std()) / n**0.5
    )
