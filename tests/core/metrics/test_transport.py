"""Path energies against quadrature, and distances of Gaussians against POT."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

import flowlab
from flowlab.core.distributions.factory import build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian, Moons, Ring
from flowlab.core.metrics import (
    bend,
    exact_w2,
    gaussian_w2,
    npe,
    path_energy,
    transport_cost,
    w2_between,
)
from flowlab.core.views.bundle import Bundle


def test_between_gaussians_w2_agrees_with_pot() -> None:
    rng = torch.Generator().manual_seed(4)
    for _ in range(5):
        a, b = torch.randn(2, 2, 2, generator=rng, dtype=torch.float64)
        m0, m1 = torch.randn(2, 2, generator=rng, dtype=torch.float64)
        c0, c1 = a @ a.T, b @ b.T
        theirs = ot.gaussian.bures_wasserstein_distance(*(v.numpy() for v in (m0, m1, c0, c1)))
        assert gaussian_w2(m0, c0, m1, c1) == pytest.approx(float(theirs), rel=1e-8)


def test_w2_is_exact_for_gaussians_and_sampled_for_others() -> None:
    near, far = build(Gaussian()), build(Gaussian(offset_x=3.0, scale=2.0))
    assert w2_between(near, far) == (pytest.approx(11**0.5), True)  # 9 + 2 (2 - 1)^2
    value, known = w2_between(near, build(Ring()), n=400, seed=1)
    assert not known
    rng = torch.Generator().manual_seed(9)
    other = exact_w2(near.sample(400, rng), build(Ring()).sample(400, rng), 400)
    assert value == pytest.approx(other, rel=0.1)


def curved(knot_velocities: bool) -> Bundle:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(6, 40, 2)).astype(np.float32)
    times = np.array([0, 0.1, 0.35, 0.5, 0.9, 1], np.float32)
    rises = rng.normal(size=points.shape).astype(np.float32) if knot_velocities else None
    return Bundle(times=times, points=points, knot_velocities=rises)


@pytest.mark.parametrize("knot_velocities", [True, False])
def test_path_energy_and_bend_are_their_integrals(knot_velocities: bool) -> None:
    bundle = curved(knot_velocities)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    chord = bundle.points[-1].astype(float) - bundle.points[0]
    energy = bent = 0.0
    for low, high in zip(bundle.times[:-1], bundle.times[1:], strict=True):
        for node, weight in zip(nodes, weights, strict=True):
            half = float(high - low) / 2
            v = bundle.velocity(float(low) + half * (1 + node)).astype(float)
            energy += half * weight * np.square(v).sum(1).mean()
            bent += half * weight * np.square(chord - v).sum(1).mean()
    assert path_energy(bundle) == pytest.approx(energy, rel=1e-4)
    assert bend(bundle) == pytest.approx(bent, rel=1e-4)


def test_bend_grows_as_paths_bend_and_scripts_may_call_it_straightness() -> None:
    """The velocity of (t, h sin(pi t)) is off by h pi cos(pi t): h^2 pi^2 / 2 in all."""
    times = np.linspace(0, 1, 401, dtype=np.float32)
    found = []
    for height in (0.0, 0.5, 1.0, 2.0):
        points = np.stack([times, height * np.sin(np.pi * times)], -1)[:, None].astype(np.float32)
        found.append(bend(Bundle(times=times, points=points)))
        assert found[-1] == pytest.approx(height**2 * np.pi**2 / 2, rel=1e-3, abs=1e-9)
    assert found == sorted(found)
    assert flowlab.metrics.straightness is flowlab.metrics.bend


def test_straight_even_paths_cost_what_they_carry() -> None:
    points = np.stack([np.zeros((5, 2)), np.full((5, 2), 2.0)]).astype(np.float32)
    bundle = Bundle(times=np.array([0, 1], np.float32), points=points)
    assert path_energy(bundle) == pytest.approx(8)
    assert transport_cost(bundle) == pytest.approx(8)
    assert bend(bundle) == 0
    assert npe(bundle, 8**0.5) == pytest.approx(0, abs=1e-6)
    assert npe(bundle, 2.0) == pytest.approx(1)


def test_npe_of_the_exact_flow_between_concentric_gaussians() -> None:
    """X_t = s_t x_0, s_t^2 = (1-t)^2 + 9 t^2, so the energy is 2 int s'^2; W2^2 is 2 (3 - 1)^2."""
    document = flowlab.Document("gaussian", ("gaussian", {"scale": 3.0}))
    bundle = flowlab.sample(flowlab.oracle(document), 1500, method="rk4", steps=20)
    t = np.linspace(0, 1, 2001)
    rate = (10 * t - 1) / np.sqrt((1 - t) ** 2 + 9 * t**2)
    energy = 2 * np.trapezoid(rate**2, t)
    start = np.square(bundle.points[0].astype(float)).sum(1).mean() / 2  # as drawn, not 1
    assert path_energy(bundle) == pytest.approx(energy * start, rel=1e-3)
    assert npe(bundle, 8**0.5) == pytest.approx(abs(energy * start - 8) / 8, abs=1e-3)


