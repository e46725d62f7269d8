"""The same marginals at every level of noise, other paths, and the orders of the solvers."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Mixture, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.interpolants.paths import LINEAR
from flowlab.core.metrics import energy_distance, sliced_w2
from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.ode import integrate
from flowlab.core.solvers.sde import integrate_sde
from flowlab.core.stochastic.drift import ScoreDrift, drift_of
from flowlab.core.stochastic.noise import noise_of
from flowlab.core.stochastic.sampling import SdeSolver, carried_by_sde

WIDE = Gaussian(std_x=2.0, std_y=2.0, offset_x=1.0)
TO_GAUSSIAN = Document(source=Gaussian(), target=WIDE)
TO_RING = Document(source=Gaussian(), target=Ring())
TILTED = Document(
    source=Gaussian(offset_x=1.0, std_x=0.5, std_y=1.2, correlation=0.4), target=Mixture()
)


def known(document: Document) -> Oracle:
    oracle = oracle_for(document)
    assert oracle is not None
    return oracle


def starts(document: Document, n: int, t: float = 0.0) -> Tensor:
    return known(document).sample(torch.full((n,), t), torch.Generator().manual_seed(1)).float()


def moments(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return points.mean(0), np.cov(points.T)


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("eps", [0.0, 0.5, 2.0, 8.0])
def test_mean_and_covariance_at_every_t_do_not_depend_on_eps(eps: float, direction: str) -> None:
    n = 4000
    x = starts(TO_GAUSSIAN, n, 0.0 if direction == "forward" else 1.0)
    solver = SdeSolver(method="stochastic_heun", eps=eps, steps=40, direction=direction)
    bundle = carried_by_sde(extended_field(known(TO_GAUSSIAN)), TO_GAUSSIAN, x, solver, 0)
    for t, points in zip(bundle.times[::8].tolist(), bundle.points[::8], strict=True):
        mean, covariance = moments(np.asarray(points, float))
        variance = (1 - t) ** 2 + 4 * t**2
        assert mean == pytest.approx([t, 0.0], abs=4.5 * math.sqrt(variance / n))
        error = variance * math.sqrt(2 / n)
        assert np.diag(covariance) == pytest.approx([variance] * 2, abs=4.5 * error)
        assert abs(covariance[0, 1]) < 4.5 * variance / math.sqrt(n)


@pytest.mark.parametrize(
    "wrong", [-1.0, 0.0], ids=["the score's sign turned", "noise without the score"]
)
def test_a_wrong_score_has_other_marginals(wrong: float) -> None:
    """So that the test above can fail."""
    oracle, n, steps = known(TO_GAUSSIAN), 4000, 80
    noise = noise_of(2.0, "alpha", LINEAR)

    def drift(x: Tensor, t: float) -> Tensor:
        right = drift_of(extended_field(oracle), TO_GAUSSIAN, noise, steps)(x, t)
        b = extended_field(oracle).velocity(x, t)
        return b + wrong * (right - b)

    run = integrate_sde(drift, noise, starts(TO_GAUSSIAN, n), brownian_increments(n, steps, 0))
    assert float(run.points[40].var()) > 1.25 * 1.3  # where it is 1.25


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "method", "shape"),
    [
        (TO_RING, "stochastic_heun", "alpha"),
        (TO_RING, "stochastic_heun", "constant"),
        (TILTED, "stochastic_heun", "sine"),
        (TILTED, "euler_maruyama", "alpha"),
    ],
    ids=["alpha", "constant", "sine from a tilted source", "Euler-Maruyama from a tilted source"],
)
def test_clouds_are_as_far_from_the_exact_law_as_fresh_samples(
    document: Document, method: str, shape: str
) -> None:
    n, oracle = 2500, known(document)
    solver = SdeSolver(method=method, eps=2.0, eps_shape=shape, steps=80)
    bundle = carried_by_sde(extended_field(oracle), document, starts(document, n), solver, 0)
    for k in (40, 80):
        t, cloud = torch.full((n,), k / 80), torch.tensor(bundle.points[k])
        fresh, other = (oracle.sample(t, torch.Generator().manual_seed(s)) for s in (5, 6))
        for distance in (sliced_w2, energy_distance):
            far, floor = distance(cloud, fresh), distance(other, fresh)
            assert far < max(1.5 * floor, floor + 3 * math.hypot(far.error, floor.error))


def test_without_noise_it_is_the_ode_to_rounding() -> None:
    x, flow = starts(TO_RING, 500), extended_field(known(TO_RING))
    for sde, ode in (("euler_maruyama", "euler"), ("stochastic_heun", "heun")):
        bundle = carried_by_sde(flow, TO_RING, x, SdeSolver(method=sde, eps=0.0, steps=40), 0)
        expected = integrate(flow.velocity, x, Solver(method=ode, steps=40)).points
        assert np.allclose(bundle.points, expected, atol=2e-5)


def test_one_step_from_the_source_lands_every_particle_on_the_mean_of_the_target() -> None:
    document = Document(source=Gaussian(), target=Gaussian(offset_x=2.0, offset_y=-1.0))
    flow, x = extended_field(known(document)), starts(document, 100)
    bundle = carried_by_sde(flow, document, x, SdeSolver(eps=0.0, steps=1), 0)
    assert np.allclose(bundle.points[-1], [2.0, -1.0], atol=1e-5)


def test_the_notebooks_stop_loses_a_hundredth_of_the_radius() -> None:
    """The mean over the modes of |mean of the samples nearest to it|: 5 at t = 1, 4.95 at 0.99."""
    flow = extended_field(known(TO_RING))
    solver = SdeSolver(method="stochastic_heun", steps=100)
    bundle = carried_by_sde(flow, TO_RING, starts(TO_RING, 8000), solver, 0)
    assert mode_radius(np.asarray(bundle.points[-1])) == pytest.approx(5.0, abs=0.02)
    assert mode_radius(np.asarray(bundle.at(0.99))) == pytest.approx(4.95, abs=0.02)


def mode_radius(points: np.ndarray) -> float:
    turns = np.arange(8) * math.pi / 4
    modes = 5 * np.stack([np.sin(turns), np.cos(turns)], 1)
    nearest = ((points[:, None] - modes) ** 2).sum(2).argmin(1)
    return float(np.mean([np.linalg.norm(points[nearest == k].mean(0)) for k in range(8)]))


def ended(document: Document, method: str, steps: int, n: int = 1500) -> Tensor:
    noise, flow = noise_of(2.0, "alpha", LINEAR), extended_field(known(document))
    dw, x = brownian_increments(n, steps, 0).double(), starts(document, n).double()
    drift = drift_of(flow, document, noise, steps)
    return integrate_sde(drift, noise, x, dw, method=method).points[-1]


def slopes(errors: list[float]) -> list[float]:
    return [math.log2(a / b) for a, b in pairwise(errors)]


@pytest.mark.slow
def test_strong_and_weak_order_of_euler_maruyama_between_gaussians() -> None:
    fine = ended(TO_GAUSSIAN, "stochastic_heun", 160)
    runs = [ended(TO_GAUSSIAN, "euler_maruyama", steps) for steps in (20, 40, 80)]
    rms = [float((run - fine).square().sum(1).mean().sqrt()) for run in runs]
    weak = [abs(float(run.square().sum(1).mean() - fine.square().sum(1).mean())) for run in runs]
    assert slopes(rms) == pytest.approx([1, 1], abs=0.1)
    assert slopes(weak) == pytest.approx([1, 1], abs=0.15)


@pytest.mark.slow
def test_on_a_mixture_the_mean_error_has_order_one_and_heun_is_weakly_far_better() -> None:
    """A share O(h) of the particles changes its mode, which the rms error shows as order 1/2."""
    fine = ended(TO_RING, "stochastic_heun", 160)
    runs = [ended(TO_RING, "euler_maruyama", steps) for steps in (20, 80)]
    mean = [float((run - fine).norm(dim=1).mean()) for run in runs]
    assert slopes(mean)[0] / 2 == pytest.approx(1, abs=0.1)
    heun = ended(TO_RING, "stochastic_heun", 80)
    weak = [abs(float((run.square() - fine.square()).sum(1).mean())) for run in (runs[1], heun)]
    assert weak[1] <= weak[0] / 10


@pytest.mark.slow
def test_on_two_far_modes_the_rms_error_has_order_one_half_since_some_change_their_mode() -> None:
    """A share of order h ends in the other mode, ten away, and decides the mean square alone."""
    document = Document(source=Gaussian(), target=Ring(count=2, radius=5.0, std=0.3))
    fine = ended(document, "stochastic_heun", 160, 4000)
    runs = [ended(document, "euler_maruyama", steps, 4000) for steps in (20, 80)]
    far = [(run - fine).norm(dim=1) for run in runs]
    rms = [float(each.square().mean().sqrt()) for each in far]
    changed = [float((each > 5).double().mean()) for each in far]
    assert slopes(rms)[0] / 2 == pytest.approx(0.5, abs=0.15)
    assert slopes([float(each.mean()) for each in far])[0] / 2 == pytest.approx(1, abs=0.15)
    assert slopes(changed)[0] / 2 == pytest.approx(1, abs=0.3)


@pytest.mark.slow
def test_with_latent_noise_the_marginals_hold_too() -> None:
    document = Document(source=Gaussian(), target=WIDE, path=Path(noise="quadratic", level=2.0))
    n, flow = 6000, extended_field(known(document))
    for shape in ("alpha", "gamma"):
        solver = SdeSolver(method="stochastic_heun", eps=1.0, eps_shape=shape, steps=80)
        bundle = carried_by_sde(flow, document, starts(document, n), solver, 0)
        for k in (20, 40, 60, 80):
            t = k / 80
            variance = (1 - t) ** 2 + 4 * t**2 + 4 * (t * (1 - t)) ** 2
            _, covariance = moments(np.asarray(bundle.points[k], float))
            error = variance * math.sqrt(2 / n)
            assert np.diag(covariance) == pytest.approx([variance] * 2, abs=4.5 * error)


@pytest.mark.slow
def test_between_mixtures_with_the_exact_score() -> None:
    document, n = Document(source=Mixture(), target=Ring()), 3000
    oracle, t = known(document), torch.ones(n)
    noise = noise_of(1.0, "sine", LINEAR)
    drift = drift_of(extended_field(oracle), document, noise, 80)
    assert isinstance(drift, ScoreDrift)
    dw = brownian_increments(n, 80, 0)
    end = integrate_sde(drift, noise, starts(document, n), dw, method="stochastic_heun").points[-1]
    fresh, other = (oracle.sample(t, torch.Generator().manual_seed(s)) for s in (5, 6))
    assert sliced_w2(end, fresh) < 1.5 * sliced_w2(fresh, other)
