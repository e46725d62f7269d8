"""SDEs of a path with latent noise: E[z | x] learned beside the velocity, under any coupling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import pytest
import torch
from torch import Tensor

from flowlab.core.document.codec import from_plain, to_plain
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Moons, Ring
from flowlab.core.document.training import Training
from flowlab.core.exact import oracle_for
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import run_training
from flowlab.core.metrics import sliced_w2
from flowlab.core.solvers.brownian import brownian_increments
from flowlab.core.solvers.sde import integrate_sde
from flowlab.core.stochastic.drift import (
    GaussianSourceDrift,
    LearnedNoiseDrift,
    ScoreDrift,
    drift_of,
    shown_drift,
)
from flowlab.core.stochastic.noise import noise_of
from flowlab.core.stochastic.possible import takes_exact_score, why_no_exact_score
from flowlab.core.stochastic.sampling import SdeSolver, carried_both_ways, carried_by_sde
from flowlab.core.stochastic.settings import Stochastic, eps_shape_of
from flowlab.core.views.marginal_samples import marginals_of
from tests.helpers.randomness import rng

BOTH = Network(width=32, depth=2, predicts="velocity_and_noise")
BROWNIAN = Path(noise="brownian")
TIMES = (0.05, 0.3, 0.5, 0.8, 0.95)
DRAWN = ((0.0, 0.2), (0.4, 1.0), (1.0, 0.5))  # a level over time


@cache
def trained(document: Document, steps: int = 600) -> LearnedVelocity:
    return field_of(document, run_training(document, steps=steps, device="cpu").weights())


@dataclass(frozen=True)
class Linear:
    """The exact field of x_t = r(t) x0 + gamma z, where all is Gaussian: x1 = r(1) x0.

    Nothing is independent here: this is the monotone coupling of N(0, 1) and N(0, r(1)^2).
    """

    path: Path
    ratio: float = 3.0
    has_noise: bool = True

    def _parts(self, t: float) -> tuple[float, float, float]:
        """Half the growth of the variance, gamma, and the variance."""
        known, at = interpolant_of(self.path), torch.tensor(t, dtype=torch.float64)
        r, dot = 1 + (self.ratio - 1) * t, self.ratio - 1
        gamma, half = float(known.gamma(at)), float(known.gamma_gamma_dot(at))
        return r * dot + half, gamma, r * r + gamma * gamma

    def velocity(self, x: Tensor, t: float) -> Tensor:
        growth, _, variance = self._parts(t)
        return growth / variance * x

    def velocity_and_noise(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        _, gamma, variance = self._parts(t)
        return self.velocity(x, t), gamma / variance * x


MONOTONE = Document(target=Gaussian(std_x=3.0, std_y=3.0), coupling=Coupling(kind="ot"))


# what is learned


@pytest.mark.parametrize("precondition", [True, False])
@pytest.mark.parametrize("noise", ["brownian", "quadratic"])
def test_the_joint_loss_is_least_at_the_oracles_velocity_and_noise(
    precondition: bool, noise: str
) -> None:
    """Between Gaussians, where both are linear; plain networks have to learn even that."""
    document = Document(
        source=Gaussian(std_x=0.6),
        target=Gaussian(offset_x=1.0, std_x=1.5, correlation=0.5),
        path=Path(noise=noise),
        network=replace(BOTH, precondition=precondition, space_features=0),
        training=Training(batch=512),
    )
    field, oracle = trained(document, 300 if precondition else 1000), oracle_for(document)
    assert oracle is not None
    for t in TIMES:
        x = oracle.sample(torch.full((500,), t), rng()).float()
        gamma = float(interpolant_of(document.path).gamma(torch.tensor(t)))
        velocity, z = field.velocity_and_noise(x, t)
        assert rms(velocity - oracle.velocity(x, t)) < 0.25
        assert rms(z + gamma * oracle.score(x, t)) < 0.12
        assert torch.equal(velocity, field.velocity(x, t))


def rms(off: Tensor) -> float:
    return float(off.square().sum(1).mean().sqrt())


def test_score_and_noise_follow_without_a_gaussian_source() -> None:
    document = Document(source=Ring(count=3, radius=2.0), target=Moons(), path=BROWNIAN)
    field = trained(replace(document, network=BOTH), 20)
    x, t = torch.randn(50, 2, generator=rng()), torch.full((50,), 0.5)
    _, z = field.velocity_and_noise(x, 0.5)
    torch.testing.assert_close(field.predict("noise", x, t), z, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(field.predict("score", x, t), -2 * z, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(
        field.predict("velocity", x, t), field.velocity(x, 0.5), rtol=1e-3, atol=1e-3
    )


def test_without_latent_noise_there_is_nothing_to_learn_beside_the_velocity() -> None:
    with pytest.raises(Invalid, match="only along a path that has noise"):
        run_training(Document(network=BOTH), steps=1)


# its drift


@pytest.mark.parametrize("noise", ["brownian", "quadratic", "sine"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_it_is_the_velocity_plus_eps_times_the_score(noise: str, direction: str) -> None:
    """s = -x / Var x_t, whatever the coupling."""
    path, sign = Path(noise=noise), 1 if direction == "forward" else -1
    field, x = Linear(path), torch.randn(50, 2, generator=rng()).double()
    document = replace(MONOTONE, path=path)
    for shape in ("gamma", "alpha", "constant", "sine"):
        level = noise_of(1.5, shape, interpolant_of(path))
        drift = drift_of(field, document, level, 80, direction)  # type: ignore[arg-type]
        assert isinstance(drift, LearnedNoiseDrift)
        for t in TIMES:
            score = -x / field._parts(t)[2]
            expected = field.velocity(x, t) + sign * level.level(t) * score
            torch.testing.assert_close(drift(x, t), expected)
            halves = torch.cat([expected, field.velocity(x, t)])
            torch.testing.assert_close(drift.of_first_half(torch.cat([x, x]), t), halves)


@pytest.mark.parametrize("noise", ["brownian", "quadratic", "sine"])
def test_with_the_shape_gamma_it_is_bounded_at_both_ends(noise: str) -> None:
    """Even of a network that is wrong there, as |eps E[z | x]| is."""
    path = Path(noise=noise)
    document = Document(source=Moons(), target=Ring(), path=path, network=BOTH)
    field, x = trained(document, 3), 3 * torch.randn(200, 2, generator=rng())
    drift = drift_of(field, document, noise_of(2.0, "gamma", interpolant_of(path)), 80)
    for t in (0.0, 1e-6, 0.5, 1 - 1e-6, 1.0):
        velocity, z = field.velocity_and_noise(x, t)
        torch.testing.assert_close(drift(x, t), velocity - 2.0 * z)
        assert float(drift(x, t).norm(dim=1).max()) < 60


def test_other_shapes_stop_half_a_step_before_both_ends() -> None:
    document = replace(MONOTONE, path=BROWNIAN)
    for shape, bounds in {"gamma": (1e-3, 1 - 1e-3), "constant": (0.00625, 0.99375)}.items():
        noise = noise_of(1.0, shape, interpolant_of(BROWNIAN))
        drift = drift_of(Linear(BROWNIAN), document, noise, 80)  # type: ignore[arg-type]
        assert drift.bounds == pytest.approx(bounds)


@pytest.mark.parametrize("shape", ["gamma", "constant"])
def test_the_sde_ends_at_the_target_under_a_monotone_coupling(shape: str) -> None:
    """At deviation 3, where the formula of independent pairs would end at 1.7."""
    document, n = replace(MONOTONE, path=BROWNIAN), 10_000
    x = torch.randn(n, 2, generator=rng())
    solver = SdeSolver(eps=2.0, eps_shape=shape, steps=100, method="stochastic_heun")
    run = carried_by_sde(Linear(BROWNIAN), document, x, solver, 0)  # type: ignore[arg-type]
    assert float(run.points[-1].std()) == pytest.approx(3.0, abs=0.06)


@pytest.mark.parametrize("kind", ["ot", "sinkhorn"])
def test_a_learned_sde_has_the_marginals_that_the_learned_flow_has(kind: str) -> None:
    """Without latent noise it stays refused."""
    plain = Document(
        source=Gaussian(), target=Ring(count=3, radius=3.0), coupling=Coupling(kind=kind, batch=64)
    )
    document = replace(plain, path=BROWNIAN, network=BOTH, training=Training(batch=256))
    field, n = trained(document), 3000
    x = torch.randn(n, 2, generator=rng())
    shapes = "auto", DRAWN
    solvers = [SdeSolver(eps=1.0, eps_shape=shape) for shape in shapes]
    sdes = [carried_by_sde(field, document, x, solver, 0).points for solver in solvers]
    own = marginals_of(plain.source, plain.target, BROWNIAN, 1, n, 2, coupling=plain.coupling)
    for t, row in ((0.5, 40), (1.0, 80)):
        one, other = (torch.from_numpy(each) for each in own.at(t))
        floor = sliced_w2(one, other)
        for sde in sdes:
            assert sliced_w2(torch.tensor(sde[row]), one) < floor + 0.15
    noise = noise_of(1.0, "alpha", interpolant_of(plain.path))
    with pytest.raises(Invalid, match="one Gaussian drawn independently"):
        drift_of(trained(plain, 3), plain, noise, 80)


def test_few_particles_are_carried_with_and_without_the_score_at_once() -> None:
    document = replace(MONOTONE, path=BROWNIAN)
    x, solver = torch.randn(20, 2, generator=rng()), SdeSolver(steps=10)
    both = carried_both_ways(Linear(BROWNIAN), document, x, solver, 0)  # type: ignore[arg-type]
    for scored, bundle in zip((True, False), both, strict=True):
        alone = carried_by_sde(Linear(BROWNIAN), document, x, solver, 0, scored=scored)  # type: ignore[arg-type]
        assert bundle.points == pytest.approx(alone.points, abs=1e-5)


def test_a_gaussian_source_bounds_the_other_shapes_too() -> None:
    document = Document(path=BROWNIAN, network=BOTH)
    field, path = trained(document, 3), interpolant_of(BROWNIAN)
    kinds = {"gamma": LearnedNoiseDrift, "alpha": GaussianSourceDrift}
    for shape, kind in kinds.items():
        assert isinstance(drift_of(field, document, noise_of(1.0, shape, path), 80), kind)


# a drawn level


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_the_drift_of_a_drawn_level_has_its_height(direction: str) -> None:
    """s = -x / Var x_t in closed form, and the heights of the curve are read off by hand."""
    field, x = Linear(BROWNIAN), torch.randn(50, 2, generator=rng()).double()
    document = replace(
        MONOTONE,
        path=BROWNIAN,
        solver=replace(MONOTONE.solver, direction=direction),
        stochastic=Stochastic(eps=1.5, eps_shape="drawn", eps_curve=DRAWN),
    )
    drift, sign = shown_drift(document, field), 1 if direction == "forward" else -1  # type: ignore[arg-type]
    assert isinstance(drift, LearnedNoiseDrift)
    for t, height in ((0.2, 0.6), (0.4, 1.0), (0.7, 0.75)):
        variance = (1 + 2 * t) ** 2 + t * (1 - t)
        expected = field.velocity(x, t) - sign * 1.5 * height * x / variance
        torch.testing.assert_close(drift(x, t), expected)


@pytest.mark.parametrize("method", ["euler_maruyama", "stochastic_heun"])
@pytest.mark.parametrize("curve", [DRAWN, ((0.0, 0.0), (0.3, 1.0), (0.7, 0.0), (1.0, 0.0))])
def test_a_drawn_level_keeps_the_marginals(
    curve: tuple[tuple[float, float], ...], method: str
) -> None:
    """Of deviation sqrt((1 + 2 t)^2 + t (1 - t)) at every t; without the score they are wider."""
    document, n = replace(MONOTONE, path=BROWNIAN), 10_000
    x = torch.randn(n, 2, generator=rng())
    solver = SdeSolver(eps=2.0, eps_shape=curve, steps=200, method=method)
    field = Linear(BROWNIAN)
    both = carried_both_ways(field, document, x, solver, 0)  # type: ignore[arg-type]
    for t in (0.25, 0.5, 0.75, 1.0):
        exact = ((1 + 2 * t) ** 2 + t * (1 - t)) ** 0.5
        scored, naive = (float(run.points[round(200 * t)].std()) for run in both)
        assert scored == pytest.approx(exact, rel=0.025)
        assert naive > 1.05 * exact


# the shape that a path has


def test_the_level_is_that_of_the_latent_noise_where_there_is_any() -> None:
    for path, shape in ((Path(), "alpha"), (BROWNIAN, "gamma")):
        known = interpolant_of(path)
        assert noise_of(2.0, "auto", known).shape == shape
        assert noise_of(2.0, "auto", known).level(0.3) == noise_of(2.0, shape, known).level(0.3)
        assert eps_shape_of(Stochastic(), path.noisy) == shape
        assert eps_shape_of(Stochastic(eps_shape="sine"), path.noisy) == "sine"
    assert SdeSolver().eps_shape == Stochastic().eps_shape == "auto"


def test_a_document_saved_before_keeps_its_shape() -> None:
    document = Document(path=BROWNIAN, stochastic=Stochastic(eps_shape="alpha"))
    plain = to_plain(document, {})
    del plain["stochastic"]["exact_score"]
    assert from_plain(plain, {}) == document


# the exact score


def test_the_exact_score_goes_with_a_learned_velocity() -> None:
    """Also where the network's velocity says nothing of the score."""
    document = Document(
        source=Ring(count=3, radius=2.0),
        target=Ring(count=5),
        stochastic=Stochastic(exact_score=True),
    )
    oracle, field = oracle_for(document), trained(document, 3)
    assert oracle is not None
    assert takes_exact_score(document)
    noise, x = noise_of(1.5, "alpha", interpolant_of(document.path)), torch.randn(50, 2)
    drift = drift_of(field, document, noise, 80, exact_score=True)
    assert isinstance(drift, ScoreDrift)
    for t in TIMES:
        expected = field.velocity(x, t) + noise.level(t) * oracle.score(x, t)
        torch.testing.assert_close(drift(x, t), expected)
    with pytest.raises(Invalid, match="one Gaussian drawn independently"):
        drift_of(field, document, noise, 80)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (Document(source=Ring(), target=Moons()), "between Gaussian mixtures only"),
        (Document(coupling=Coupling(kind="ot")), "independent pairs only"),
        (Document(target=Ring(), network=Network(conditional=True)), "for each class"),
    ],
)
def test_why_there_is_no_exact_score(document: Document, why: str) -> None:
    asked = replace(document, stochastic=Stochastic(exact_score=True))
    assert why in why_no_exact_score(document)
    assert not takes_exact_score(asked)
    noise = noise_of(1.0, "alpha", interpolant_of(document.path))
    with pytest.raises(Invalid, match=why):
        drift_of(Linear(BROWNIAN), asked, noise, 80, exact_score=True)  # type: ignore[arg-type]