def test_lost_particles_and_equal_ends_are_refused() -> None:
    points = np.full((2, 3, 2), np.nan, np.float32)
    with pytest.raises(Invalid, match="left the plane"):
        path_energy(Bundle(times=np.array([0, 1], np.float32), points=points))
    distribution = build(Gaussian())
    with pytest.raises(Invalid, match="same"):
        npe(curved(True), w2_between(distribution, distribution)[0])
    assert w2_between(distribution, build(Moons()), n=50)[0] > 0


def pairs(n: int, seed: int) -> tuple[Bundle, torch.Tensor]:
    """Straight lines between independent samples, and others of the target."""
    rng = torch.Generator().manual_seed(seed)
    source, target = build(Gaussian()), build(Ring())
    x0, x1, others = source.sample(n, rng), target.sample(n, rng), target.sample(n, rng)
    times = np.array([0, 1], np.float32)
    return Bundle(times=times, points=torch.stack([x0, x1]).numpy()), others


def test_npe_compares_the_same_starts_and_its_error_is_their_spread() -> None:
    n, found = 120, []
    for seed in range(80):
        bundle, others = pairs(n, seed)
        value = npe(bundle, target=others)
        energy = np.square(bundle.points[1] - bundle.points[0]).sum(1, dtype=float).mean()
        squared = float(exact_w2(bundle.points[0].copy(), others, n)) ** 2
        assert value == pytest.approx(abs(energy - squared) / squared, rel=1e-5)
        assert value.n == n
        found.append(value)
    spread = float(np.std(found, ddof=1))
    claimed = float(np.sqrt(np.mean([value.error**2 for value in found])))
    assert 1 / 1.3 < spread / claimed < 1.3


def test_npe_in_reverse_starts_from_the_target() -> None:
    bundle, _ = pairs(200, 3)
    reverse = Bundle(times=bundle.times, points=bundle.points, direction="reverse")
    other = build(Gaussian()).sample(200, torch.Generator().manual_seed(9))
    squared = float(exact_w2(bundle.points[1].copy(), other, 200)) ** 2
    energy = float(path_energy(bundle))
    assert npe(reverse, target=other) == pytest.approx(abs(energy - squared) / squared, rel=1e-5)


def test_npe_takes_one_of_two_and_says_so() -> None:
    bundle, others = pairs(20, 0)
    for given in ({}, {"w2": 1.0, "target": others}):
        with pytest.raises(Invalid, match="either w2"):
            npe(bundle, **given)
    few = Bundle(times=bundle.times, points=bundle.points[:, :5])
    assert np.isnan(npe(few, target=others).error)
    with pytest.raises(Invalid, match="same"):
        npe(bundle, target=bundle.points[0])