def test_without_a_document_there_is_none_either() -> None:
    noise = noise_of(1.0, "alpha", interpolant_of(Path()))
    with pytest.raises(Invalid, match="between Gaussian mixtures only"):
        drift_of(Linear(BROWNIAN), None, noise, 80, exact_score=True)  # type: ignore[arg-type]


# the Schrödinger bridge


@pytest.mark.parametrize(("eps", "expected"), [(0.5, 1.5616), (1.0, 1.219)])
def test_the_bridge_of_gaussians_keeps_its_plan(eps: float, expected: float) -> None:
    """Cov(X0, X1) is that of x0 without noise, as the drift is linear; sigma is 1."""
    field = Bridge(BROWNIAN)
    noise = noise_of(eps, "constant", interpolant_of(BROWNIAN))
    drift = drift_of(field, replace(MONOTONE, path=BROWNIAN), noise, 400)  # type: ignore[arg-type]
    x = torch.eye(2, dtype=torch.float64)
    still = torch.zeros_like(brownian_increments(2, 400, 0))
    run = integrate_sde(drift, noise, x, still, method="stochastic_heun")
    assert run.points[-1].numpy() == pytest.approx(expected * x.numpy(), rel=0.01, abs=1e-6)


class Bridge(Linear):
    """The entropic plan of N(0, 1) and N(0, 4) along a Brownian path."""

    def _parts(self, t: float) -> tuple[float, float, float]:
        c = (17**0.5 - 1) / 2
        gamma = (t * (1 - t)) ** 0.5
        variance = (1 - t) ** 2 + 4 * t * t + 2 * t * (1 - t) * c + gamma * gamma
        return -(1 - t) + 4 * t + (1 - 2 * t) * (c + 0.5), gamma, variance
